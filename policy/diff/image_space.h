// What is asked of images beside names, layouts, signers and contents: one
// value for each way in which the rules at hand tell them apart.
#ifndef EXTGATE_POLICY_DIFF_IMAGE_SPACE_H_
#define EXTGATE_POLICY_DIFF_IMAGE_SPACE_H_

#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/diff/rule_pairing.h"
#include "policy/facts.h"
#include "policy/hex_bytes.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {

// Where an image of some class is looked at.
struct Setting {
  ImageClass image_class = ImageClass::kSysext;
  Architecture architecture = Architecture::kX8664;
  std::string entry;

  // Whether what `rule` says of the three holds.
  bool IsMeant(const CompiledRule& rule) const;

  // Makes `image` one of that class and architecture, and `host` such a host.
  void SetOn(ImageFacts& image, HostFacts& host) const;
};

// Hashes that are named in `rules`, one for each set of rules that name it
// beside the same other conditions, and one that is not named.
std::vector<RootHash> RootHashesFor(const RulesAtHand& rules);
std::vector<FileDigest> DigestsFor(const RulesAtHand& rules);

// Both, where a rule asks for one; contents are of a class too.
std::vector<ImageClass> ClassesFor(const RulesAtHand& rules);

// Those that are named in `rules`, and one that is not.
std::vector<Architecture> ArchitecturesFor(const RulesAtHand& rules);

// Days on each side of each end of a rule's own mode, and one more.
std::vector<UtcTime> DatesFor(const RulesAtHand& rules);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_IMAGE_SPACE_H_
