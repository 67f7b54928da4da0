// One way in: WriteLoginMessage.
#include "adapters/login_message.h"

#include "absl/strings/str_cat.h"
#include "adapters/directory.h"

namespace extgate {
namespace {

constexpr char kFolder[] = "motd.d";
constexpr char kFile[] = "extgate";

}  // namespace

absl::Status WriteLoginMessage(const Places& places, absl::string_view line) {
  const HostPath folder = places.run() / kFolder;
  if (!line.empty()) {
    auto made = folder.root->MakeDirectories(folder.path, 0755);
    if (!made.ok()) return made.status();
    return made->WriteFile(kFile, absl::StrCat(line, "\n"), 0644);
  }
  auto there = folder.root->OpenDirectory(folder.path);
  if (absl::IsNotFound(there.status())) return absl::OkStatus();
  if (!there.ok()) return there.status();
  const absl::Status removed = there->Remove(kFile);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

}  // namespace extgate
