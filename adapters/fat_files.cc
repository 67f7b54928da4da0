// Way in: FatFiles::Open.
#include "adapters/fat_files.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

// A file of a volume that lies in the file of descriptor `fd`.
class FileOfVolume : public DescriptorReader {
 public:
  FileOfVolume(std::unique_ptr<ImageReader> file, int fd)
      : file_(std::move(file)), fd_(fd) {}
  int fd() const override { return fd_; }
  uint64_t size_bytes() const override { return file_->size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    return file_->ReadAt(offset, out);
  }

 private:
  const std::unique_ptr<ImageReader> file_;
  const int fd_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FatFiles>> FatFiles::Open(
    const std::string& path) {
  auto image = FileImageReader::OpenGiven(path);
  if (!image.ok()) return image.status();
  auto state = OpenFileState::Of((*image)->fd(), path);
  if (!state.ok()) return state.status();
  auto volume = FatVolume::Open(**image);
  if (!volume.ok()) return AtPath(path, volume.status());
  return std::unique_ptr<FatFiles>(
      new FatFiles(*std::move(image), *std::move(state), *std::move(volume)));
}

absl::StatusOr<std::string> FatFiles::Spelled(absl::string_view path) {
  std::string spelled;
  for (const absl::string_view part :
       absl::StrSplit(path, '/', absl::SkipEmpty())) {
    const auto entry = volume_.Find(absl::StrCat(spelled, "/", part));
    if (!entry.ok()) return entry.status();
    absl::StrAppend(&spelled, "/", entry->name);
  }
  return spelled.empty() ? "/" : spelled;
}

absl::StatusOr<std::vector<DirectoryEntry>> FatFiles::List(
    absl::string_view path) {
  const auto directory = volume_.Find(path);
  if (!directory.ok()) return directory.status();
  const auto listed = volume_.List(*directory);
  if (!listed.ok()) return listed.status();
  std::vector<DirectoryEntry> entries;
  for (const FatEntry& entry : *listed) {
    entries.push_back({entry.name, entry.directory ? FileType::kDirectory
                                                   : FileType::kRegular});
  }
  return entries;
}

absl::StatusOr<std::unique_ptr<ImageReader>> FatFiles::Open(
    absl::string_view path) {
  const auto found = volume_.Find(path);
  if (!found.ok()) return found.status();
  auto file = volume_.OpenFile(*found);
  if (!file.ok()) return file.status();
  return std::make_unique<FileOfVolume>(*std::move(file), image_->fd());
}

}  // namespace extgate
