// Ways in: ReadState, WriteState.
#include "adapters/state_directory.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

constexpr char kKairos[] = "/var/lib/kairos";
constexpr char kElsewhere[] = "/var/lib";
constexpr char kOurs[] = "extgate";

absl::Status CheckStateName(absl::string_view name) {
  if (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_islower(c) || c == '-';
      })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("`", name, "` is no name of a state"));
}

}  // namespace

std::string StateDirectory::Path() const {
  const auto kairos = places_.root().TypeOf(kKairos);
  const bool persists = kairos.ok() && *kairos == FileType::kDirectory;
  return absl::StrCat(persists ? kKairos : kElsewhere, "/", kOurs);
}

absl::StatusOr<std::string> StateDirectory::ReadState(absl::string_view name) {
  if (absl::Status named = CheckStateName(name); !named.ok()) return named;
  return places_.root().ReadSmallFile(absl::StrCat(Path(), "/", name),
                                      kMaxStateBytes);
}

absl::Status StateDirectory::WriteState(absl::string_view name,
                                        absl::string_view bytes) {
  if (absl::Status named = CheckStateName(name); !named.ok()) return named;
  if (bytes.size() > kMaxStateBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("state `", name, "` has ", bytes.size(),
                     " bytes, more than ", kMaxStateBytes));
  }
  const auto directory = places_.root().MakeDirectories(Path(), 0700);
  if (!directory.ok()) return directory.status();
  return directory->WriteFile(name, bytes, 0600);
}

}  // namespace extgate
