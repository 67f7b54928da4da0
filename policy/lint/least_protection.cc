// Ways in: the functions of the header, which ask admission.h about images.
#include "policy/lint/least_protection.h"

#include <algorithm>

#include "policy/admission.h"
#include "policy/lint/image_example.h"

namespace extgate {
namespace {

constexpr LeastProtection kWorstFirst[] = {
    LeastProtection::kUnprotected, LeastProtection::kUntrustedSigner,
    LeastProtection::kUnsignedTree, LeastProtection::kSigned};

FoundPartitions ImageOf(const ImagePolicy& policy, Designator data,
                        LeastProtection protection) {
  const DesignatorTriple triple = TripleOf(data);
  FoundPartitions image;
  const auto add = [&](PartitionDesignator designator) {
    image.found[designator] = {kFlagUnprotected,
                               FittingState(policy, designator).attributes};
  };
  add(triple.data);
  switch (protection) {
    case LeastProtection::kUnprotected:
    case LeastProtection::kNothing:
      break;
    case LeastProtection::kUnsignedTree:
      add(triple.tree);
      break;
    case LeastProtection::kUntrustedSigner:
      add(triple.tree);
      add(triple.signature);
      break;
    case LeastProtection::kSigned:
      add(triple.tree);
      add(triple.signature);
      image.root_trust = image.usr_trust = TreeTrust::kTrusted;
      break;
  }
  return image;
}

}  // namespace

bool Admits(const ImagePolicy& policy, Designator data,
            LeastProtection protection) {
  return protection != LeastProtection::kNothing &&
         AdmitTable(policy, ImageOf(policy, data, protection)).outcome ==
             AdmissionOutcome::kUsed;
}

LeastProtection LeastProtectionOf(const ImagePolicy& policy, Designator data) {
  for (LeastProtection protection : kWorstFirst) {
    if (Admits(policy, data, protection)) return protection;
  }
  return LeastProtection::kNothing;
}

LeastProtection LeastProtectionOf(const ImagePolicy& policy) {
  return std::min(LeastProtectionOf(policy, Designator::kRoot),
                  LeastProtectionOf(policy, Designator::kUsr));
}

}  // namespace extgate
