// Ways in: Crc32, by zlib: two copies of a table of 16 KiB are summed while a
// boot waits; and Crc32c, of a block at most.
#include "engine/image/crc32.h"

#include <zlib.h>

#include <array>

namespace extgate {

uint32_t Crc32(absl::Span<const uint8_t> bytes) {
  // zlib takes a null pointer for the wish to learn the initial value.
  if (bytes.empty()) return 0;
  return static_cast<uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

uint32_t Crc32c(absl::Span<const uint8_t> bytes) {
  static constexpr std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = (value >> 1) ^ ((value & 1) ? 0x82f63b78u : 0);
      }
      table[i] = value;
    }
    return table;
  }();
  uint32_t crc = 0xffffffff;
  for (uint8_t byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xff];
  return crc;
}

}  // namespace extgate
