// Images in words, as examples of what a policy lets in.
#ifndef EXTGATE_POLICY_LINT_IMAGE_EXAMPLE_H_
#define EXTGATE_POLICY_LINT_IMAGE_EXAMPLE_H_

#include <string>

#include "policy/image_policy.h"
#include "policy/lint/least_protection.h"
#include "policy/partition_fate.h"
#include "policy/signature_standing.h"
#include "policy/values.h"

namespace extgate {

// A partition of the attributes and the filesystem that `policy` asks for.
PartitionState FittingState(const ImagePolicy& policy,
                            PartitionDesignator designator);

// A data partition with these helpers, each as above.
enum class Helpers { kNone, kTree, kTreeAndSignature };
DataState StateOf(const ImagePolicy& policy, Designator data, Helpers helpers,
                  SignatureState standing = SignatureState::kNone);

// The same by how it is protected; of kNothing without any.
DataState StateOf(const ImagePolicy& policy, Designator data,
                  LeastProtection protection);

// "an image whose `root` has a hash tree, no signature".
std::string ImageText(Designator data, const DataState& state);

// "systemd 254 to 262", for those of `among` that accept it under `policy`;
// "no systemd" where none does.
std::string AcceptedBy(const ImagePolicy& policy, Designator data,
                       const DataState& state, const SystemdRange& among);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_IMAGE_EXAMPLE_H_
