// Ways in: MakeFatVolume() and RunFatTool(), then VolumeFile.
#include "engine/image/fat_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/filesystem_fixture.h"

namespace extgate {
namespace {

constexpr int kMaxDepth = 4;         // of what ExerciseFat() walks
constexpr size_t kMaxAnswers = 200;  // of ExerciseFat()

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "FAT fixture: %s\n", why.c_str());
  std::abort();
}

void ExerciseFile(FatVolume& volume, const FatEntry& entry, std::string& text) {
  const auto file = volume.OpenFile(entry);
  absl::StrAppend(&text, file.status().ToString(), "\n");
  if (!file.ok()) return;
  std::vector<uint8_t> bytes(std::min<uint64_t>((*file)->size_bytes(), 65536));
  const absl::Status read = (*file)->ReadAt(
      (*file)->size_bytes() - bytes.size(), absl::MakeSpan(bytes));
  if (!read.ok()) Fail(absl::StrCat("an open file: ", read.ToString()));
  absl::StrAppend(&text,
                  absl::string_view(reinterpret_cast<const char*>(bytes.data()),
                                    bytes.size()));
}

void ExerciseDirectory(FatVolume& volume, const FatEntry& directory, int depth,
                       size_t& answers, std::string& text) {
  const auto entries = volume.List(directory);
  absl::StrAppend(&text, entries.status().ToString(), "\n");
  if (!entries.ok()) return;
  for (const FatEntry& entry : *entries) {
    if (++answers > kMaxAnswers) return;
    absl::StrAppend(&text, entry.name, "|", entry.short_name, "|",
                    entry.size_bytes, "|", *entry.first_cluster, "\n");
    if (!entry.directory) {
      ExerciseFile(volume, entry, text);
    } else if (depth < kMaxDepth) {
      ExerciseDirectory(volume, entry, depth + 1, answers, text);
    }
  }
}

}  // namespace

std::string RunFatTool(const std::string& command) {
  // Long names are of any script, and nobody's settings count.
  const std::string line = absl::StrCat(
      "export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "
      "MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1; ",
      command, " </dev/null");
  std::FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) Fail("no pipe");
  std::string output;
  char piece[4096];
  size_t size = 0;
  while ((size = std::fread(piece, 1, sizeof(piece), pipe)) > 0) {
    output.append(piece, size);
  }
  if (pclose(pipe) != 0) Fail(absl::StrCat("failed: ", command));
  return output;
}

std::string MakeFatVolume(absl::string_view options, uint64_t size_kib) {
  const std::string path = NewTemporaryPath("volume");
  RunFatTool(absl::StrCat("rm -f ", path, "; mkfs.vfat -C ", options, " ", path,
                          " ", size_kib, " 2>&1"));
  return path;
}

void PatchFile(const std::string& path, uint64_t offset,
               absl::Span<const uint8_t> bytes) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(),
                                 static_cast<off_t>(offset));
  if (written != static_cast<ssize_t>(bytes.size())) Fail("no " + path);
  close(descriptor);
}

VolumeFile::VolumeFile(const std::string& path)
    : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat info;
  if (fstat(descriptor_, &info) != 0) Fail("no " + path);
  size_bytes_ = static_cast<uint64_t>(info.st_size);
}

VolumeFile::~VolumeFile() { close(descriptor_); }

absl::Status VolumeFile::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
    return absl::OutOfRangeError("beyond the volume");
  }
  const ssize_t size =
      pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
  if (size != static_cast<ssize_t>(out.size())) Fail("no read");
  return absl::OkStatus();
}

absl::Status CountedReader::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  bytes_read_ += out.size();
  return image_.ReadAt(offset, out);
}

std::string WholeFatFile(FatVolume& volume, const FatEntry& file) {
  const auto reader = volume.OpenFile(file);
  if (!reader.ok()) {
    Fail(absl::StrCat(file.name, ": ", reader.status().ToString()));
  }
  std::string bytes((*reader)->size_bytes(), '\0');
  const absl::Status read = (*reader)->ReadAt(
      0,
      absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  if (!read.ok()) Fail(absl::StrCat(file.name, ": ", read.ToString()));
  return bytes;
}

std::string ExerciseFat(ImageReader& image) {
  absl::StatusOr<FatVolume> volume = FatVolume::Open(image);
  std::string text = volume.status().ToString();
  if (!volume.ok()) return text;
  size_t answers = 0;
  ExerciseDirectory(*volume, volume->Root(), 0, answers, text);
  absl::StrAppend(&text, volume->Find("/EFI/Linux/a.efi").status().ToString());
  return text;
}

}  // namespace extgate
