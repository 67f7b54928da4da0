// Ways in: ProtectionOf for one partition, the others for the whole image.
#include "policy/protection.h"

namespace extgate {
namespace {

bool HasRootBelow(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  return layout != nullptr && layout->root_below.has_value();
}

}  // namespace

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

bool IsWhollySigned(const ImageFacts& image,
                    const SignatureStanding& standing) {
  return !HasRootBelow(image) &&
         (ProtectionOf(image, standing) & kFlagSigned) != 0;
}

const RootHash* WholeRootHash(const ImageFacts& image) {
  const VerityTree* tree = image.verity.value();
  if (tree == nullptr || HasRootBelow(image)) return nullptr;
  return tree->root_hash.has_value() ? &*tree->root_hash : nullptr;
}

}  // namespace extgate
