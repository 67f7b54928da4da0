// The files of a partition that firmware reads: of a mounted one, or of one in
// a file.
#ifndef EXTGATE_ADAPTERS_PARTITION_FILES_H_
#define EXTGATE_ADAPTERS_PARTITION_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Paths are absolute from the partition's root. Errors of every call: NotFound;
// others as of RootDir. Thread-compatible.
class PartitionFiles {
 public:
  virtual ~PartitionFiles() = default;

  // `path` as it is spelled there: FAT does not tell upper from lower case.
  virtual absl::StatusOr<std::string> Spelled(absl::string_view path) = 0;

  // A directory's entries, `path` spelled as there.
  virtual absl::StatusOr<std::vector<DirectoryEntry>> List(
      absl::string_view path) = 0;

  // A regular file, `path` spelled as there. It may not outlive this.
  virtual absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      absl::string_view path) = 0;

  // The whole content of one. ResourceExhausted: it is longer than
  // `limit_bytes`.
  absl::StatusOr<std::string> ReadSmall(absl::string_view path,
                                        uint64_t limit_bytes);
};

// Those below a directory where the partition is mounted, or that stands in for
// one.
class MountedFiles : public PartitionFiles {
 public:
  // `tree` must outlive it.
  explicit MountedFiles(const RootDir& tree) : tree_(&tree) {}

  absl::StatusOr<std::string> Spelled(absl::string_view path) override;
  absl::StatusOr<std::vector<DirectoryEntry>> List(
      absl::string_view path) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      absl::string_view path) override;

 private:
  const RootDir* tree_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_PARTITION_FILES_H_
