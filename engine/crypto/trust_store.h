// The certificates that policy trusts, where each came from, and revocations.
// No OpenSSL type appears here.
#ifndef EXTGATE_ENGINE_CRYPTO_TRUST_STORE_H_
#define EXTGATE_ENGINE_CRYPTO_TRUST_STORE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/efi_signature_list.h"
#include "policy/evidence.h"
#include "policy/hex_bytes.h"
#include "policy/signature_claims.h"
#include "policy/signature_standing.h"

namespace extgate {

// Immutable once filled; Standing may be called from several threads.
class TrustStore {
 public:
  TrustStore();
  ~TrustStore();
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;

  // Trusts `certificate`. `origin` is shown to people: "policy /oem/90.yaml:7",
  // "/usr/lib/verity.d/a.crt", "efi db". The first origin of a certificate
  // stays.
  void Trust(Certificate certificate, absl::string_view origin);

  // A revoked certificate is never trusted, whoever trusts it.
  void Revoke(const Fingerprint& sha256, absl::string_view origin);
  void RevokeToBeSigned(const FileDigest& digest, absl::string_view origin);

  size_t size() const;

  // All that decides Standing, a line each: "trusted SHA256", "revoked SHA256",
  // "revoked-tbs SHA256".
  std::string Listing() const;

  // Signers that count, as Standing would name them: of each trusted
  // certificate that is not revoked, in the order of trust; issuer_and_serial
  // is empty.
  std::vector<Signer> TrustedSigners() const;

  // The trusted certificate of that fingerprint; nullptr if there is none.
  const Certificate* Find(const Fingerprint& sha256) const;

  // How `claims` (of ReadPkcs7) stand as a signature over `content`. As systemd
  // checks it (PKCS7_verify with NOINTERN and NOVERIFY: signer found among the
  // trusted certificates by issuer and serial, no chain, no expiry, embedded
  // certificates never trusted, every SignerInfo must verify), and stricter
  // (see ReadPkcs7). `content` for a DDI is the lower-case hex root hash
  // without newline. Trusted is only what a trusted key is computed here to
  // have made: claims need not be believed. Where the key of a signer was found
  // and contradicts the signature, it is invalid; where only a certificate
  // inside the PKCS#7 is said to verify it (see ProveEmbedded), or none is at
  // hand, untrusted; a revoked signer is untrusted too. Never kNone.
  SignatureStanding Standing(const Evidence<SignatureClaims>& claims,
                             absl::string_view content) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TRUST_STORE_H_
