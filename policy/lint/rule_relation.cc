// Ways in: DeniesAllOf, DeniesAllSelectedBy, SelectsAllOf and AllowsAllOf, over
// the conditions of matcher.h: no list is no condition, and a list implies each
// list around it.
#include "policy/lint/rule_relation.h"

#include "absl/algorithm/container.h"
#include "policy/admission.h"

namespace extgate {
namespace {

// Whether `narrow` holds only where `wide` does.
template <typename T>
bool Implies(const std::vector<Located<T>>& narrow,
             const std::vector<Located<T>>& wide) {
  if (wide.empty()) return true;
  return !narrow.empty() && absl::c_all_of(narrow, [&](const auto& item) {
    return absl::c_linear_search(wide, item);
  });
}

bool NamesImply(const RuleShape& narrow, const RuleShape& wide) {
  if (wide.rule->match.names.empty() || wide.names.IsEverything()) return true;
  return !narrow.rule->match.names.empty() && wide.names.Covers(narrow.names);
}

// Fingerprints and sets are one list.
bool SignersImply(const RuleMatch& narrow, const RuleMatch& wide) {
  if (wide.signers.empty() && wide.signer_sets.empty()) return true;
  if (narrow.signers.empty() && narrow.signer_sets.empty()) return false;
  const auto all_in = [](const auto& some, const auto& all) {
    return absl::c_all_of(some, [&](const LocatedText& item) {
      return absl::c_linear_search(all, item);
    });
  };
  return all_in(narrow.signers, wide.signers) &&
         all_in(narrow.signer_sets, wide.signer_sets);
}

// What a version is of depends on the patterns, so only the same say the same.
bool VersionImplies(const RuleMatch& narrow, const RuleMatch& wide) {
  return !wide.version.has_value() ||
         (narrow.version == wide.version && narrow.names == wide.names);
}

bool ContentImplies(const RuleMatch& narrow, const RuleMatch& wide) {
  return Implies(narrow.root_hashes, wide.root_hashes) &&
         Implies(narrow.sha256, wide.sha256);
}

bool AttributesImply(const RuleMatch& narrow, const RuleMatch& wide) {
  return Implies(narrow.classes, wide.classes) &&
         Implies(narrow.architectures, wide.architectures) &&
         Implies(narrow.entries, wide.entries);
}

bool AdmitsAllOf(const ImagePolicy& wide, const ImagePolicy& narrow) {
  return wide == narrow || !Looser(narrow, wide);
}

}  // namespace

bool DeniesAllOf(const RuleShape& deny, const RuleShape& other) {
  const RuleMatch& wide = deny.rule->match;
  const RuleMatch& narrow = other.rule->match;
  return NamesImply(other, deny) && VersionImplies(narrow, wide) &&
         SignersImply(narrow, wide) && ContentImplies(narrow, wide) &&
         AttributesImply(narrow, wide);
}

bool DeniesAllSelectedBy(const RuleShape& deny, const RuleShape& other) {
  if (!DeniesAllOf(deny, other)) return false;
  const RuleMatch& wide = deny.rule->match;
  // With names, version and content are requirements, and select nothing.
  return other.rule->match.names.empty() ||
         (!wide.version.has_value() && wide.root_hashes.empty() &&
          wide.sha256.empty());
}

bool SelectsAllOf(const RuleShape& allow, const RuleShape& other) {
  const RuleMatch& wide = allow.rule->match;
  const RuleMatch& narrow = other.rule->match;
  if (!NamesImply(other, allow) || !SignersImply(narrow, wide) ||
      !AttributesImply(narrow, wide)) {
    return false;
  }
  // With names the content is a requirement, and selects nothing.
  if (!wide.names.empty()) return true;
  return narrow.names.empty() ? ContentImplies(narrow, wide)
                              : wide.root_hashes.empty() && wide.sha256.empty();
}

bool AllowsAllOf(const RuleShape& allow, const RuleShape& other,
                 const ImagePolicy& base) {
  const RuleMatch& wide = allow.rule->match;
  const RuleMatch& narrow = other.rule->match;
  if (!SelectsAllOf(allow, other) || !VersionImplies(narrow, wide) ||
      !ContentImplies(narrow, wide)) {
    return false;
  }
  const RuleContent& content = allow.rule->content;
  if (content != RuleContent() && content != other.rule->content) return false;
  const auto in_force = [&](const Rule& rule) -> const ImagePolicy& {
    return rule.image_policy.has_value() ? rule.image_policy->value : base;
  };
  return AdmitsAllOf(in_force(*allow.rule), in_force(*other.rule));
}

}  // namespace extgate
