// Ways in: IsDer, TakeDerElement, DerFields.
#include "engine/crypto/der.h"

#include <optional>

#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint8_t kEndOfContents = 0x00;
constexpr int kMaxDepth = 32;

// The header of one element.
struct Header {
  uint64_t size = 0;    // bytes of the header
  uint64_t length = 0;  // bytes of the content
};

// nullopt when the length is indefinite, or longer than it needs to be.
std::optional<Header> ReadHeader(absl::Span<const uint8_t> bytes) {
  ByteCursor cursor(bytes);
  const uint8_t first = cursor.U8(1);
  if (first < 0x80) {
    if (!cursor.ok()) return std::nullopt;
    return Header{2, first};
  }
  const uint64_t width = first & 0x7f;
  if (width == 0 || width > 4) return std::nullopt;
  Header header{2 + width, 0};
  for (uint64_t i = 0; i < width; ++i) {
    header.length = header.length << 8 | cursor.U8(2 + i);
  }
  const uint64_t least = width == 1 ? 0x80 : uint64_t{1} << (8 * (width - 1));
  if (!cursor.ok() || header.length < least) return std::nullopt;
  return header;
}

// Two's complement without needless bytes in front (X.690, 8.3).
bool IsInteger(absl::Span<const uint8_t> content) {
  if (content.empty()) return false;
  if (content.size() == 1) return true;
  const bool needless = (content[0] == 0x00 && content[1] < 0x80) ||
                        (content[0] == 0xff && content[1] >= 0x80);
  return !needless;
}

// Whole subidentifiers, each without needless bytes in front (X.690, 8.19).
bool IsObjectIdentifier(absl::Span<const uint8_t> content) {
  bool begins = true;
  for (const uint8_t byte : content) {
    if (begins && byte == 0x80) return false;
    begins = byte < 0x80;
  }
  return !content.empty() && begins;
}

// Whether the content fits the universal type `number`, as far as IsDer says.
bool HasForm(uint8_t number, absl::Span<const uint8_t> content) {
  constexpr uint8_t kEnumerated = 10;
  switch (number) {
    case kDerBoolean:
      return content.size() == 1;
    case kDerInteger:
    case kEnumerated:
      return IsInteger(content);
    case kDerBitString:
      return !content.empty() && content[0] <= 7;
    case kDerNull:
      return content.empty();
    case kDerObjectIdentifier:
      return IsObjectIdentifier(content);
  }
  return true;
}

bool IsDer(absl::Span<const uint8_t> bytes, int depth) {
  if (depth > kMaxDepth) return false;
  while (!bytes.empty()) {
    const std::optional<DerElement> element = TakeDerElement(bytes);
    if (!element) return false;
    const bool constructed = (element->tag & 0x20) != 0;
    const bool universal = (element->tag & 0xc0) == 0;
    const uint8_t number = element->tag & 0x1f;
    const bool holds_others = number == 16 || number == 17;
    if (number == 31) return false;
    // It ends what has no definite length, and is no value.
    if (element->tag == kEndOfContents) return false;
    if (universal && constructed != holds_others) return false;
    if (universal && !HasForm(number, element->content)) return false;
    if (constructed && !IsDer(element->content, depth + 1)) return false;
  }
  return true;
}

}  // namespace

bool IsDer(absl::Span<const uint8_t> bytes) { return IsDer(bytes, 1); }

std::optional<DerElement> TakeDerElement(absl::Span<const uint8_t>& bytes) {
  const std::optional<Header> header = ReadHeader(bytes);
  if (!header || header->length > bytes.size() - header->size) {
    return std::nullopt;
  }
  const DerElement element = {bytes.front(),
                              bytes.subspan(header->size, header->length),
                              bytes.first(header->size + header->length)};
  bytes.remove_prefix(header->size + header->length);
  return element;
}

DerElement DerFields::Take(uint8_t tag) {
  if (std::optional<DerElement> element = TakeIf(tag)) return *element;
  Refuse();
  return {};
}

std::optional<DerElement> DerFields::TakeIf(uint8_t tag) {
  if (!ok_ || rest_.empty() || rest_.front() != tag) return std::nullopt;
  return TakeAny();
}

std::optional<DerElement> DerFields::TakeAny() {
  if (!ok_ || rest_.empty()) return std::nullopt;
  std::optional<DerElement> element = TakeDerElement(rest_);
  if (!element) Refuse();
  return element;
}

}  // namespace extgate
