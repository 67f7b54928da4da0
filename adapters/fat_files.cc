// Way in: FatFiles::Open.
#include "adapters/fat_files.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"

namespace extgate {

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
  const auto file = volume_.Find(path);
  if (!file.ok()) return file.status();
  return volume_.OpenFile(*file);
}

}  // namespace extgate
