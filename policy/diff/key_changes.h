// What differs between two policies but for rules: key by key, and which way.
#ifndef EXTGATE_POLICY_DIFF_KEY_CHANGES_H_
#define EXTGATE_POLICY_DIFF_KEY_CHANGES_H_

#include <string>
#include <vector>

#include "policy/image_policy_comparison.h"
#include "policy/policy.h"

namespace extgate {

struct KeyChange {
  std::string key;  // "fail_boot.when"
  // The new value seen against the old one; kIncomparable where they have no
  // order. Never kEquivalent.
  Relation relation = Relation::kIncomparable;
  std::string before;  // as in a policy; "absent"
  std::string after;
};

// All of them, in the order of the policy language. The order of values is that
// of a floor (authority.h), so that what is looser here is what a local source
// may not write there. `image_policy` is looser where it is for any version of
// systemd, alone or all together. Of `rules` only `required` is compared here,
// of rules that say the same; `entries` are not.
std::vector<KeyChange> CompareKeys(const Policy& before, const Policy& after);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_KEY_CHANGES_H_
