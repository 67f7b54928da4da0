// Rules that make no difference because of others. One way in: FindHiddenRules.
// Only rules that share a key can hide each other, so that not every pair is
// compared.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/lint/checks.h"
#include "policy/lint/rule_relation.h"

namespace extgate {
namespace {

// Of one key; with more rules, which nobody writes by hand, the first count.
constexpr size_t kMaxCandidates = 1000;

std::string Key(absl::string_view kind, absl::string_view text) {
  return absl::StrCat(kind, " ", text);
}

std::vector<std::string> KeysOf(absl::string_view kind,
                                const std::vector<LocatedText>& texts) {
  std::vector<std::string> keys;
  for (const LocatedText& text : texts) keys.push_back(Key(kind, text.value));
  return keys;
}

// Rules by what another one has to share with them to be hidden by them.
class HidingRules {
 public:
  explicit HidingRules(const std::vector<RuleShape>& shapes) : shapes_(shapes) {
    for (size_t i = 0; i < shapes.size(); ++i) {
      for (std::string& key : KeysThatHide(shapes[i])) {
        std::vector<size_t>& rules = by_key_[std::move(key)];
        if (rules.size() < kMaxCandidates) rules.push_back(i);
      }
    }
  }

  // Those that may hide `shape`: those that deny, then those that allow, each
  // in source order.
  std::vector<size_t> Candidates(const RuleShape& shape) const {
    std::vector<size_t> candidates;
    const auto add = [&](const std::string& key) {
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) return;
      candidates.insert(candidates.end(), found->second.begin(),
                        found->second.end());
    };
    const RuleMatch& match = shape.rule->match;
    for (const auto& [kind, list] : {std::pair("root_hash", &match.root_hashes),
                                     std::pair("sha256", &match.sha256),
                                     std::pair("signer", &match.signers),
                                     std::pair("set", &match.signer_sets)}) {
      if (!list->empty()) add(Key(kind, list->front().value));
    }
    const std::string& head = shape.names.first_head();
    for (size_t size = 0; size <= head.size(); ++size) {
      add(Key("name", absl::string_view(head).substr(0, size)));
    }
    add("any");
    absl::c_sort(candidates);
    candidates.erase(std::unique(candidates.begin(), candidates.end()),
                     candidates.end());
    // To be denied is what an author minds most.
    std::stable_partition(
        candidates.begin(), candidates.end(), [this](size_t i) {
          return shapes_[i].rule->verdict.value == RuleVerdict::kDeny;
        });
    return candidates;
  }

 private:
  // One condition of the rule is enough: what it hides has to imply it.
  static std::vector<std::string> KeysThatHide(const RuleShape& shape) {
    const RuleMatch& match = shape.rule->match;
    const bool names_select =
        shape.rule->verdict.value == RuleVerdict::kAllow &&
        !match.names.empty();
    if (!names_select && !match.root_hashes.empty()) {
      return KeysOf("root_hash", match.root_hashes);
    }
    if (!names_select && !match.sha256.empty()) {
      return KeysOf("sha256", match.sha256);
    }
    if (!match.signers.empty() || !match.signer_sets.empty()) {
      std::vector<std::string> keys = KeysOf("signer", match.signers);
      absl::c_move(KeysOf("set", match.signer_sets), std::back_inserter(keys));
      return keys;
    }
    if (match.names.empty()) return {"any"};
    std::vector<std::string> keys;
    for (const std::string& head : shape.names.heads()) {
      keys.push_back(Key("name", head));
    }
    return keys;
  }

  const std::vector<RuleShape>& shapes_;
  std::unordered_map<std::string, std::vector<size_t>> by_key_;
};

// What another rule does to one.
struct Hiding {
  std::string how;  // goes before the id of the other one
  std::string help;
};

Hiding NoDifference(absl::string_view how) {
  return {absl::StrCat("makes no difference: ", how),
          "take it out, or narrow the other one"};
}

Hiding HiddenByDeny(const RuleShape& shape, const RuleShape& other) {
  if (shape.rule->verdict.value == RuleVerdict::kDeny) {
    return NoDifference("all that it denies is denied already by");
  }
  constexpr char kNothing[] =
      "allows nothing: all that it would allow is denied by";
  if (DeniesAllSelectedBy(other, shape)) {
    return NoDifference(absl::StrCat("it ", kNothing));
  }
  return {kNothing,
          "narrow the other one; without this rule less specific ones decide "
          "of what it selects"};
}

// What `other` does to `shape`; nullopt: nothing that is certain.
std::optional<Hiding> HowHidden(const RuleShape& shape, const RuleShape& other,
                                const ImagePolicy& base) {
  const bool denies = other.rule->verdict.value == RuleVerdict::kDeny;
  const bool allows = shape.rule->verdict.value == RuleVerdict::kAllow;
  // What a rule of its own mode denies is excused, and that of others is not.
  if (denies && other.rule->mode.has_value()) return std::nullopt;
  if (denies && DeniesAllOf(other, shape)) return HiddenByDeny(shape, other);
  if (denies || !allows) return std::nullopt;
  if (other.specificity < shape.specificity && !other.rule->mode.has_value() &&
      SelectsAllOf(other, shape)) {
    return NoDifference(
        "it never decides: all that it selects is decided by the more "
        "specific");
  }
  if (shape.rule->mode.has_value() || other.rule->mode.has_value() ||
      shape.rule->required.has_value()) {
    return std::nullopt;
  }
  if (other.specificity == shape.specificity &&
      AllowsAllOf(other, shape, base)) {
    return NoDifference("all that it allows is allowed already by");
  }
  return std::nullopt;
}

// Every signer that the rule takes is revoked; nullopt where one is not.
std::optional<Finding> WhollyRevoked(const Rule& rule, const Trust& trust) {
  if (rule.verdict.value != RuleVerdict::kAllow || rule.match.signers.empty() ||
      !rule.match.signer_sets.empty() ||
      !absl::c_all_of(rule.match.signers, [&](const LocatedText& signer) {
        return absl::c_linear_search(trust.revoked, signer);
      })) {
    return std::nullopt;
  }
  return Finding{{DiagnosticCode::kHiddenRule, Severity::kWarning, rule.id.span,
                  absl::StrCat("the rule ", Quote(rule.id.value),
                               " allows nothing: every signer it names is in "
                               "`trust.revoked`"),
                  "take the rule out, or name who signs now"},
                 ""};
}

}  // namespace

std::vector<Finding> FindHiddenRules(const LintSubject& subject) {
  std::vector<RuleShape> shapes;
  for (const Rule& rule : subject.policy.rules) shapes.emplace_back(rule);
  const HidingRules index(shapes);
  const ImagePolicy base = subject.policy.ImagePolicyOrDefault();
  std::vector<Finding> findings;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Rule& rule = *shapes[i].rule;
    if (auto revoked = WhollyRevoked(rule, subject.policy.trust)) {
      findings.push_back(*std::move(revoked));
      continue;
    }
    for (size_t candidate : index.Candidates(shapes[i])) {
      if (candidate == i) continue;
      const auto how = HowHidden(shapes[i], shapes[candidate], base);
      if (!how.has_value()) continue;
      // Of two that hide each other the first one stands.
      if (candidate > i &&
          HowHidden(shapes[candidate], shapes[i], base).has_value()) {
        continue;
      }
      const Rule& other = *shapes[candidate].rule;
      findings.push_back(
          {{DiagnosticCode::kHiddenRule, Severity::kWarning, rule.id.span,
            absl::StrCat("the rule ", Quote(rule.id.value), " ", how->how, " ",
                         Quote(other.id.value), " (", ToString(other.id.span),
                         ")"),
            how->help},
           ""});
      break;
    }
  }
  return findings;
}

}  // namespace extgate
