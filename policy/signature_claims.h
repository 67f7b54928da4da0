// What a PKCS#7 says of its signers, as plain values. Read where hostile bytes
// can do no harm, and believed by nobody: whether a key really made a signature
// is computed from these values with a trusted certificate's key
// (engine/crypto/signer_proof.h), so that a lie here can only deny.
#ifndef EXTGATE_POLICY_SIGNATURE_CLAIMS_H_
#define EXTGATE_POLICY_SIGNATURE_CLAIMS_H_

#include <string>
#include <utility>
#include <vector>

#include "policy/hex_bytes.h"
#include "policy/words.h"

namespace extgate {

enum class SignatureDigest { kSha224, kSha256, kSha384, kSha512 };

template <>
struct Words<SignatureDigest> {
  static constexpr char kNoun[] = "digest";
  static constexpr std::pair<SignatureDigest, const char*> kTable[] = {
      {SignatureDigest::kSha224, "sha224"},
      {SignatureDigest::kSha256, "sha256"},
      {SignatureDigest::kSha384, "sha384"},
      {SignatureDigest::kSha512, "sha512"},
  };
};

enum class SignatureKey { kRsa, kEc };

template <>
struct Words<SignatureKey> {
  static constexpr char kNoun[] = "key";
  static constexpr std::pair<SignatureKey, const char*> kTable[] = {
      {SignatureKey::kRsa, "rsa"},
      {SignatureKey::kEc, "ec"},
  };
};

// Whether the key of an embedded certificate made the signature that names it.
// Computed only where it matters: of signers that are not trusted.
enum class EmbeddedProof { kNotComputed, kMade, kNotMade };

template <>
struct Words<EmbeddedProof> {
  static constexpr char kNoun[] = "proof";
  static constexpr std::pair<EmbeddedProof, const char*> kTable[] = {
      {EmbeddedProof::kNotComputed, "not-computed"},
      {EmbeddedProof::kMade, "made"},
      {EmbeddedProof::kNotMade, "not-made"},
  };
};

// A certificate inside the PKCS#7 that a signer names.
struct EmbeddedCertificate {
  std::string subject;  // RFC 2253
  Fingerprint sha256;   // of the DER
  FileDigest to_be_signed;
  EmbeddedProof proof = EmbeddedProof::kNotComputed;
  friend bool operator==(const EmbeddedCertificate&,
                         const EmbeddedCertificate&) = default;
};

// One SignerInfo (RFC 2315, 9.2). Byte strings are raw.
struct SignerClaim {
  std::string issuer;             // DER of the Name
  std::string serial;             // DER of the INTEGER
  std::string issuer_and_serial;  // for people: "CN=Acme CA, serial 1f2e"
  SignatureDigest digest = SignatureDigest::kSha256;
  SignatureKey key = SignatureKey::kRsa;
  // DER of the signed attributes as a SET, which is what is signed then; empty:
  // there are none, and the content is signed.
  std::string signed_attributes;
  std::string signature;  // RSA: PKCS#1 v1.5; EC: DER of ECDSA-Sig-Value
  std::vector<EmbeddedCertificate> certificates;  // the first 8
  friend bool operator==(const SignerClaim&, const SignerClaim&) = default;
};

// Of a PKCS#7 that systemd would look at: 1 to 32 signers.
struct SignatureClaims {
  std::vector<SignerClaim> signers;
  friend bool operator==(const SignatureClaims&,
                         const SignatureClaims&) = default;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_SIGNATURE_CLAIMS_H_
