// Way in: Proves.
// The plain RSA calls are used, which OpenSSL 3 keeps but would rather not
// name: by its newer ones a first verification costs three times as much, the
// loading of a provider and four searches in it, a twentieth of a whole run.
#include "engine/crypto/signer_proof.h"

#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/crypto/der.h"
#include "engine/crypto/libcrypto_functions.h"
#include "engine/crypto/rsa_spki.h"
#include "engine/crypto/sha256.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// 1.2.840.113549.1.9.4, messageDigest (RFC 2985).
constexpr absl::string_view kMessageDigest =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";

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

std::string WithOpenssl(const Libcrypto& crypto, const EVP_MD* algorithm,
                        absl::string_view bytes) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (crypto.EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm,
                        nullptr) != 1) {
    return "";
  }
  return std::string(TextOf(absl::MakeConstSpan(digest, size)));
}

// Raw bytes; "" where OpenSSL has no such digest.
std::string Digest(SignatureDigest digest, absl::string_view bytes) {
  const Libcrypto& crypto = LoadedLibcrypto();
  switch (digest) {
    case SignatureDigest::kSha224:
      return WithOpenssl(crypto, crypto.EVP_sha224(), bytes);
    case SignatureDigest::kSha256:
      return std::string(TextOf(Sha256::Of(BytesOf(bytes))));
    case SignatureDigest::kSha384:
      return WithOpenssl(crypto, crypto.EVP_sha384(), bytes);
    case SignatureDigest::kSha512:
      return WithOpenssl(crypto, crypto.EVP_sha512(), bytes);
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

// The key in a SubjectPublicKeyInfo for plain RSA; nullptr for any other and
// for one that does not decode.
RsaPtr RsaKeyOf(absl::string_view public_key) {
  const auto bits = RsaKeyIn(public_key);
  if (!bits.has_value()) return nullptr;
  const unsigned char* cursor = bits->data();
  RsaPtr key(LoadedLibcrypto().d2i_RSAPublicKey(
      nullptr, &cursor, static_cast<long>(bits->size())));
  return cursor == bits->data() + bits->size() ? std::move(key) : nullptr;
}

// RFC 8017, 8.2.2: what the signature encrypts is compared as a whole.
bool ProvesRsa(const SignerClaim& claim, absl::string_view public_key,
               absl::string_view digest) {
  const Libcrypto& crypto = LoadedLibcrypto();
  const RsaPtr key = RsaKeyOf(public_key);
  if (key == nullptr || claim.signature.size() > INT_MAX) return false;
  std::vector<uint8_t> found(static_cast<size_t>(crypto.RSA_size(key.get())));
  const int size = crypto.RSA_public_decrypt(
      static_cast<int>(claim.signature.size()), BytesOf(claim.signature).data(),
      found.data(), key.get(), RSA_PKCS1_PADDING);
  if (size <= 0) return false;
  found.resize(static_cast<size_t>(size));
  return TextOf(found) == absl::StrCat(DigestInfo(claim.digest), digest);
}

bool ProvesEc(const SignerClaim& claim, absl::string_view public_key,
              absl::string_view digest) {
  const Libcrypto& crypto = LoadedLibcrypto();
  const unsigned char* cursor = BytesOf(public_key).data();
  const EvpPkeyPtr key(crypto.d2i_PUBKEY(nullptr, &cursor,
                                         static_cast<long>(public_key.size())));
  if (key == nullptr || crypto.EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) {
    return false;
  }
  const EvpPkeyCtxPtr context(crypto.EVP_PKEY_CTX_new(key.get(), nullptr));
  return context != nullptr &&
         crypto.EVP_PKEY_verify_init(context.get()) == 1 &&
         crypto.EVP_PKEY_verify(context.get(), BytesOf(claim.signature).data(),
                                claim.signature.size(), BytesOf(digest).data(),
                                digest.size()) == 1;
}

}  // namespace

bool Proves(const SignerClaim& claim, absl::string_view public_key,
            absl::string_view content) {
  std::string digest = Digest(claim.digest, content);
  if (digest.empty()) return false;
  if (!claim.signed_attributes.empty()) {
    if (MessageDigestOf(claim.signed_attributes) != digest) return false;
    digest = Digest(claim.digest, claim.signed_attributes);
  }
  const bool proves = claim.key == SignatureKey::kRsa
                          ? ProvesRsa(claim, public_key, digest)
                          : ProvesEc(claim, public_key, digest);
  // What OpenSSL noted of a failure is nobody's business.
  LoadedLibcrypto().ERR_clear_error();
  return proves;
}

}  // namespace extgate
