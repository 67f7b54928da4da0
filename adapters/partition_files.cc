// Ways in: ReadSmall, and the members of MountedFiles.
#include "adapters/partition_files.h"

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "adapters/case_blind.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"

namespace extgate {

absl::StatusOr<std::string> PartitionFiles::ReadSmall(absl::string_view path,
                                                      uint64_t limit_bytes) {
  const auto file = Open(path);
  if (!file.ok()) return file.status();
  const uint64_t size = (*file)->size_bytes();
  if (size > limit_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot read ", QuotePath(path), ": longer than ",
                     limit_bytes, " bytes"));
  }
  std::string content(size, '\0');
  const absl::Status status = (*file)->ReadAt(
      0, absl::MakeSpan(reinterpret_cast<uint8_t*>(content.data()), size));
  if (!status.ok()) return status;
  return content;
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
