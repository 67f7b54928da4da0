// Ways in: ProtectionOf for one partition, the others for the whole image.
#include "policy/protection.h"

namespace extgate {
namespace {

bool HasRootBelow(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  return layout != nullptr && layout->root_below.has_value();
}

bool HasTree(const ImageFacts& image) {
  const VerityTree* tree = image.verity.value();
  return tree != nullptr && tree->root_hash.has_value();
}

bool NamesTheTree(const ImageFacts& image) {
  const VeritySignature* signature = image.signature.value();
  return HasTree(image) && signature != nullptr &&
         signature->root_hash == image.verity.value()->root_hash;
}

}  // namespace

PartitionFlags ProtectionOf(const ImageFacts& image,
                            const SignatureStanding& standing) {
  if (!HasTree(image)) return kFlagUnprotected;
  const bool is_signed =
      NamesTheTree(image) && standing.state == SignatureState::kTrusted;
  return is_signed ? 0u + kFlagVerity + kFlagSigned : 0u + kFlagVerity;
}

bool IsSignedAsAWhole(const ImageFacts& image,
                      const SignatureStanding& standing) {
  return !HasRootBelow(image) && NamesTheTree(image) &&
         (standing.state == SignatureState::kTrusted ||
          standing.state == SignatureState::kUntrusted);
}

const RootHash* WholeRootHash(const ImageFacts& image) {
  const VerityTree* tree = image.verity.value();
  if (tree == nullptr || HasRootBelow(image)) return nullptr;
  return tree->root_hash.has_value() ? &*tree->root_hash : nullptr;
}

}  // namespace extgate
