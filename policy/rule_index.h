// Which rules can be about an image, without asking each of them.
#ifndef EXTGATE_POLICY_RULE_INDEX_H_
#define EXTGATE_POLICY_RULE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "policy/expression_set.h"
#include "policy/subject.h"

namespace extgate {

struct CompiledRule;

// Numbers of rules (places in CompiledPolicy::rules), ascending, each once.
using RuleNumbers = absl::InlinedVector<uint32_t, 16>;

// The rules to ask about one image.
struct RuleCandidates {
  RuleNumbers deny;
  RuleNumbers allow;
};

// An index over the conditions of rules. It may offer a rule that is not about
// the image, which the matcher then finds; it never keeps back one that is:
// every deny rule that matches and every allow rule that selects is among the
// candidates. Immutable, thread-safe, copyable.
//
// Each rule is filed under one of its conditions, the one that fewest images
// meet (its digests, else names, else signers); a rule with none of these, or
// with a name that neither begins nor ends with fixed text, is a candidate for
// every image. So the time of a look-up does not grow with the rules but for
// those, and the allocations are none up to 16 candidates of a verdict.
class RuleIndex {
 public:
  RuleIndex() = default;  // of no rules

  explicit RuleIndex(const std::vector<CompiledRule>& rules);

  RuleCandidates Find(const Subject& subject) const;

  // How many rules it was made of, and how many of them deny.
  size_t size() const { return size_; }
  size_t denies() const { return denies_; }

 private:
  class Builder;
  class Search;

  // A rule's number and verdict: the number times two, one more for deny.
  using Posting = uint32_t;
  // Not a rule: the regular expressions are to be asked.
  static constexpr Posting kAskExpressions = 0xffffffff;
  // Postings under one key. What has the same key by accident shares them,
  // which makes a candidate too many.
  struct Slot {
    uint64_t key = 0;
    uint32_t first = 0;  // the one posting itself; of more, where in postings_
    uint32_t count = 0;  // 0: free
  };

  size_t size_ = 0;
  size_t denies_ = 0;
  std::vector<Slot> slots_;       // open addressing; a power of two or none
  std::vector<uint64_t> filter_;  // a bit for each key; spares far slots
  std::vector<Posting> postings_;
  std::vector<Posting> everybody_;  // filed under nothing
  // Bit n: a glob is filed under the n bytes it begins or ends with.
  uint64_t prefix_lengths_ = 0;
  uint64_t suffix_lengths_ = 0;
  // All regular expressions, and the rule of each. nullopt: the library did not
  // take them together, so that every such rule is a candidate. They are asked
  // of a name that begins as one of them does.
  std::optional<ExpressionSet> expressions_;
  bool always_ask_expressions_ = false;  // one begins in no certain way
  std::vector<Posting> expression_rules_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_RULE_INDEX_H_
