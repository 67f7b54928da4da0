// Way in: Proves.
#include "engine/crypto/signer_proof.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/crypto/block_hasher.h"
#include "engine/crypto/der.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// 1.2.840.113549.1.9.4, messageDigest (RFC 2985).
constexpr absl::string_view kMessageDigest =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";

absl::string_view TextOf(absl::Span<const uint8_t> bytes) {
  return absl::string_view(reinterpret_cast<const char*>(bytes.data()),
                           bytes.size());
}

// The DigestInfo in front of a digest (RFC 8017, 9.2, note 1).
absl::string_view DigestInfo(SignatureDigest digest) {
  switch (digest) {
    case SignatureDigest::kSha224:
      return absl::string_view(
          "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00"
          "\x04\x1c",
          19);
    case SignatureDigest::kSha256:
      return absl::string_view(
          "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
          "\x04\x20",
          19);
    case SignatureDigest::kSha384:
      return absl::string_view(
          "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
          "\x04\x30",
          19);
    case SignatureDigest::kSha512:
      return absl::string_view(
          "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"
          "\x04\x40",
          19);
  }
  return "";
}

std::string WithOpenssl(const EVP_MD* algorithm, absl::string_view bytes) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm,
                 nullptr) != 1) {
    return "";
  }
  return std::string(TextOf(absl::MakeConstSpan(digest, size)));
}

// Raw bytes; "" where OpenSSL has no such digest.
std::string Digest(SignatureDigest digest, absl::string_view bytes) {
  switch (digest) {
    case SignatureDigest::kSha224:
      return WithOpenssl(EVP_sha224(), bytes);
    case SignatureDigest::kSha256: {
      const std::unique_ptr<StreamDigest> stream = StreamDigest::Create();
      stream->Update(BytesOf(bytes));
      return std::string(TextOf(stream->Finish().bytes()));
    }
    case SignatureDigest::kSha384:
      return WithOpenssl(EVP_sha384(), bytes);
    case SignatureDigest::kSha512:
      return WithOpenssl(EVP_sha512(), bytes);
  }
  return "";
}

// The one value of an attribute's SET, if it is an OCTET STRING.
std::optional<std::string> OctetsIn(absl::Span<const uint8_t> set) {
  const std::optional<DerElement> value = TakeDerElement(set);
  if (!value || value->tag != kDerOctetString || !set.empty()) {
    return std::nullopt;
  }
  return std::string(TextOf(value->content));
}

// What `attributes`, a SET of attributes, say the content's digest is; nullopt
// when they do not say it exactly once.
std::optional<std::string> MessageDigestOf(absl::string_view attributes) {
  absl::Span<const uint8_t> rest = BytesOf(attributes);
  if (!IsDer(rest)) return std::nullopt;
  const std::optional<DerElement> set = TakeDerElement(rest);
  if (!set || set->tag != kDerSet || !rest.empty()) return std::nullopt;
  std::optional<std::string> found;
  for (absl::Span<const uint8_t> left = set->content; !left.empty();) {
    const std::optional<DerElement> attribute = TakeDerElement(left);
    if (!attribute || attribute->tag != kDerSequence) return std::nullopt;
    absl::Span<const uint8_t> fields = attribute->content;
    const std::optional<DerElement> type = TakeDerElement(fields);
    const std::optional<DerElement> values = TakeDerElement(fields);
    if (!type || type->tag != kDerObjectIdentifier || !values ||
        values->tag != kDerSet || !fields.empty()) {
      return std::nullopt;
    }
    if (TextOf(type->content) != kMessageDigest) continue;
    if (found) return std::nullopt;
    found = OctetsIn(values->content);
    if (!found) return std::nullopt;
  }
  return found;
}

int KeyTypeOf(SignatureKey key) {
  switch (key) {
    case SignatureKey::kRsa:
      return EVP_PKEY_RSA;
    case SignatureKey::kEc:
      return EVP_PKEY_EC;
  }
  return EVP_PKEY_NONE;
}

}  // namespace

bool Proves(const SignerClaim& claim, const X509& x509,
            absl::string_view content) {
  EVP_PKEY* const key = X509_get0_pubkey(&x509);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != KeyTypeOf(claim.key)) {
    return false;
  }
  std::string digest = Digest(claim.digest, content);
  if (digest.empty()) return false;
  if (!claim.signed_attributes.empty()) {
    if (MessageDigestOf(claim.signed_attributes) != digest) return false;
    digest = Digest(claim.digest, claim.signed_attributes);
  }
  // Without a digest algorithm set, RSA compares with all of what the signature
  // encrypts: the DigestInfo and nothing more.
  const std::string signed_bytes =
      claim.key == SignatureKey::kRsa
          ? absl::StrCat(DigestInfo(claim.digest), digest)
          : digest;
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  return context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), BytesOf(claim.signature).data(),
                         claim.signature.size(), BytesOf(signed_bytes).data(),
                         signed_bytes.size()) == 1;
}

}  // namespace extgate
