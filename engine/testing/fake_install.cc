// Ways in: the members of FakeInstall.
#include "engine/testing/fake_install.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

class MemoryFile : public PrivateFile {
 public:
  explicit MemoryFile(uint64_t size_bytes) : bytes_(size_bytes, '\0') {}

  uint64_t size_bytes() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    if (offset + out.size() > bytes_.size()) {
      return absl::OutOfRangeError("beyond the end");
    }
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), out.size(),
                out.begin());
    return absl::OkStatus();
  }
  absl::Status WriteAt(uint64_t offset,
                       absl::Span<const uint8_t> bytes) override {
    if (offset + bytes.size() > bytes_.size()) {
      return absl::OutOfRangeError("beyond the end");
    }
    std::copy(bytes.begin(), bytes.end(),
              bytes_.begin() + static_cast<ptrdiff_t>(offset));
    return absl::OkStatus();
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string PathOf(const InstallPlace& place, absl::string_view file_name) {
  return absl::StrCat(place.directory, "/", file_name);
}

}  // namespace

std::vector<std::string> FakeInstall::Paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : files) paths.push_back(path);
  return paths;
}

absl::StatusOr<std::vector<std::string>> FakeInstall::Entries() {
  if (!entries_error.ok()) return entries_error;
  std::vector<std::string> words;
  for (const auto& [word, places] : directories) words.push_back(word);
  return words;
}

absl::StatusOr<std::vector<InstallPlace>> FakeInstall::PlacesOf(
    const std::string& entry, ImageClass) {
  const auto found = directories.find(entry);
  if (found == directories.end()) {
    return absl::NotFoundError(absl::StrCat("there is no entry `", entry, "`"));
  }
  std::vector<InstallPlace> places;
  for (const std::string& directory : found->second) {
    places.push_back({directory, true, 0, "", ""});
  }
  return places;
}

absl::StatusOr<std::vector<InstallPlace>> FakeInstall::PlacesBeside(
    const std::string& entry) {
  auto places = PlacesOf(entry, ImageClass::kSysext);
  if (!places.ok()) return places.status();
  for (const InstallPlace& place : *places) {
    if (!kernel_images.contains(place.directory)) {
      return absl::FailedPreconditionError("it lies in a store");
    }
  }
  return places;
}

absl::StatusOr<std::unique_ptr<ImageReader>> FakeInstall::KernelImageOf(
    const InstallPlace& place) {
  return std::make_unique<BufferReader>(
      BytesOf(kernel_images.at(place.directory)));
}

absl::StatusOr<std::optional<uint64_t>> FakeInstall::SizeOf(
    const InstallPlace& place, absl::string_view file_name) {
  const auto file = files.find(PathOf(place, file_name));
  if (!size_error.ok()) return size_error;
  if (file == files.end() || file->second.empty()) return std::nullopt;
  return file->second.size();
}

absl::StatusOr<std::vector<InstalledFile>> FakeInstall::Files(
    const InstallPlace& place) {
  std::vector<InstalledFile> found;
  for (const auto& [path, bytes] : files) {
    const std::string parent = absl::StrCat(place.directory, "/");
    if (absl::StartsWith(path, parent)) {
      found.push_back({path.substr(parent.size()), bytes.size()});
    }
  }
  return found;
}

absl::StatusOr<std::unique_ptr<PrivateFile>> FakeInstall::Create(
    const InstallPlace&, uint64_t size_bytes) {
  ++copies;
  return std::make_unique<MemoryFile>(size_bytes);
}

absl::Status FakeInstall::Commit(std::unique_ptr<PrivateFile> file,
                                 const InstallPlace& place,
                                 absl::string_view file_name) {
  if (!commit_error.ok()) return commit_error;
  const std::string path = PathOf(place, file_name);
  files[path] = static_cast<const MemoryFile&>(*file).bytes();
  if (on_commit) on_commit(path);
  return absl::OkStatus();
}

absl::Status FakeInstall::Share(const InstallPlace& from,
                                const InstallPlace& to,
                                absl::string_view file_name) {
  files[PathOf(to, file_name)] = files.at(PathOf(from, file_name));
  return absl::OkStatus();
}

absl::Status FakeInstall::Remove(const InstallPlace& place,
                                 absl::string_view file_name) {
  files.erase(PathOf(place, file_name));
  return absl::OkStatus();
}

}  // namespace extgate
