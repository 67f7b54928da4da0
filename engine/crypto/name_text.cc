// Ways in: NameText, IssuerAndSerialText.
#include "engine/crypto/name_text.h"

#include <cstddef>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/der.h"
#include "engine/image/byte_cursor.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr size_t kTextLimit = 1024;
constexpr size_t kSerialBytesLimit = 64;

// Universal tags of text.
constexpr uint8_t kUtf8String = 0x0c;
constexpr uint8_t kNumericString = 0x12;
constexpr uint8_t kPrintableString = 0x13;
constexpr uint8_t kTeletexString = 0x14;
constexpr uint8_t kIa5String = 0x16;
constexpr uint8_t kUniversalString = 0x1c;
constexpr uint8_t kBmpString = 0x1e;

struct AttributeType {
  absl::string_view identifier;  // content of the OBJECT IDENTIFIER
  absl::string_view name;
};

// RFC 4519 and RFC 2985; the CA/Browser Forum's for companies.
constexpr AttributeType kTypes[] = {
    {"\x55\x04\x03", "CN"},
    {"\x55\x04\x04", "SN"},
    {"\x55\x04\x05", "serialNumber"},
    {"\x55\x04\x06", "C"},
    {"\x55\x04\x07", "L"},
    {"\x55\x04\x08", "ST"},
    {"\x55\x04\x09", "street"},
    {"\x55\x04\x0a", "O"},
    {"\x55\x04\x0b", "OU"},
    {"\x55\x04\x0c", "title"},
    {"\x55\x04\x0d", "description"},
    {"\x55\x04\x0f", "businessCategory"},
    {"\x55\x04\x11", "postalCode"},
    {"\x55\x04\x2a", "GN"},
    {"\x55\x04\x2b", "initials"},
    {"\x55\x04\x2e", "dnQualifier"},
    {"\x55\x04\x41", "pseudonym"},
    {"\x55\x04\x61", "organizationIdentifier"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress"},
    {"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", "jurisdictionL"},
    {"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", "jurisdictionST"},
    {"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", "jurisdictionC"},
};

std::optional<absl::string_view> NameOf(absl::Span<const uint8_t> identifier) {
  for (const AttributeType& type : kTypes) {
    if (type.identifier == TextOf(identifier)) return type.name;
  }
  return std::nullopt;
}

// "1.3.6.1": the first subidentifier holds two numbers (X.690, 8.19.4). A
// number of more than 64 bits loses what is above.
std::string Dotted(absl::Span<const uint8_t> identifier) {
  std::string text;
  uint64_t number = 0;
  for (const uint8_t byte : identifier) {
    number = number << 7 | (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (text.empty()) {
      const uint64_t first = number < 80 ? number / 40 : 2;
      absl::StrAppend(&text, first, ".", number - 40 * first);
    } else {
      absl::StrAppend(&text, ".", number);
    }
    number = 0;
  }
  return text;
}

bool IsSurrogate(uint32_t character) {
  return character >= 0xd800 && character <= 0xdfff;
}

// Characters of `width` bytes each, big-endian, as UTF-8; nullopt where one is
// cut or none of Unicode's.
std::optional<std::string> FromWide(absl::Span<const uint8_t> content,
                                    size_t width) {
  if (content.size() % width != 0) return std::nullopt;
  std::string text;
  for (size_t at = 0; at < content.size(); at += width) {
    uint32_t character = 0;
    for (size_t i = 0; i < width; ++i) {
      character = character << 8 | content[at + i];
    }
    if (character > 0x10ffff || IsSurrogate(character)) return std::nullopt;
    AppendUtf8(character, text);
  }
  return text;
}

enum class Kind { kText, kOther, kBroken };

struct Value {
  Kind kind = Kind::kBroken;
  std::string text;  // UTF-8
};

Value Text(std::optional<std::string> text) {
  if (!text) return {};
  return {Kind::kText, *std::move(text)};
}

// An attribute's value, of the types that a Name may have.
Value ValueOf(const DerElement& element) {
  switch (element.tag) {
    case kUtf8String:
      return IsUtf8(TextOf(element.content))
                 ? Value{Kind::kText, std::string(TextOf(element.content))}
                 : Value{};
    case kNumericString:
    case kPrintableString:
    case kTeletexString:
    case kIa5String:
      return Text(FromWide(element.content, 1));
    case kBmpString:
      return Text(FromWide(element.content, 2));
    case kUniversalString:
      return Text(FromWide(element.content, 4));
    case kDerBitString:
    case kDerSequence:
      return {Kind::kOther, ""};
  }
  return {};
}

std::string HexByte(uint8_t byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string Hex(absl::Span<const uint8_t> bytes) {
  std::string text = "#";
  for (const uint8_t byte : bytes) text += HexByte(byte);
  return text;
}

// RFC 2253, 2.4.
std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<uint8_t>(c);
    const bool at_end = i == 0 || i + 1 == text.size();
    if (byte < 0x20 || byte >= 0x7f) {
      absl::StrAppend(&escaped, "\\", HexByte(byte));
      continue;
    }
    if (absl::string_view(",+\"\\<>;").find(c) != absl::string_view::npos ||
        (c == ' ' && at_end) || (c == '#' && i == 0)) {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

// AttributeTypeAndValue, X.501.
std::optional<std::string> AttributeText(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  const DerElement type = fields.Take(kDerObjectIdentifier);
  const std::optional<DerElement> element = fields.TakeAny();
  if (!element || !fields.Done()) return std::nullopt;
  const Value value = ValueOf(*element);
  if (value.kind == Kind::kBroken) return std::nullopt;
  const std::optional<absl::string_view> name = NameOf(type.content);
  if (!name)
    return absl::StrCat(Dotted(type.content), "=", Hex(element->whole));
  return absl::StrCat(
      *name, "=",
      value.kind == Kind::kText ? Escaped(value.text) : Hex(element->whole));
}

// RelativeDistinguishedName: a SET of attributes, of which OpenSSL too prints
// the last one first.
std::optional<std::string> PartText(absl::Span<const uint8_t> content) {
  std::string text;
  DerFields attributes(content);
  while (!attributes.Done()) {
    const auto attribute = AttributeText(attributes.Take(kDerSequence).content);
    if (!attributes.ok() || !attribute) return std::nullopt;
    text = text.empty() ? *attribute : absl::StrCat(*attribute, "+", text);
  }
  return text;
}

}  // namespace

std::optional<std::string> NameText(absl::Span<const uint8_t> der) {
  DerFields whole(der);
  DerFields name(whole.Take(kDerSequence).content);
  if (!whole.Done()) return std::nullopt;
  std::vector<std::string> parts;
  while (!name.Done()) {
    std::optional<std::string> part = PartText(name.Take(kDerSet).content);
    if (!name.ok() || !part) return std::nullopt;
    parts.push_back(*std::move(part));
  }
  std::string text;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    absl::StrAppend(&text, text.empty() ? "" : ",", *part);
  }
  if (text.size() > kTextLimit) text = text.substr(0, kTextLimit) + "...";
  return text;
}

std::optional<std::string> IssuerAndSerialText(
    absl::Span<const uint8_t> issuer_der, absl::Span<const uint8_t> serial) {
  const std::optional<std::string> issuer = NameText(issuer_der);
  if (!issuer) return std::nullopt;
  // What keeps a number positive is no part of it.
  if (serial.size() > 1 && serial[0] == 0) serial.remove_prefix(1);
  const std::string digits = serial.size() > kSerialBytesLimit
                                 ? "too long to show"
                                 : absl::BytesToHexString(TextOf(serial));
  return absl::StrCat(*issuer, ", serial ", digits);
}

}  // namespace extgate
