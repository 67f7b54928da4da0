// A boot partition as somebody names it: a directory, or a FAT in a file.
#ifndef EXTGATE_ADAPTERS_NAMED_PARTITION_H_
#define EXTGATE_ADAPTERS_NAMED_PARTITION_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/partition_files.h"
#include "adapters/root_dir.h"

namespace extgate {

class FatFiles;

// Readers of its files may not outlive it. Thread-compatible.
class NamedPartition {
 public:
  // `path` is of the host. Errors of RootDir::Open and FatFiles::Open.
  static absl::StatusOr<std::unique_ptr<NamedPartition>> Open(
      const std::string& path);

  PartitionFiles& files() { return *files_; }
  // A directory may stand in for one.
  bool is_fat() const { return is_fat_; }

  // Of one in a file: Unavailable, with its path, where that has changed since
  // it was opened.
  absl::Status Unchanged() const;

 private:
  NamedPartition() = default;

  std::optional<RootDir> mounted_;
  std::unique_ptr<PartitionFiles> files_;
  const FatFiles* volume_ = nullptr;  // files_, where it lies in a file
  bool is_fat_ = false;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_NAMED_PARTITION_H_
