// Way in: ReadSpan() and ReadInto(); every filesystem reader reads through
// them.
#include "engine/image/read_span.h"

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

absl::Status Outside(uint64_t offset, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat(what, " at byte ", offset, " lies outside the image"));
}

}  // namespace

absl::Status ReadInto(ImageReader& image, uint64_t offset,
                      absl::Span<uint8_t> out, absl::string_view what) {
  const uint64_t size = image.size_bytes();
  if (offset > size || out.size() > size - offset) return Outside(offset, what);
  absl::Status read = image.ReadAt(offset, out);
  if (absl::IsOutOfRange(read)) return Outside(offset, what);
  return read;
}

absl::StatusOr<std::vector<uint8_t>> ReadSpan(ImageReader& image,
                                              uint64_t offset, uint64_t size,
                                              absl::string_view what) {
  const uint64_t total = image.size_bytes();
  if (offset > total || size > total - offset) return Outside(offset, what);
  std::vector<uint8_t> bytes(size);
  absl::Status read = ReadInto(image, offset, absl::MakeSpan(bytes), what);
  if (!read.ok()) return read;
  return bytes;
}

}  // namespace extgate
