// Way in: RepairedTable. Byte offsets as in UEFI 2.10, table 5.5.
#include "engine/image/fuzz/repaired_table.h"

#include <algorithm>
#include <optional>

#include "engine/image/byte_cursor.h"
#include "engine/image/crc32.h"

namespace extgate {
namespace {

using Bytes = std::vector<uint8_t>;

struct Range {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Sectors from `lba` on, if they lie inside.
std::optional<Range> Inside(const Bytes& image, uint64_t lba, uint64_t sector,
                            uint64_t size) {
  if (lba > image.size() / sector) return std::nullopt;
  const uint64_t offset = lba * sector;
  if (size > image.size() - offset) return std::nullopt;
  return Range{offset, size};
}

void PutU32(Bytes& image, uint64_t offset, uint32_t value) {
  for (int i = 0; i < 4; ++i) {
    image[offset + i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

uint32_t SumOf(const Bytes& image, const Range& range) {
  return Crc32(absl::MakeConstSpan(image).subspan(range.offset, range.size));
}

std::optional<Range> EntriesOf(const Bytes& image, const Range& header) {
  ByteCursor cursor(image);
  return Inside(image, cursor.U64(header.offset + 72), header.size,
                uint64_t{cursor.U32(header.offset + 80)} *
                    cursor.U32(header.offset + 84));
}

void SealHeader(Bytes& image, const Range& header, uint32_t entries_sum) {
  const uint32_t size = ByteCursor(image).U32(header.offset + 12);
  PutU32(image, header.offset + 88, entries_sum);
  PutU32(image, header.offset + 16, 0);
  if (size <= header.size) {
    PutU32(image, header.offset + 16, SumOf(image, {header.offset, size}));
  }
}

}  // namespace

std::vector<uint8_t> RepairedTable(absl::Span<const uint8_t> bytes) {
  Bytes image(bytes.begin(), bytes.end());
  for (uint64_t sector : {512u, 1024u, 2048u, 4096u}) {
    ByteCursor cursor(image);
    const auto header = Inside(image, 1, sector, sector);
    if (!header || !cursor.Matches(sector, "EFI PART")) continue;
    const auto entries = EntriesOf(image, *header);
    const auto backup = Inside(image, cursor.U64(sector + 32), sector, sector);
    if (!entries || !backup) continue;
    const uint32_t sum = SumOf(image, *entries);
    const auto copy = EntriesOf(image, *backup);
    if (copy && copy->size == entries->size) {
      const Bytes moved(
          image.begin() + static_cast<std::ptrdiff_t>(entries->offset),
          image.begin() +
              static_cast<std::ptrdiff_t>(entries->offset + entries->size));
      std::copy(moved.begin(), moved.end(),
                image.begin() + static_cast<std::ptrdiff_t>(copy->offset));
    }
    SealHeader(image, *header, sum);
    SealHeader(image, *backup, sum);
  }
  return image;
}

}  // namespace extgate
