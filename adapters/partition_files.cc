// Ways in: ReadSmall, and the members of MountedFiles.
#include "adapters/partition_files.h"

#include "adapters/case_blind.h"
#include "adapters/file_image_reader.h"

namespace extgate {

absl::StatusOr<std::string> PartitionFiles::ReadSmall(absl::string_view path,
                                                      uint64_t limit_bytes) {
  const auto file = Open(path);
  if (!file.ok()) return file.status();
  return ReadWhole(**file, limit_bytes, path);
}

absl::StatusOr<std::string> MountedFiles::Spelled(absl::string_view path) {
  return SpelledPath(*tree_, path);
}

absl::StatusOr<std::vector<DirectoryEntry>> MountedFiles::List(
    absl::string_view path) {
  return tree_->ListDirectory(path);
}

absl::StatusOr<std::unique_ptr<ImageReader>> MountedFiles::Open(
    absl::string_view path) {
  return FileImageReader::Open(*tree_, path);
}

}  // namespace extgate
