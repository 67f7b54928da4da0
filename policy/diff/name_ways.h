// Names of images that the rules at hand tell apart, one for each way.
#ifndef EXTGATE_POLICY_DIFF_NAME_WAYS_H_
#define EXTGATE_POLICY_DIFF_NAME_WAYS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/diff/name_cells.h"
#include "policy/diff/rule_pairing.h"

namespace extgate {

// A name, and the rules that may be about it: those that match it inside or
// outside, and those without names.
struct SeenName {
  std::string inside;
  std::string outside;
  RulesAtHand rules;
};

struct SeenNames {
  std::vector<SeenName> names;
  bool complete = true;  // see NameCells
};

// Refers to the rules and mappings, which must outlive it.
class NameWays {
 public:
  NameWays(const std::vector<PairedRule>& rules,
           std::vector<const CompiledEntryMapping*> mappings);

  // A name for each way in which the rules and mappings can treat names; of
  // those that `focus` may be about, or with nullptr of all. Ways that rules
  // alike but for names and id treat alike are one.
  SeenNames NamesFor(const PairedRule* focus) const;

  // Whether a regular expression is among the patterns.
  bool HasExpressions() const {
    return !by_expression_.empty() || expressions_in_entries_;
  }

 private:
  // Outside and inside.
  using Names = std::set<std::pair<std::string, std::string>>;

  std::vector<uint32_t> FocusOf(const PairedRule* rule) const;
  Names NamesOf(const std::vector<NameCell>& cells) const;
  void AddName(SeenName name, const PairedRule* focus,
               std::set<std::vector<int>>& known,
               std::vector<SeenName>& seen) const;

  const std::vector<PairedRule>& rules_;
  const std::vector<const CompiledEntryMapping*> mappings_;
  std::vector<const PairedRule*> by_expression_;
  bool expressions_in_entries_ = false;
  std::vector<std::string> globs_;
  std::map<std::string, uint32_t> numbers_;  // of globs_
  std::map<uint32_t, std::vector<const PairedRule*>> by_glob_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_NAME_WAYS_H_
