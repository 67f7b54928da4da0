// Whether the policy in force allows the images that are to be signed for.
#ifndef EXTGATE_ADAPTERS_CLI_IMAGE_APPROVAL_H_
#define EXTGATE_ADAPTERS_CLI_IMAGE_APPROVAL_H_

#include <set>
#include <string>
#include <vector>

#include "adapters/cli/policy_in_force.h"
#include "adapters/cli/verbs.h"
#include "engine/pcr/prediction.h"

namespace extgate {

struct Approval {
  int status = kExitDone;  // else it was said why not, and that is all
  // The files that meet a rule that requires an image, a rule after the other.
  std::vector<std::set<std::string>> required;
};

// Decides about each image that is measured of `inputs`, data checked against
// the hash trees, in enforcing, whatever the policy's mode is: a disk is to
// open with what policy allows. `entry` is what policies call the boot entry;
// "": this boot's. What is no more than for another OS is approved for another
// entry than this boot's, whose OS is not known, as `install` has it.
// kExitViolation: one is not approved, and the report is on standard output.
Approval ApproveImages(const GlobalOptions& global, const PolicyInForce& policy,
                       const std::string& entry, const StubInputs& inputs);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_IMAGE_APPROVAL_H_
