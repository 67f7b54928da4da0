// The certificates that policy trusts, where each came from, and revocations.
// No OpenSSL type appears here.
#ifndef EXTGATE_ENGINE_CRYPTO_TRUST_STORE_H_
#define EXTGATE_ENGINE_CRYPTO_TRUST_STORE_H_

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/efi_signature_list.h"
#include "policy/evidence.h"
#include "policy/hex_bytes.h"
#include "policy/signature_claims.h"
#include "policy/signature_standing.h"
#include "policy/utc_time.h"

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

  // Trusts `certificate` in rules that name `set` only; it may be in several
  // sets, and trusted besides.
  void TrustInSet(Certificate certificate, absl::string_view set,
                  absl::string_view origin);

  // A certificate of `set` could not be read: nobody knows who is in it.
  void DoubtSet(absl::string_view set);
  const std::set<std::string>& DoubtedSets() const;

  // A revoked certificate is never trusted, whoever trusts it.
  void Revoke(const Fingerprint& sha256, absl::string_view origin);
  void RevokeToBeSigned(const FileDigest& digest, absl::string_view origin);

  size_t size() const;

  // All that decides Standing, a line each: "trusted SHA256", "revoked SHA256",
  // "revoked-tbs SHA256", "set NAME SHA256", "doubted NAME".
  std::string Listing() const;

  // "over SHA256", a line each, of every certificate that IsOver at `date`: all
  // that a date can change of Standing.
  std::string ListingOfExpired(const UtcTime& date) const;

  // Signers that count, as Standing would name them: of each certificate,
  // trusted or of a set, that is not revoked, in the order of trust;
  // issuer_and_serial is empty.
  std::vector<Signer> KnownSigners() const;

  // The certificate of that fingerprint, trusted or of a set; nullptr if there
  // is none.
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
  // hand, untrusted; a revoked signer is untrusted too, and one whose
  // certificate is only in sets, which its line then names. Never kNone.
  SignatureStanding Standing(const Evidence<SignatureClaims>& claims,
                             absl::string_view content) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TRUST_STORE_H_
