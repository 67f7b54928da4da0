// The way in is ProtectionOf.
#include "policy/protection.h"

namespace extgate {

PartitionFlags ProtectionOf(const ImageFacts& image,
                            const SignatureStanding& standing) {
  const VerityTree* tree = image.verity.value();
  if (tree == nullptr || !tree->root_hash.has_value()) return kFlagUnprotected;
  const VeritySignature* signature = image.signature.value();
  const bool is_signed = signature != nullptr &&
                         signature->root_hash == tree->root_hash &&
                         standing.state == SignatureState::kTrusted;
  return is_signed ? 0u + kFlagVerity + kFlagSigned : 0u + kFlagVerity;
}

}  // namespace extgate
