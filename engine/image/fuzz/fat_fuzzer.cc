// A FAT volume, as the sectors of it that are not empty: names are names, an
// entry is found by its path, and an open file is read whole.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/image/fat.h"
#include "engine/image/image_reader.h"
#include "fuzz/fuzz.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr uint64_t kSector = 512;
constexpr size_t kMaxVisits = 100;  // of entries
constexpr size_t kMaxFinds = 30;
constexpr int kMaxDepth = 4;
constexpr uint64_t kMaxRead = 65536;  // bytes of a file

// An image that is zero where no piece lies; the last piece counts. Input: the
// size in KiB (2 bytes), then pieces: the first sector (3 bytes), the number of
// sectors (1), these; the last one may be cut.
class SparseImage : public ImageReader {
 public:
  explicit SparseImage(FuzzInput input) : size_bytes_(input.U16() * 1024u) {
    while (!input.empty()) {
      const uint64_t low = input.U16();
      const uint64_t sector = low | uint64_t{input.U8()} << 16;
      pieces_.push_back({sector * kSector, input.Bytes(input.U8() * kSector)});
    }
  }
  uint64_t size_bytes() const override { return size_bytes_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
      return absl::OutOfRangeError("beyond the image");
    }
    std::fill(out.begin(), out.end(), uint8_t{0});
    const uint64_t end = offset + out.size();
    for (const auto& [place, bytes] : pieces_) {
      const uint64_t from = std::max<uint64_t>(place, offset);
      const uint64_t to = std::min<uint64_t>(place + bytes.size(), end);
      if (from >= to) continue;
      const auto found = bytes.subspan(from - place, to - from);
      std::copy(found.begin(), found.end(), out.begin() + (from - offset));
    }
    return absl::OkStatus();
  }

 private:
  uint64_t size_bytes_;
  std::vector<std::pair<uint64_t, absl::Span<const uint8_t>>> pieces_;
};

bool IsBroken(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsResourceExhausted(status);
}

bool IsAscii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 128;
  });
}

void CheckName(const FatEntry& entry) {
  Require(IsUtf8(entry.name) && IsUtf8(entry.short_name), "names are UTF-8");
  Require(!entry.name.empty() && entry.name != "." && entry.name != ".." &&
              entry.name.find_first_of(std::string("/\\\0", 3)) ==
                  std::string::npos,
          "a name is one of a path");
  Require(entry.has_long_name || entry.name == entry.short_name,
          "a name is the long or the short one");
  Require(entry.short_name.size() <= 8 * 2 + 1 + 3 * 2, "8.3 are 11");
}

// One walk of a volume, with every answer as text.
class FatWalk {
 public:
  explicit FatWalk(FatVolume& volume) : volume_(volume) {}

  std::string Answers() {
    Directory(volume_.Root(), "", 0);
    return std::move(answers_);
  }

 private:
  void Directory(const FatEntry& directory, const std::string& path,
                 int depth) {
    const auto entries = volume_.List(directory);
    absl::StrAppend(&answers_, path, ": ", entries.status().ToString(), "\n");
    Require(entries.ok() || IsBroken(entries.status()),
            "a directory is read or broken");
    if (!entries.ok()) return;
    Require(entries->size() <= 65536, "directories are bounded");
    for (const FatEntry& entry : *entries) {
      if (++visits_ > kMaxVisits) return;
      CheckName(entry);
      const std::string name = absl::StrCat(path, "/", entry.name);
      if (visits_ <= kMaxFinds) Found(entry, name);
      if (!entry.directory) {
        File(entry);
      } else if (depth < kMaxDepth) {
        Directory(entry, name, depth + 1);
      }
    }
  }

  void Found(const FatEntry& entry, const std::string& path) {
    const auto found = volume_.Find(path);
    absl::StrAppend(&answers_, path, ": ", found.status().ToString(), "\n");
    if (found.ok()) {
      Require(*found == entry, "a name is of one entry");
    } else {
      // Two of one name, or bytes that each reader has other characters for.
      Require(absl::IsDataLoss(found.status()) ||
                  (absl::IsNotFound(found.status()) && !IsAscii(path)),
              "what is listed is found, or why not is said");
    }
  }

  void File(const FatEntry& entry) {
    const auto file = volume_.OpenFile(entry);
    absl::StrAppend(&answers_, file.status().ToString(), "\n");
    Require(file.ok() || IsBroken(file.status()), "a file is read or broken");
    if (!file.ok()) return;
    const uint64_t size = (*file)->size_bytes();
    Require(size == entry.size_bytes, "a file has its size");
    std::vector<uint8_t> whole(std::min(size, kMaxRead));
    Require((*file)->ReadAt(size - whole.size(), absl::MakeSpan(whole)).ok(),
            "an open file is read");
    std::vector<uint8_t> half(whole.size() / 2);
    Require((*file)->ReadAt(size - half.size(), absl::MakeSpan(half)).ok() &&
                std::equal(half.rbegin(), half.rend(), whole.rbegin()),
            "from anywhere alike");
    uint8_t one[1];
    Require(absl::IsOutOfRange((*file)->ReadAt(size, absl::MakeSpan(one))),
            "nothing is behind its end");
    answers_.append(whole.begin(), whole.end());
  }

  FatVolume& volume_;
  size_t visits_ = 0;
  std::string answers_;
};

std::string Answers(SparseImage& image) {
  absl::StatusOr<FatVolume> volume = FatVolume::Open(image);
  Require(volume.ok() || absl::IsInvalidArgument(volume.status()),
          "a volume is opened or InvalidArgument");
  if (!volume.ok()) return volume.status().ToString();
  return FatWalk(*volume).Answers();
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::SparseImage image(extgate::FuzzInput(data, size));
  extgate::Require(extgate::Answers(image) == extgate::Answers(image),
                   "read alike twice");
  return 0;
}
