// One way in: WriteMetrics.
#include "adapters/metrics_file.h"

#include "absl/time/time.h"
#include "adapters/directory.h"
#include "adapters/file_lock.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

constexpr char kFile[] = "metrics.prom";
constexpr char kLock[] = "metrics.lock";

}  // namespace

absl::Status WriteMetrics(const Places& places, absl::string_view text) {
  const HostPath folder = places.run() / kPrivateDirectory;
  auto made = folder.root->MakeDirectories(folder.path, 0700);
  if (!made.ok()) return made.status();
  auto lock = LockFile(*made, kLock, absl::Seconds(1));
  if (!lock.ok()) return lock.status();
  return made->WriteFile(kFile, text, 0644);
}

}  // namespace extgate
