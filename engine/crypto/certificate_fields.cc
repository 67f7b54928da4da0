// Way in: ReadCertificateFields. The functions follow the definitions of RFC
// 5280, 4.1, one each.
#include "engine/crypto/certificate_fields.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/der.h"
#include "engine/crypto/name_text.h"
#include "engine/crypto/sha256.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint8_t kUtcTime = 0x17;
constexpr uint8_t kGeneralizedTime = 0x18;
// IMPLICIT BIT STRINGs.
constexpr uint8_t kIssuerUniqueId = 0x81;
constexpr uint8_t kSubjectUniqueId = 0x82;

constexpr absl::string_view kDigits = "0123456789";

DerElement TakeTime(DerFields& fields) {
  const std::optional<DerElement> time = fields.TakeIf(kUtcTime);
  return time ? *time : fields.Take(kGeneralizedTime);
}

// YYMMDDhhmmssZ, of which the years are 1950 to 2049, or YYYYMMDDhhmmssZ
// (4.1.2.5.1 and 4.1.2.5.2); what is before 1970 is its first second.
std::optional<UtcTime> ReadTime(const DerElement& time) {
  std::string text(TextOf(time.content));
  if (time.tag == kUtcTime) text.insert(0, text < "50" ? "20" : "19");
  if (text.size() != 15 || text.back() != 'Z' ||
      text.find_first_not_of(kDigits.data()) != 14) {
    return std::nullopt;
  }
  const auto part = [&](size_t at) { return text.substr(at, 2); };
  const auto parsed = UtcTime::Parse(absl::StrCat(
      std::max<std::string>(text.substr(0, 4), "1970"), "-", part(4), "-",
      part(6), "T", part(8), ":", part(10), ":", part(12), "Z"));
  if (!parsed.ok()) return std::nullopt;
  return text < "1970" ? UtcTime() : *parsed;
}

// The end of a Validity; nullopt where it is built as none.
std::optional<DerElement> EndOf(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  TakeTime(fields);
  const DerElement end = TakeTime(fields);
  if (!fields.Done()) return std::nullopt;
  return end;
}

// AlgorithmIdentifier, 4.1.1.2.
bool IsAlgorithm(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  fields.Take(kDerObjectIdentifier);
  fields.TakeAny();
  return fields.Done();
}

bool IsPublicKey(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  const bool algorithm = IsAlgorithm(fields.Take(kDerSequence).content);
  fields.Take(kDerBitString);
  return algorithm && fields.Done();
}

bool IsExtension(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  fields.Take(kDerObjectIdentifier);
  fields.TakeIf(kDerBoolean);
  fields.Take(kDerOctetString);
  return fields.Done();
}

// The content of [3], which is EXPLICIT.
bool AreExtensions(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  DerFields extensions(fields.Take(kDerSequence).content);
  while (!extensions.Done()) {
    if (!IsExtension(extensions.Take(kDerSequence).content)) return false;
  }
  return fields.Done();
}

bool IsVersion(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  fields.Take(kDerInteger);
  return fields.Done();
}

void TakeUniqueId(uint8_t tag, DerFields& fields) {
  const std::optional<DerElement> id = fields.TakeIf(tag);
  if (id && (id->content.empty() || id->content[0] > 7)) fields.Refuse();
}

std::optional<CertificateFields> ReadToBeSigned(const DerElement& whole) {
  CertificateFields found;
  found.to_be_signed = whole.whole;
  DerFields fields(whole.content);
  const std::optional<DerElement> version = fields.TakeIf(kDerContext0);
  if (version && !IsVersion(version->content)) return std::nullopt;
  found.serial = fields.Take(kDerInteger).whole;
  if (!IsAlgorithm(fields.Take(kDerSequence).content)) return std::nullopt;
  found.issuer = fields.Take(kDerSequence).whole;
  const auto end = EndOf(fields.Take(kDerSequence).content);
  if (!end.has_value()) return std::nullopt;
  found.not_after = ReadTime(*end);
  std::optional<std::string> subject =
      NameText(fields.Take(kDerSequence).whole);
  if (!subject || !NameText(found.issuer)) return std::nullopt;
  found.subject = *std::move(subject);
  const DerElement public_key = fields.Take(kDerSequence);
  if (!IsPublicKey(public_key.content)) return std::nullopt;
  found.public_key = public_key.whole;
  TakeUniqueId(kIssuerUniqueId, fields);
  TakeUniqueId(kSubjectUniqueId, fields);
  const std::optional<DerElement> extensions = fields.TakeIf(kDerContext0 + 3);
  if (extensions && !AreExtensions(extensions->content)) return std::nullopt;
  if (!fields.Done()) return std::nullopt;
  return found;
}

}  // namespace

std::optional<CertificateFields> ReadCertificateFields(
    absl::Span<const uint8_t> der) {
  DerFields whole(der);
  DerFields fields(whole.Take(kDerSequence).content);
  const DerElement to_be_signed = fields.Take(kDerSequence);
  const bool algorithm = IsAlgorithm(fields.Take(kDerSequence).content);
  fields.Take(kDerBitString);
  if (!algorithm || !fields.Done() || !whole.Done()) return std::nullopt;
  return ReadToBeSigned(to_be_signed);
}

Fingerprint FingerprintOf(absl::Span<const uint8_t> der) {
  return *Fingerprint::FromBytes(Sha256::Of(der));
}

FileDigest DigestOfToBeSigned(absl::Span<const uint8_t> to_be_signed) {
  return *FileDigest::FromBytes(Sha256::Of(to_be_signed));
}

}  // namespace extgate
