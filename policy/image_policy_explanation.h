// One image policy in words: what is in force for each designator, and every
// state of a partition that it accepts, version by version.
#ifndef EXTGATE_POLICY_IMAGE_POLICY_EXPLANATION_H_
#define EXTGATE_POLICY_IMAGE_POLICY_EXPLANATION_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/image_policy_reader.h"
#include "policy/partition_fate.h"

namespace extgate {

// As `systemd-analyze image-policy` shows it.
struct RuleInForce {
  std::string designator;  // "default" for the last one
  std::string use;         // "signed+absent", "open", "-" for nothing at all
  std::string read_only;   // "yes", "no"; "-": either
  std::string growfs;      // the same
  std::string filesystem;  // "erofs+ext4"; "-": any
};

// A state that is accepted on one of the versions at least.
struct AcceptedState {
  std::string partition;    // "root", "home, srv", "no partition table"
  std::string state;        // "a hash tree, no signature"
  std::vector<Fate> fates;  // one a version range
};

struct ImagePolicyExplanation {
  std::string image_policy;  // as it was written
  std::string normalised;
  std::vector<SystemdRange> versions;
  std::vector<RuleInForce> rules;     // by designator, then the default
  std::vector<AcceptedState> states;  // every other one is refused or fails
  std::vector<std::string> notes;     // what its author may not expect
};

// Of `systemd_version` alone, or of all from 254 on where it is 0. A version
// that refuses the text is left out then, with a note; the newest one's refusal
// is the answer.
std::variant<ImagePolicyExplanation, ImagePolicyRefusal> ExplainImagePolicy(
    absl::string_view text, int systemd_version);

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_POLICY_EXPLANATION_H_
