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
  // False: which names are in the range of a `version` and match other patterns
  // too was too much to tell; names around its bounds are there all the same.
  bool versions_complete = true;
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

  // The expressions that cannot be told apart from others (name_language.h),
  // and are tried by example. Each once.
  const std::set<std::string>& unread() const { return unread_; }

 private:
  // Outside and inside.
  using Names = std::set<std::pair<std::string, std::string>>;

  void AddPattern(const NamePattern& pattern);
  void AddVersions(const CompiledRule& rule);
  std::vector<uint32_t> FocusOf(const PairedRule* rule) const;
  NameCells CellsOf(const PairedRule* focus, SeenNames& seen) const;
  Names NamesOf(const std::vector<NameCell>& cells) const;
  void AddName(SeenName name, const PairedRule* focus,
               std::set<std::vector<int>>& known,
               std::vector<SeenName>& seen) const;

  const std::vector<PairedRule>& rules_;
  const std::vector<const CompiledEntryMapping*> mappings_;
  std::set<std::string> unread_;
  // Of patterns, and behind them of versions.
  std::vector<NameLanguage> languages_;
  size_t patterns_ = 0;
  std::map<std::string, uint32_t> numbers_;  // of patterns, in languages_
  std::set<std::string> known_versions_;
  bool all_versions_ = true;  // are in languages_
  std::map<uint32_t, std::vector<const PairedRule*>> by_pattern_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_NAME_WAYS_H_
