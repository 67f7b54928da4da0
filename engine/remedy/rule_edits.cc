// One way in: DenyRuleEdits.
#include "engine/remedy/rule_edits.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/compiled_policy.h"
#include "policy/matcher.h"

namespace extgate {
namespace {

// The rule as its source wrote it.
struct Written {
  const PolicySource* source = nullptr;
  const Rule* rule = nullptr;
};

std::optional<Written> Find(const CompiledRule& compiled,
                            const std::vector<PolicySource>& sources) {
  for (const PolicySource& source : sources) {
    if (source.path != compiled.span.path) continue;
    for (const Rule& rule : source.policy.rules) {
      if (rule.id.value == compiled.id) return Written{&source, &rule};
    }
  }
  return std::nullopt;
}

bool Matches(const Rule& rule, const Subject& subject) {
  Policy policy;
  policy.rules = {rule};
  // Who is in a set `subject` knows, not this policy.
  for (const LocatedText& name : rule.match.signer_sets) {
    policy.trust.sets.try_emplace(name.value);
  }
  const auto compiled = CompilePolicy(policy, std::nullopt);
  return compiled.value.has_value() &&
         !WhyDenyDoesNotMatch(compiled.value->rules[0], subject).has_value();
}

std::string TextOf(const std::string& value) { return value; }
template <typename E>
std::string TextOf(E value) {
  return ToWord(value);
}

class Narrowing {
 public:
  Narrowing(const Written& written, const Subject& subject,
            std::vector<Edit>& edits)
      : written_(written), subject_(subject), edits_(edits) {}

  // Leaves out of `list` what is about this image, if something is left.
  template <typename T>
  void Without(const char* key, std::vector<Located<T>> RuleMatch::*list) {
    const auto& items = written_.rule->match.*list;
    std::vector<Located<T>> kept;
    std::vector<std::string> dropped;
    for (const Located<T>& item : items) {
      Rule alone = *written_.rule;
      alone.match.*list = {item};
      if (Matches(alone, subject_)) {
        dropped.push_back(TextOf(item.value));
      } else {
        kept.push_back(item);
      }
    }
    if (kept.empty() || dropped.empty()) return;
    Edit& edit = Add(EditKind::kNarrowRule,
                     absl::StrCat("take `", absl::StrJoin(dropped, "`, `"),
                                  "` out of the ", key, " list of "));
    edit.rule->rule = *written_.rule;
    edit.rule->rule->match.*list = std::move(kept);
  }

  void Remove() { Add(EditKind::kRemoveRule, "remove "); }

 private:
  Edit& Add(EditKind kind, const std::string& verb) {
    const Rule& rule = *written_.rule;
    Edit edit;
    edit.kind = kind;
    edit.what = absl::StrCat(verb, "the deny rule `", rule.id.value, "` at ",
                             ToString(rule.id.span), " (",
                             ToWord(written_.source->authority), ")");
    edit.warning = absl::StrCat(
        rule.reason.empty() ? "it says no reason"
                            : absl::StrCat("its reason: ", rule.reason),
        "; every other image that only this denied comes in as well");
    edit.rule = RuleEdit{rule.id.span, rule.id.value, std::nullopt};
    edits_.push_back(std::move(edit));
    return edits_.back();
  }

  const Written written_;
  const Subject& subject_;
  std::vector<Edit>& edits_;
};

}  // namespace

std::vector<Edit> DenyRuleEdits(const RemedyCase& subject) {
  std::vector<Edit> edits;
  const Subject asked =
      SubjectOf(subject.facts, subject.standing, subject.host);
  for (const CompiledRule& rule : subject.loaded.policy.rules) {
    if (rule.verdict != RuleVerdict::kDeny ||
        WhyDenyDoesNotMatch(rule, asked).has_value()) {
      continue;
    }
    const std::optional<Written> written = Find(rule, subject.sources);
    if (!written.has_value()) continue;
    Narrowing narrowing(*written, asked, edits);
    narrowing.Without("root_hash", &RuleMatch::root_hashes);
    narrowing.Without("sha256", &RuleMatch::sha256);
    narrowing.Without("name", &RuleMatch::names);
    // Both lists are `signer`: what one drops the other may still hold for.
    if (written->rule->match.signer_sets.empty()) {
      narrowing.Without("signer", &RuleMatch::signers);
    } else if (written->rule->match.signers.empty()) {
      narrowing.Without("signer", &RuleMatch::signer_sets);
    }
    narrowing.Without("class", &RuleMatch::classes);
    narrowing.Without("architecture", &RuleMatch::architectures);
    narrowing.Without("entries", &RuleMatch::entries);
    narrowing.Remove();
  }
  return edits;
}

}  // namespace extgate
