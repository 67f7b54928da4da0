// The length of a certificate (2 bytes, little-endian), the certificate, and a
// PKCS#7 over kContent. What the certificate is trusted to have signed, OpenSSL
// accepts too, and nothing that a stranger says changes that.
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/der.h"
#include "engine/crypto/pkcs7.h"
#include "engine/crypto/testing/pkcs7_oracle.h"
#include "engine/crypto/trust_store.h"
#include "engine/image/byte_cursor.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

// What testdata/fuzz/make signs.
constexpr char kContent[] =
    "e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5c";
constexpr char kOther[] =
    "e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5d";

void CheckClaims(absl::string_view der, const SignatureClaims& claims) {
  Require(IsDer(BytesOf(der)), "a PKCS#7 is in DER");
  Require(!claims.signers.empty() && claims.signers.size() <= 32,
          "there are 1 to 32 signers");
  for (const SignerClaim& claim : claims.signers) {
    Require(!claim.issuer.empty() && !claim.serial.empty(),
            "a signer has an issuer and a serial number");
    Require(claim.certificates.size() <= 8, "few certificates are listed");
    for (const EmbeddedCertificate& embedded : claim.certificates) {
      Require(embedded.proof == EmbeddedProof::kNotComputed,
              "nothing is proved by reading");
    }
  }
}

bool Trusts(const TrustStore& store, const Evidence<SignatureClaims>& claims,
            absl::string_view content) {
  return store.Standing(claims, content).state == SignatureState::kTrusted;
}

void CheckTrusted(absl::string_view der, const Certificate& certificate,
                  const Evidence<SignatureClaims>& claims) {
  Require(OpensslAccepts(der, {&certificate, 1}, kContent),
          "OpenSSL accepts what is trusted");
  for (const SignerClaim& claim : claims.value()->signers) {
    for (const EmbeddedCertificate& embedded : claim.certificates) {
      Require(embedded.sha256 != certificate.sha256 ||
                  embedded.to_be_signed == certificate.to_be_signed,
              "one certificate has one fingerprint");
    }
  }
  for (bool by_fingerprint : {false, true}) {
    TrustStore revoking;
    revoking.Trust(certificate, "fuzz");
    if (by_fingerprint) {
      revoking.Revoke(certificate.sha256, "fuzz");
    } else {
      revoking.RevokeToBeSigned(certificate.to_be_signed, "fuzz");
    }
    Require(!Trusts(revoking, claims, kContent), "revoked is not trusted");
  }
}

void Check(absl::string_view certificate_der, absl::string_view der) {
  Evidence<SignatureClaims> claims = ReadPkcs7(der);
  Require(claims == ReadPkcs7(der), "read alike twice");
  Require((claims.value() != nullptr) != (claims.malformed() != nullptr),
          "there are claims, or a reason why not");
  if (claims.value() != nullptr) CheckClaims(der, *claims.value());

  TrustStore store;
  Require(!Trusts(store, claims, kContent), "nobody is trusted by default");
  const absl::StatusOr<Certificate> certificate = ParseDer(certificate_der);
  if (certificate.ok()) store.Trust(*certificate, "fuzz");
  const SignatureStanding before = store.Standing(claims, kContent);
  const bool trusted = before.state == SignatureState::kTrusted;
  Require(before.state != SignatureState::kNone, "there is a signature");
  if (trusted) CheckTrusted(der, *certificate, claims);
  Require(!trusted || !Trusts(store, claims, kOther),
          "one signature is over one content");

  if (claims.value() == nullptr) return;
  ProveEmbedded(der, kContent, *claims.value());
  Require(Trusts(store, claims, kContent) == trusted,
          "what is said of strangers makes nothing trusted");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::Span<const uint8_t> certificate = input.Bytes(input.U16());
  extgate::Check(extgate::TextOf(certificate), input.RestText());
  return 0;
}
