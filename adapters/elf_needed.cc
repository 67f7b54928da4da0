// Way in: NeededLibraries.
#include "adapters/elf_needed.h"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxSegments = 1024;
constexpr uint64_t kMaxDynamic =
    64 * 1024;  // bytes; a real one has under 2 KiB
constexpr size_t kMaxLibraries = 256;
constexpr uint64_t kMaxLibraryName = 4096;  // bytes

// A stretch of the file in memory, and how its numbers are written.
struct Bytes {
  std::vector<uint8_t> data;
  bool big_endian = false;

  // `width` bytes at `offset`, which the caller knows to be inside.
  uint64_t Number(size_t offset, size_t width) const {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      const size_t at = big_endian ? offset + i : offset + width - 1 - i;
      value = value << 8 | data[at];
    }
    return value;
  }
};

// Where the fields are: elf(5), Elf32_* and Elf64_*.
struct Shape {
  size_t header_size;   // Elf_Ehdr
  size_t phoff_at;      // e_phoff
  size_t phentsize_at;  // e_phentsize; e_phnum follows
  size_t segment_size;  // Elf_Phdr
  size_t offset_at;     // p_offset
  size_t vaddr_at;      // p_vaddr
  size_t filesz_at;     // p_filesz
  size_t word;          // an address, in bytes; d_tag and d_un likewise
};
constexpr Shape kShape32 = {sizeof(Elf32_Ehdr),
                            offsetof(Elf32_Ehdr, e_phoff),
                            offsetof(Elf32_Ehdr, e_phentsize),
                            sizeof(Elf32_Phdr),
                            offsetof(Elf32_Phdr, p_offset),
                            offsetof(Elf32_Phdr, p_vaddr),
                            offsetof(Elf32_Phdr, p_filesz),
                            4};
constexpr Shape kShape64 = {sizeof(Elf64_Ehdr),
                            offsetof(Elf64_Ehdr, e_phoff),
                            offsetof(Elf64_Ehdr, e_phentsize),
                            sizeof(Elf64_Phdr),
                            offsetof(Elf64_Phdr, p_offset),
                            offsetof(Elf64_Phdr, p_vaddr),
                            offsetof(Elf64_Phdr, p_filesz),
                            8};

struct Segment {
  uint64_t type = 0;
  uint64_t offset = 0;   // bytes in the file
  uint64_t address = 0;  // where it is loaded
  uint64_t size = 0;     // bytes in the file
};

absl::Status Broken(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("broken ELF file: ", why));
}

class ElfReader {
 public:
  explicit ElfReader(ImageReader& program) : program_(program) {}

  absl::StatusOr<std::vector<std::string>> Needed() {
    if (absl::Status status = ReadHeader(); !status.ok()) return status;
    if (absl::Status status = ReadSegments(); !status.ok()) return status;
    std::vector<std::string> libraries;
    for (const Segment& segment : segments_) {
      if (segment.type != PT_DYNAMIC) continue;
      if (absl::Status status = ReadDynamic(segment); !status.ok()) {
        return status;
      }
      for (uint64_t offset : needed_) {
        auto name = Name(offset);
        if (!name.ok()) return name.status();
        libraries.push_back(*std::move(name));
      }
      return libraries;
    }
    return libraries;
  }

 private:
  absl::StatusOr<Bytes> Read(uint64_t offset, uint64_t size) {
    Bytes bytes{std::vector<uint8_t>(size), big_endian_};
    absl::Status status = program_.ReadAt(offset, absl::MakeSpan(bytes.data));
    if (absl::IsOutOfRange(status)) return Broken(status.message());
    if (!status.ok()) return status;
    return bytes;
  }

  absl::Status ReadHeader() {
    uint8_t ident[EI_NIDENT];
    if (program_.size_bytes() < sizeof(ident)) {
      return absl::InvalidArgumentError("not an ELF file");
    }
    absl::Status status = program_.ReadAt(0, absl::MakeSpan(ident));
    if (!status.ok()) return status;
    if (std::memcmp(ident, ELFMAG, SELFMAG) != 0 ||
        (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64) ||
        (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)) {
      return absl::InvalidArgumentError("not an ELF file");
    }
    shape_ = ident[EI_CLASS] == ELFCLASS32 ? kShape32 : kShape64;
    big_endian_ = ident[EI_DATA] == ELFDATA2MSB;
    auto header = Read(0, shape_.header_size);
    if (!header.ok()) return header.status();
    segments_at_ = header->Number(shape_.phoff_at, shape_.word);
    segment_size_ = header->Number(shape_.phentsize_at, 2);
    segment_count_ = header->Number(shape_.phentsize_at + 2, 2);
    if (segment_size_ < shape_.segment_size) {
      return Broken("program headers are too small");
    }
    if (segment_count_ > kMaxSegments) return Broken("too many segments");
    return absl::OkStatus();
  }

  absl::Status ReadSegments() {
    auto table = Read(segments_at_, segment_count_ * segment_size_);
    if (!table.ok()) return table.status();
    for (uint64_t i = 0; i < segment_count_; ++i) {
      const size_t at = i * segment_size_;
      segments_.push_back({table->Number(at, 4),
                           table->Number(at + shape_.offset_at, shape_.word),
                           table->Number(at + shape_.vaddr_at, shape_.word),
                           table->Number(at + shape_.filesz_at, shape_.word)});
    }
    return absl::OkStatus();
  }

  absl::Status ReadDynamic(const Segment& segment) {
    if (segment.size > kMaxDynamic) return Broken("dynamic section too long");
    auto table = Read(segment.offset, segment.size);
    if (!table.ok()) return table.status();
    const size_t entry = 2 * shape_.word;
    for (size_t at = 0; at + entry <= table->data.size(); at += entry) {
      const uint64_t tag = table->Number(at, shape_.word);
      const uint64_t value = table->Number(at + shape_.word, shape_.word);
      if (tag == DT_NULL) break;
      if (tag == DT_STRTAB) names_at_ = FileOffset(value);
      if (tag == DT_NEEDED) needed_.push_back(value);
    }
    if (needed_.size() > kMaxLibraries) return Broken("too many libraries");
    if (!needed_.empty() && !names_at_.has_value()) {
      return Broken("no string table");
    }
    return absl::OkStatus();
  }

  // Where the file has what is loaded at `address`.
  std::optional<uint64_t> FileOffset(uint64_t address) const {
    for (const Segment& segment : segments_) {
      if (segment.type == PT_LOAD && address >= segment.address &&
          address - segment.address < segment.size &&
          segment.offset <= program_.size_bytes()) {
        return segment.offset + (address - segment.address);
      }
    }
    return std::nullopt;
  }

  absl::StatusOr<std::string> Name(uint64_t offset) {
    const uint64_t size = program_.size_bytes();
    if (*names_at_ > size || offset >= size - *names_at_) {
      return Broken("a library's name is outside of the file");
    }
    const uint64_t start = *names_at_ + offset;
    auto bytes = Read(start, std::min(kMaxLibraryName, size - start));
    if (!bytes.ok()) return bytes.status();
    const auto end =
        std::find(bytes->data.begin(), bytes->data.end(), uint8_t{0});
    if (end == bytes->data.end()) return Broken("a library's name has no end");
    return std::string(bytes->data.begin(), end);
  }

  ImageReader& program_;
  Shape shape_ = kShape64;
  bool big_endian_ = false;
  uint64_t segments_at_ = 0;
  uint64_t segment_size_ = 0;
  uint64_t segment_count_ = 0;
  std::vector<Segment> segments_;
  std::vector<uint64_t> needed_;      // offsets of names
  std::optional<uint64_t> names_at_;  // of the string table, in the file
};

}  // namespace

absl::StatusOr<std::vector<std::string>> NeededLibraries(ImageReader& program) {
  return ElfReader(program).Needed();
}

}  // namespace extgate
