// Which of two image policies lets more images in, with an image for a proof.
// admission.h has the same question as extgate asks it of its own policy, of
// all versions at once (Looser).
#ifndef EXTGATE_POLICY_IMAGE_POLICY_COMPARISON_H_
#define EXTGATE_POLICY_IMAGE_POLICY_COMPARISON_H_

#include <optional>
#include <string>
#include <utility>

#include "policy/image_policy.h"
#include "policy/partition_fate.h"
#include "policy/words.h"

namespace extgate {

// Of the first policy, seen against the second.
enum class Relation { kEquivalent, kStricter, kLooser, kIncomparable };

template <>
struct Words<Relation> {
  static constexpr char kNoun[] = "relation";
  static constexpr std::pair<Relation, const char*> kTable[] = {
      {Relation::kEquivalent, "equivalent"},
      {Relation::kStricter, "stricter"},
      {Relation::kLooser, "looser"},
      {Relation::kIncomparable, "incomparable"},
  };
};

// An image of which one policy accepts more than the other.
struct ImageWitness {
  // "an image whose `root` has a hash tree, no signature"
  std::string image;
  SystemdRange versions{0, 0};  // of systemd, that take it so
  Fate first = Fate::kRefused;
  Fate second = Fate::kRefused;
};

struct ImagePolicyRelation {
  Relation relation = Relation::kEquivalent;
  std::optional<ImageWitness> looser;    // the first accepts more
  std::optional<ImageWitness> stricter;  // the second does
};

// Walks every state of the 13 designators on each version from `first_version`
// to `last_version`: a state that one policy refuses and the other does not, or
// that one ignores and the other uses. How a partition that is used is
// protected then makes no difference, and what cannot be activated counts like
// what is ignored. A policy that no image satisfies is stricter than any other.
ImagePolicyRelation CompareImagePolicies(const ImagePolicy& first,
                                         const ImagePolicy& second,
                                         int first_version = kOldestSystemd,
                                         int last_version = kNewestSystemd);

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_POLICY_COMPARISON_H_
