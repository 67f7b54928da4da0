// Way in: ReadPkcs7. OpenSSL parses, in a context without algorithms, so that
// no key inside costs anything; what it found becomes values.
#include "engine/crypto/pkcs7.h"

#include <climits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/der.h"
#include "engine/crypto/signer_proof.h"
#include "engine/crypto/ssl_ptr.h"
#include "engine/crypto/x509_text.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr int kMaxSigners = 32;
constexpr size_t kMaxCertificates = 8;  // looked at, of one signer

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

std::string AlgorithmName(const X509_ALGOR& algorithm) {
  char name[80];
  const int size = OBJ_obj2txt(name, sizeof(name), algorithm.algorithm, 0);
  return size > 0 ? std::string(name) : "unknown";
}

// Parameters say nothing in the algorithms that are accepted here.
bool HasParameters(const X509_ALGOR& algorithm) {
  return algorithm.parameter != nullptr &&
         ASN1_TYPE_get(algorithm.parameter) != V_ASN1_NULL;
}

int NidOf(const X509_ALGOR& algorithm) {
  return OBJ_obj2nid(algorithm.algorithm);
}

absl::StatusOr<SignatureDigest> DigestOf(const X509_ALGOR& algorithm) {
  if (!HasParameters(algorithm)) {
    switch (NidOf(algorithm)) {
      case NID_sha224:
        return SignatureDigest::kSha224;
      case NID_sha256:
        return SignatureDigest::kSha256;
      case NID_sha384:
        return SignatureDigest::kSha384;
      case NID_sha512:
        return SignatureDigest::kSha512;
    }
  }
  return Invalid(absl::StrCat("digest ", AlgorithmName(algorithm),
                              " is not of the SHA-2 family"));
}

// The kind of key that `algorithm` speaks of together with `digest_nid`.
absl::StatusOr<SignatureKey> KeyOf(const X509_ALGOR& algorithm,
                                   int digest_nid) {
  int key = NidOf(algorithm);
  int digest = NID_undef;
  // "RSA with SHA-256" names both; it must be the signer's own digest.
  if (OBJ_find_sigid_algs(key, &digest, &key) == 1 && digest != digest_nid) {
    key = NID_undef;
  }
  if (!HasParameters(algorithm)) {
    if (key == NID_rsaEncryption) return SignatureKey::kRsa;
    if (key == NID_X9_62_id_ecPublicKey) return SignatureKey::kEc;
  }
  return Invalid(absl::StrCat("signature algorithm ", AlgorithmName(algorithm),
                              " is not read here"));
}

absl::Status CheckDigests(const PKCS7_SIGNED& sign) {
  for (int i = 0; i < sk_X509_ALGOR_num(sign.md_algs); ++i) {
    const auto digest = DigestOf(*sk_X509_ALGOR_value(sign.md_algs, i));
    if (!digest.ok()) return digest.status();
  }
  return absl::OkStatus();
}

absl::Status CheckSignedData(PKCS7& pkcs7) {
  if (!PKCS7_type_is_signed(&pkcs7) || pkcs7.d.sign == nullptr) {
    return Invalid("the PKCS#7 is not signedData");
  }
  const PKCS7_SIGNED& sign = *pkcs7.d.sign;
  if (ASN1_INTEGER_get(sign.version) != 1) {
    return Invalid("the version of signedData is not 1");
  }
  if (sign.contents == nullptr || !PKCS7_type_is_data(sign.contents)) {
    return Invalid("the signed content is not of type data");
  }
  if (sign.contents->d.ptr != nullptr) {
    return Invalid("the signature carries content of its own");
  }
  const int signers = sk_PKCS7_SIGNER_INFO_num(sign.signer_info);
  if (signers <= 0) return Invalid("there is no signer");
  if (signers > kMaxSigners) {
    return Invalid(absl::StrCat("there are ", signers, " signers, more than ",
                                kMaxSigners));
  }
  return CheckDigests(sign);
}

// `der` as a PKCS#7 that passed the checks on the whole.
absl::StatusOr<Pkcs7Ptr> Parse(absl::string_view der) {
  if (der.empty() || der.size() > INT_MAX) return Invalid("not a PKCS#7");
  const auto* cursor = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = cursor + der.size();
  OSSL_LIB_CTX* const context = NoAlgorithms();
  PKCS7* target = context != nullptr ? PKCS7_new_ex(context, nullptr) : nullptr;
  if (target == nullptr) return Invalid("no memory to read the PKCS#7");
  // Frees the target when it fails.
  Pkcs7Ptr pkcs7(d2i_PKCS7(&target, &cursor, static_cast<long>(der.size())));
  if (pkcs7 == nullptr) return Invalid("not a PKCS#7");
  if (cursor != end) {
    return Invalid(
        absl::StrCat(end - cursor, " bytes follow the end of the PKCS#7"));
  }
  if (absl::Status status = CheckSignedData(*pkcs7); !status.ok()) {
    return status;
  }
  // d2i takes BER too, in which one signature has many forms.
  if (!IsDer(BytesOf(der))) return Invalid("the PKCS#7 is not in DER");
  return pkcs7;
}

bool Announced(const PKCS7_SIGNED& sign, int digest_nid) {
  for (int i = 0; i < sk_X509_ALGOR_num(sign.md_algs); ++i) {
    if (NidOf(*sk_X509_ALGOR_value(sign.md_algs, i)) == digest_nid) return true;
  }
  return false;
}

// The attributes in the order they stand in, as a SET.
std::string SignedAttributes(PKCS7_SIGNER_INFO& info) {
  if (sk_X509_ATTRIBUTE_num(info.auth_attr) <= 0) return "";
  return Encoded([&](unsigned char** out) {
    return ASN1_item_i2d(reinterpret_cast<ASN1_VALUE*>(info.auth_attr), out,
                         ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
  });
}

absl::StatusOr<SignerClaim> ClaimOf(const PKCS7_SIGNED& sign,
                                    PKCS7_SIGNER_INFO& info) {
  if (ASN1_INTEGER_get(info.version) != 1) {
    return Invalid("a signer's version is not 1");
  }
  const auto digest = DigestOf(*info.digest_alg);
  if (!digest.ok()) return digest.status();
  const int digest_nid = NidOf(*info.digest_alg);
  if (!Announced(sign, digest_nid)) {
    return Invalid("a signer's digest is not among those of the signedData");
  }
  const auto key = KeyOf(*info.digest_enc_alg, digest_nid);
  if (!key.ok()) return key.status();
  SignerClaim claim;
  const PKCS7_ISSUER_AND_SERIAL& name = *info.issuer_and_serial;
  claim.issuer = DerOf(*name.issuer);
  claim.serial = DerOf(*name.serial);
  claim.issuer_and_serial = IssuerAndSerialText(name.issuer, name.serial);
  claim.digest = *digest;
  claim.key = *key;
  claim.signed_attributes = SignedAttributes(info);
  if (claim.issuer.empty() || claim.serial.empty() ||
      (claim.signed_attributes.empty() &&
       sk_X509_ATTRIBUTE_num(info.auth_attr) > 0)) {
    return Invalid("a signer cannot be encoded again");
  }
  claim.signature.assign(
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(info.enc_digest)),
      static_cast<size_t>(ASN1_STRING_length(info.enc_digest)));
  return claim;
}

// One certificate inside.
struct Embedded {
  X509* x509;  // of the PKCS#7
  absl::string_view der;
};

// What the first element of `bytes` holds; nothing where there is none.
absl::Span<const uint8_t> Inside(absl::Span<const uint8_t> bytes) {
  const std::optional<DerElement> element = TakeDerElement(bytes);
  return element ? element->content : absl::Span<const uint8_t>();
}

// The certificates inside `pkcs7`, which Parse() made of `der`, with their
// bytes as they stand (RFC 2315, 9.1: certificates are [0] of signedData).
std::vector<Embedded> CertificatesIn(const PKCS7& pkcs7,
                                     absl::string_view der) {
  absl::Span<const uint8_t> info = Inside(BytesOf(der));
  TakeDerElement(info);                                          // its type
  absl::Span<const uint8_t> signed_data = Inside(Inside(info));  // of its [0]
  std::vector<Embedded> found;
  while (const auto field = TakeDerElement(signed_data)) {
    if (field->tag != kDerContext0) continue;
    absl::Span<const uint8_t> certificates = field->content;
    while (const auto certificate = TakeDerElement(certificates)) {
      X509* const x509 =
          sk_X509_value(pkcs7.d.sign->cert, static_cast<int>(found.size()));
      if (x509 == nullptr) return {};
      found.push_back({x509, TextOf(certificate->whole)});
    }
  }
  return found;
}

// Lists the certificates inside that `claim` names.
void AddCertificates(const std::vector<Embedded>& certificates,
                     SignerClaim& claim) {
  for (const Embedded& embedded : certificates) {
    if (claim.certificates.size() == kMaxCertificates) return;
    if (!Names(claim, *embedded.x509)) continue;
    const auto to_be_signed = ToBeSignedOf(embedded.der);
    if (!to_be_signed.ok()) continue;
    claim.certificates.push_back(
        {NameText(X509_get_subject_name(embedded.x509)),
         FingerprintOf(embedded.der), *to_be_signed});
  }
}

absl::StatusOr<SignatureClaims> ClaimsOf(const PKCS7& pkcs7,
                                         absl::string_view der) {
  const PKCS7_SIGNED& sign = *pkcs7.d.sign;
  const std::vector<Embedded> certificates = CertificatesIn(pkcs7, der);
  SignatureClaims claims;
  for (int i = 0; i < sk_PKCS7_SIGNER_INFO_num(sign.signer_info); ++i) {
    absl::StatusOr<SignerClaim> claim =
        ClaimOf(sign, *sk_PKCS7_SIGNER_INFO_value(sign.signer_info, i));
    if (!claim.ok()) return claim.status();
    AddCertificates(certificates, *claim);
    claims.signers.push_back(*std::move(claim));
  }
  return claims;
}

}  // namespace

Evidence<SignatureClaims> ReadPkcs7(absl::string_view der) {
  StartCrypto();
  const ErrorQueueGuard guard;
  const absl::StatusOr<Pkcs7Ptr> pkcs7 = Parse(der);
  absl::StatusOr<SignatureClaims> claims =
      pkcs7.ok() ? ClaimsOf(**pkcs7, der) : pkcs7.status();
  if (claims.ok()) return *std::move(claims);
  return Malformed{"PKCS#7", std::string(claims.status().message())};
}

void ProveEmbedded(absl::string_view der, absl::string_view content,
                   SignatureClaims& claims) {
  StartCrypto();
  const ErrorQueueGuard guard;
  const absl::StatusOr<Pkcs7Ptr> pkcs7 = Parse(der);
  if (!pkcs7.ok()) return;
  for (const Embedded& embedded : CertificatesIn(**pkcs7, der)) {
    const Fingerprint sha256 = FingerprintOf(embedded.der);
    for (SignerClaim& claim : claims.signers) {
      for (EmbeddedCertificate& listed : claim.certificates) {
        if (listed.sha256 != sha256) continue;
        listed.proof = Proves(claim, *embedded.x509, content)
                           ? EmbeddedProof::kMade
                           : EmbeddedProof::kNotMade;
      }
    }
  }
}

std::optional<std::string> CertificateInside(absl::string_view der,
                                             const Fingerprint& sha256) {
  StartCrypto();
  const ErrorQueueGuard guard;
  const absl::StatusOr<Pkcs7Ptr> pkcs7 = Parse(der);
  if (!pkcs7.ok()) return std::nullopt;
  for (const Embedded& embedded : CertificatesIn(**pkcs7, der)) {
    if (FingerprintOf(embedded.der) == sha256) return std::string(embedded.der);
  }
  return std::nullopt;
}

}  // namespace extgate
