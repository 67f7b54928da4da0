// Policies that allow no image at all. One way in: FindLockOut.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "policy/diff/policy_diff.h"
#include "policy/document.h"
#include "policy/lint/checks.h"
#include "policy/lint/least_protection.h"
#include "policy/lint/rule_relation.h"

namespace extgate {
namespace {

// More take the search for what is allowed longer than a person waits for.
constexpr size_t kMostRules = 200;

// Why something allows nothing, and where that is written.
struct Blame {
  std::string why;
  SourceSpan span;
};

// Whether no signer at all is trusted by everything that asks for one.
bool TrustsNobody(const Trust& trust) {
  return trust.certificates.empty() && trust.files.empty() &&
         trust.efi.has_value() && trust.efi->value.empty() &&
         trust.verity_d.has_value() && trust.verity_d->value == VerityD::kNone;
}

// Why an allow of these allows nothing; nullopt where it may.
std::optional<Blame> WhyNothing(const ImagePolicy& image_policy,
                                const SourceSpan& image_policy_span,
                                const std::vector<LocatedText>& signer_sets,
                                const Trust& trust) {
  switch (LeastProtectionOf(image_policy)) {
    case LeastProtection::kNothing:
      // Encrypted images are nothing that extgate reads.
      return Blame{absl::StrCat("no image meets the image policy `",
                                image_policy.ToString(), "`"),
                   image_policy_span};
    case LeastProtection::kSigned:
      if (!TrustsNobody(trust) || !signer_sets.empty()) return std::nullopt;
      return Blame{"a trusted signature is asked for, and nobody is trusted",
                   trust.verity_d->span};
    case LeastProtection::kUnprotected:
    case LeastProtection::kUntrustedSigner:
    case LeastProtection::kUnsignedTree:
      break;
  }
  return std::nullopt;
}

// A deny rule that is of every image.
std::optional<Blame> WhyAllDenied(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) {
    if (rule.verdict.value != RuleVerdict::kDeny || rule.mode.has_value()) {
      continue;
    }
    RuleMatch rest = rule.match;
    rest.names.clear();
    if (rest != RuleMatch() || !NameSet(rule.match.names).IsEverything()) {
      continue;
    }
    return Blame{
        absl::StrCat("the rule ", Quote(rule.id.value), " denies every image"),
        rule.id.span};
  }
  return std::nullopt;
}

// Whether a deny rule takes all that `rule` would allow.
bool IsDenied(const RuleShape& rule, const std::vector<RuleShape>& shapes) {
  return absl::c_any_of(shapes, [&](const RuleShape& other) {
    return other.rule->verdict.value == RuleVerdict::kDeny &&
           !other.rule->mode.has_value() && DeniesAllOf(other, rule);
  });
}

// Every signer that the rule takes is revoked.
bool IsRevoked(const Rule& rule, const Trust& trust) {
  return !rule.match.signers.empty() && rule.match.signer_sets.empty() &&
         absl::c_all_of(rule.match.signers, [&](const LocatedText& signer) {
           return absl::c_linear_search(trust.revoked, signer);
         });
}

// Why every allow rule allows nothing; nullopt where one may allow.
std::optional<Blame> WhyRulesAllowNothing(const Policy& policy) {
  std::vector<RuleShape> shapes;
  for (const Rule& rule : policy.rules) shapes.emplace_back(rule);
  Blame blame{"there is no rule that allows", {}};
  for (const RuleShape& shape : shapes) {
    const Rule& rule = *shape.rule;
    if (rule.verdict.value != RuleVerdict::kAllow) continue;
    const bool own = rule.image_policy.has_value();
    const auto why = WhyNothing(
        own ? rule.image_policy->value : policy.ImagePolicyOrDefault(),
        own ? rule.image_policy->span
            : policy.image_policy.value_or(Located<ImagePolicy>()).span,
        rule.match.signer_sets, policy.trust);
    if (IsRevoked(rule, policy.trust)) {
      blame = {absl::StrCat("every signer that the rule ", Quote(rule.id.value),
                            " names is revoked"),
               rule.id.span};
      continue;
    }
    if (!why.has_value() && !IsDenied(shape, shapes)) return std::nullopt;
    blame = why.value_or(
        Blame{absl::StrCat("all that the rule ", Quote(rule.id.value),
                           " allows is denied by another one"),
              rule.id.span});
  }
  return blame;
}

// Rules that allow nothing only together, and what they leave to `default`:
// told by a search for an image that is allowed (policy_diff.h).
std::optional<Blame> WhyNoneIsLeft(const Policy& policy) {
  if (policy.rules.size() > kMostRules) return std::nullopt;
  Policy rest = policy;
  std::erase_if(rest.rules, [&](const Rule& rule) {
    return rule.verdict.value == RuleVerdict::kAllow &&
           IsRevoked(rule, policy.trust);
  });
  const auto compiled = CompilePolicy(rest, std::nullopt);
  if (rest.rules.empty() || !compiled.value.has_value()) return std::nullopt;
  if (AllowsAny({rest, *compiled.value}) != std::optional<bool>(false)) {
    return std::nullopt;
  }
  const Rule& first = policy.rules.front();
  return Blame{absl::StrCat("there is no image that the rules, from ",
                            Quote(first.id.value), " on, and `default` allow"),
               first.id.span};
}

std::optional<Blame> WhyLockedOut(const Policy& policy) {
  if (auto all = WhyAllDenied(policy.rules)) return all;
  auto rules = WhyRulesAllowNothing(policy);
  if (!rules.has_value()) return WhyNoneIsLeft(policy);
  switch (policy.DefaultOrDefault()) {
    case RuleVerdict::kAllow: {
      auto why =
          WhyNothing(policy.ImagePolicyOrDefault(),
                     policy.image_policy.value_or(Located<ImagePolicy>()).span,
                     {}, policy.trust);
      return why.has_value() ? why : WhyNoneIsLeft(policy);
    }
    case RuleVerdict::kDeny:
      break;
  }
  return Blame{absl::StrCat("`default` is `deny`, and ", rules->why),
               policy.default_verdict->span};
}

}  // namespace

std::vector<Finding> FindLockOut(const LintSubject& subject) {
  const auto blame = WhyLockedOut(subject.policy);
  if (!blame.has_value()) return {};
  const bool now = subject.mode == Mode::kEnforcing;
  return {{{DiagnosticCode::kLockOut,
            now ? Severity::kWarning : Severity::kNote, blame->span,
            absl::StrCat(now ? "this policy withholds every image: "
                             : "in enforcing this policy would withhold every "
                               "image: ",
                         blame->why),
            "allow what the machine needs to come up, by `trust` or by a rule "
            "with `verdict: allow`"},
           ""}};
}

}  // namespace extgate
