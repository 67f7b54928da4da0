// Way in: PeSections.
#include "engine/boot/pe_sections.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint64_t kDosHeader = 64;
constexpr uint64_t kPeOffsetAt = 0x3c;    // DOS header: u32, where "PE\0\0" is
constexpr uint64_t kFileHeader = 24;      // the signature and the file header
constexpr uint64_t kSectionsAt = 6;       // NumberOfSections, u16
constexpr uint64_t kOptionalSizeAt = 20;  // SizeOfOptionalHeader, u16
constexpr uint64_t kSectionHeader = 40;   // one row of the section table

absl::Status Broken(uint64_t offset, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no PE file: ", why, " at offset ", offset));
}

// `size` bytes at `offset`, which has to lie inside.
absl::StatusOr<std::string> Piece(ImageReader& file, uint64_t offset,
                                  uint64_t size, absl::string_view what) {
  if (offset > file.size_bytes() || size > file.size_bytes() - offset) {
    return Broken(offset, absl::StrCat(what, " does not lie inside"));
  }
  std::string bytes(size, '\0');
  const absl::Status status = file.ReadAt(
      offset, absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), size));
  if (!status.ok()) return status;
  return bytes;
}

}  // namespace

absl::StatusOr<std::vector<PeSection>> PeSections(ImageReader& file) {
  const auto dos = Piece(file, 0, kDosHeader, "the DOS header");
  if (!dos.ok()) return dos.status();
  ByteCursor dos_header(BytesOf(*dos));
  if (!dos_header.Matches(0, "MZ")) return Broken(0, "no `MZ`");
  const uint64_t pe_at = dos_header.U32(kPeOffsetAt);
  const auto header = Piece(file, pe_at, kFileHeader, "the file header");
  if (!header.ok()) return header.status();
  ByteCursor file_header(BytesOf(*header));
  if (!file_header.Matches(0, absl::string_view("PE\0\0", 4))) {
    return Broken(pe_at, "no `PE`");
  }
  const uint64_t count = file_header.U16(kSectionsAt);
  if (count > kMaxPeSections) {
    return Broken(pe_at + kSectionsAt, absl::StrCat(count, " sections"));
  }
  const uint64_t table_at =
      pe_at + kFileHeader + file_header.U16(kOptionalSizeAt);
  const auto table =
      Piece(file, table_at, count * kSectionHeader, "the section table");
  if (!table.ok()) return table.status();
  ByteCursor rows(BytesOf(*table));
  std::vector<PeSection> sections;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t row = i * kSectionHeader;
    const absl::string_view name = TextOf(rows.Bytes(row, 8));
    const PeSection section{
        std::string(name.substr(0, name.find('\0'))),
        rows.U32(row + 20),                               // PointerToRawData
        std::min(rows.U32(row + 8), rows.U32(row + 16)),  // the two sizes
        rows.U32(row + 8)};                               // VirtualSize
    // One without content, as .bss, points nowhere.
    if (section.size > 0 &&
        (section.offset > file.size_bytes() ||
         section.size > file.size_bytes() - section.offset)) {
      return Broken(table_at + row, "a section that does not lie inside");
    }
    sections.push_back(section);
  }
  return sections;
}

absl::StatusOr<std::string> ReadPeSection(ImageReader& file,
                                          const PeSection& section,
                                          uint64_t limit_bytes) {
  if (section.size > limit_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "section ", section.name, " has ", section.size, " bytes"));
  }
  if (section.size == 0) return "";  // it may point nowhere
  return Piece(file, section.offset, section.size, section.name);
}

absl::StatusOr<std::string> ReadPeSection(ImageReader& file,
                                          absl::string_view name,
                                          uint64_t limit_bytes) {
  const auto sections = PeSections(file);
  if (!sections.ok()) return sections.status();
  const auto found = std::find_if(
      sections->begin(), sections->end(),
      [&](const PeSection& section) { return section.name == name; });
  if (found == sections->end()) {
    return absl::NotFoundError(absl::StrCat("it has no section ", name));
  }
  return ReadPeSection(file, *found, limit_bytes);
}

}  // namespace extgate
