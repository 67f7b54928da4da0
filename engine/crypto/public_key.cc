// Way in: PublicKey::FromPem.
#include "engine/crypto/public_key.h"

#include "absl/strings/str_cat.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/pem.h"
#include "engine/crypto/signer_proof.h"

namespace extgate {

absl::StatusOr<PublicKey> PublicKey::FromPem(absl::string_view pem) {
  const auto blocks = PemBlocks(pem);
  if (!blocks.ok()) return blocks.status();
  if (blocks->empty()) {
    return absl::InvalidArgumentError("there is no PEM block in it");
  }
  const PemBlock& first = blocks->front();
  if (first.label == "PUBLIC KEY") return PublicKey(first.bytes);
  if (first.label != "CERTIFICATE") {
    return absl::InvalidArgumentError(
        absl::StrCat("it is `", first.label,
                     "`; a public key or a certificate is asked for"));
  }
  const auto certificate = ParseDer(first.bytes);
  if (!certificate.ok()) return certificate.status();
  return PublicKey(std::string(certificate->public_key));
}

bool PublicKey::Verifies(SignatureKey kind, SignatureDigest digest,
                         absl::string_view message,
                         absl::string_view signature) const {
  SignerClaim claim;
  claim.digest = digest;
  claim.key = kind;
  claim.signature = std::string(signature);
  return Proves(claim, spki_, message);
}

}  // namespace extgate
