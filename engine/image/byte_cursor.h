// Checked little-endian reads: no parser of extgate indexes raw memory.
#ifndef EXTGATE_ENGINE_IMAGE_BYTE_CURSOR_H_
#define EXTGATE_ENGINE_IMAGE_BYTE_CURSOR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// A view of bytes that are in memory, read at offsets in bytes. A read outside
// gives zero, and the cursor remembers it: parse a whole structure, then ask
// ok() once, before anything that was read is used as a size or an offset.
// Thread-compatible; the bytes must outlive it.
class ByteCursor {
 public:
  explicit ByteCursor(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}

  uint64_t size() const { return bytes_.size(); }

  // False once any read was outside; it stays so.
  bool ok() const { return ok_; }

  uint8_t U8(uint64_t offset);
  uint16_t U16(uint64_t offset);
  uint32_t U32(uint64_t offset);
  uint64_t U64(uint64_t offset);

  // `size` bytes from `offset`; empty when they do not all lie inside.
  absl::Span<const uint8_t> Bytes(uint64_t offset, uint64_t size);

  // Whether the bytes at `offset` are exactly `text`; false outside.
  bool Matches(uint64_t offset, absl::string_view text);

 private:
  // The little-endian number of `width` bytes, at most 8.
  uint64_t Number(uint64_t offset, uint64_t width);

  absl::Span<const uint8_t> bytes_;
  bool ok_ = true;
};

// The bytes of `text`, which must outlive the result.
inline absl::Span<const uint8_t> BytesOf(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// `bytes`, which must outlive the result, as text.
inline absl::string_view TextOf(absl::Span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// True when every byte is zero.
bool AllZero(absl::Span<const uint8_t> bytes);

// The text form of a GUID of 16 bytes as UEFI stores it: the first three
// fields little-endian (UEFI 2.10, appendix A). Empty for another length.
std::string GuidText(absl::Span<const uint8_t> guid);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_BYTE_CURSOR_H_
