// How an image's signature stands against one set of certificates. Computed by
// engine/crypto, used by evaluation; kept apart from the facts so that recorded
// facts can meet new certificates.
#ifndef EXTGATE_POLICY_SIGNATURE_STANDING_H_
#define EXTGATE_POLICY_SIGNATURE_STANDING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/hex_bytes.h"
#include "policy/utc_time.h"
#include "policy/words.h"

namespace extgate {

enum class SignatureState {
  kNone,       // there is no signature
  kInvalid,    // not a PKCS#7 signature over this root hash
  kUntrusted,  // well formed, but no trusted certificate made it
  kTrusted,    // every signer is trusted and every signature verifies
};

template <>
struct Words<SignatureState> {
  static constexpr char kNoun[] = "signature";
  static constexpr std::pair<SignatureState, const char*> kTable[] = {
      {SignatureState::kNone, "none"},
      {SignatureState::kInvalid, "invalid"},
      {SignatureState::kUntrusted, "untrusted"},
      {SignatureState::kTrusted, "trusted"},
  };
};

// One SignerInfo of the PKCS#7.
struct Signer {
  std::string subject;            // "CN=db,O=Acme" (RFC 2253); empty if unknown
  std::string issuer_and_serial;  // "CN=Acme CA, serial 1f2e", always known
  // Of the certificate whose key made this signature: a trusted one, or one
  // carried inside the PKCS#7. nullopt: no certificate at hand verifies it.
  std::optional<Fingerprint> sha256;
  bool trusted = false;  // whatever rule asks
  bool revoked = false;
  std::string origin;  // where the trusted certificate came from; else empty
  // The trust sets with a certificate whose key made this signature, by name.
  // What that is worth to a rule: signer_trust.h.
  std::vector<std::string> sets = {};
  // The last second in which that certificate, trusted or of a set, is valid;
  // of several the first to end. nullopt: there is none, or it cannot be read.
  std::optional<UtcTime> not_after = std::nullopt;
  bool expired = false;  // and the policy asks; see signer_trust.h
  friend bool operator==(const Signer&, const Signer&) = default;
};

struct SignatureStanding {
  SignatureState state = SignatureState::kNone;
  std::vector<Signer> signers;
  std::string detail;  // why invalid or untrusted, for the reason's text
  friend bool operator==(const SignatureStanding&,
                         const SignatureStanding&) = default;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_SIGNATURE_STANDING_H_
