// Public keys of signatures that come without a certificate.
#ifndef EXTGATE_ENGINE_CRYPTO_PUBLIC_KEY_H_
#define EXTGATE_ENGINE_CRYPTO_PUBLIC_KEY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/signature_claims.h"

namespace extgate {

// A SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), of whatever algorithm. A value.
class PublicKey {
 public:
  // `pem` begins with a PUBLIC KEY or a CERTIFICATE, whose key is meant.
  // InvalidArgument for anything else.
  static absl::StatusOr<PublicKey> FromPem(absl::string_view pem);

  const std::string& spki() const { return spki_; }  // DER

  // Whether `signature` is this key's of `message`, as Proves() has it
  // (signer_proof.h): false too where the key is of another kind than `kind`,
  // or none. Needs LoadLibcrypto().
  bool Verifies(SignatureKey kind, SignatureDigest digest,
                absl::string_view message, absl::string_view signature) const;

 private:
  explicit PublicKey(std::string spki) : spki_(std::move(spki)) {}

  std::string spki_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_PUBLIC_KEY_H_
