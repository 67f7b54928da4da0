// Ways in: ReadDigest, ReadKey.
#include "engine/crypto/signature_algorithms.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/der.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// Identifiers are the content of an OBJECT IDENTIFIER.
struct NamedDigest {
  absl::string_view identifier;
  std::optional<SignatureDigest> digest;  // nullopt: known, and too weak
  absl::string_view name;
};

// NIST's 2.16.840.1.101.3.4.2; RFC 3279, 2.1.
constexpr NamedDigest kDigests[] = {
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x01", SignatureDigest::kSha256,
     "sha256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x02", SignatureDigest::kSha384,
     "sha384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x03", SignatureDigest::kSha512,
     "sha512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x04", SignatureDigest::kSha224,
     "sha224"},
    {"\x2b\x0e\x03\x02\x1a", std::nullopt, "sha1"},
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x05", std::nullopt, "md5"},
};

struct NamedKey {
  absl::string_view identifier;
  SignatureKey key;
  std::optional<SignatureDigest> digest;  // which the identifier names too
};

// RFC 8017, appendix C; RFC 5480, 2.1.1; RFC 5758, 3.2.
constexpr NamedKey kKeys[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", SignatureKey::kRsa, std::nullopt},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", SignatureKey::kRsa,
     SignatureDigest::kSha256},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", SignatureKey::kRsa,
     SignatureDigest::kSha384},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", SignatureKey::kRsa,
     SignatureDigest::kSha512},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", SignatureKey::kRsa,
     SignatureDigest::kSha224},
    {"\x2a\x86\x48\xce\x3d\x02\x01", SignatureKey::kEc, std::nullopt},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x01", SignatureKey::kEc,
     SignatureDigest::kSha224},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x02", SignatureKey::kEc,
     SignatureDigest::kSha256},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x03", SignatureKey::kEc,
     SignatureDigest::kSha384},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x04", SignatureKey::kEc,
     SignatureDigest::kSha512},
};

struct Algorithm {
  absl::string_view identifier;
  bool has_parameters = false;  // other than NULL
};

absl::StatusOr<Algorithm> ReadAlgorithm(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  Algorithm algorithm;
  algorithm.identifier = TextOf(fields.Take(kDerObjectIdentifier).content);
  if (!fields.TakeIf(kDerNull)) {
    algorithm.has_parameters = fields.TakeAny().has_value();
  }
  if (!fields.Done()) {
    return absl::InvalidArgumentError("an algorithm is named by what is none");
  }
  return algorithm;
}

}  // namespace

absl::StatusOr<SignatureDigest> ReadDigest(absl::Span<const uint8_t> content) {
  const absl::StatusOr<Algorithm> algorithm = ReadAlgorithm(content);
  if (!algorithm.ok()) return algorithm.status();
  absl::string_view name = "of another kind";
  for (const NamedDigest& known : kDigests) {
    if (algorithm->identifier != known.identifier) continue;
    if (known.digest && !algorithm->has_parameters) return *known.digest;
    name = known.name;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("digest ", name, " is not plainly of the SHA-2 family"));
}

absl::StatusOr<SignatureKey> ReadKey(absl::Span<const uint8_t> content,
                                     SignatureDigest digest) {
  const absl::StatusOr<Algorithm> algorithm = ReadAlgorithm(content);
  if (!algorithm.ok()) return algorithm.status();
  for (const NamedKey& known : kKeys) {
    if (algorithm->identifier == known.identifier &&
        !algorithm->has_parameters && known.digest.value_or(digest) == digest) {
      return known.key;
    }
  }
  return absl::InvalidArgumentError(
      "a signer's signature algorithm is not read here");
}

}  // namespace extgate
