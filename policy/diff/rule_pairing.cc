// Ways in: PairRules and RuleText.
#include "policy/diff/rule_pairing.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
namespace {

// A list as a set, safe to join with another.
std::string ListText(const std::vector<LocatedText>& list) {
  std::set<std::string> values;
  for (const LocatedText& item : list) values.insert(item.value);
  return absl::StrCat(absl::StrJoin(values, "\n"), "\n\n");
}

template <typename E>
std::string WordsText(const std::vector<Located<E>>& list) {
  std::set<std::string> words;
  for (const Located<E>& item : list) words.insert(ToWord(item.value));
  return absl::StrCat(absl::StrJoin(words, "\n"), "\n\n");
}

std::string ContentText(const RuleContent& content) {
  std::string text = ListText(content.deny);
  for (const auto& [kind, action] : content.actions) {
    if (action.value == ContentAction::kAllow) continue;
    absl::StrAppend(&text, ToWord(kind), "=", ToWord(action.value), "\n");
  }
  return text;
}

}  // namespace

std::string RuleText(const Rule& rule, TextOfNames names) {
  const RuleMatch& match = rule.match;
  return absl::StrCat(
      ToWord(rule.verdict.value), "\n",
      names == TextOfNames::kYes ? ListText(match.names)
      : match.names.empty()      ? ""
                                 : "named\n",
      match.version ? match.version->value : "", "\n",
      ListText(match.root_hashes), ListText(match.sha256),
      ListText(match.signers), ListText(match.signer_sets),
      WordsText(match.classes), WordsText(match.architectures),
      ListText(match.entries),
      rule.image_policy ? rule.image_policy->value.ToString() : "", "\n",
      ContentText(rule.content),
      rule.mode ? ToWord(rule.mode->value) : "enforced", "\n",
      rule.mode && rule.until ? rule.until->value.ToString() : "");
}

std::vector<PairedRule> PairRules(const std::vector<Rule>& written_before,
                                  const std::vector<CompiledRule>& before,
                                  const std::vector<Rule>& written_after,
                                  const std::vector<CompiledRule>& after) {
  std::vector<PairedRule> rules;
  std::map<std::string, size_t> known;
  std::map<std::string, int> shapes;
  const auto add = [&](const Rule& written, const CompiledRule& compiled,
                       RuleSide side) {
    const auto [at, is_new] =
        known.emplace(RuleText(written, TextOfNames::kYes), rules.size());
    if (!is_new) {
      PairedRule& rule = rules[at->second];
      if (rule.side != side) rule.side = RuleSide::kBoth;
      return;
    }
    const auto shape = shapes.emplace(RuleText(written, TextOfNames::kNo),
                                      static_cast<int>(shapes.size()));
    rules.push_back({side, &written, &compiled, shape.first->second});
  };
  for (size_t i = 0; i < before.size(); ++i) {
    add(written_before[i], before[i], RuleSide::kBefore);
  }
  for (size_t i = 0; i < after.size(); ++i) {
    add(written_after[i], after[i], RuleSide::kAfter);
  }
  return rules;
}

}  // namespace extgate
