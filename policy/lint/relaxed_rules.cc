// Rules that let in more than the policy does, and what that costs. Ways in:
// FindNameOnlyAllows and FindDroppedSignatureChecks.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/compiled_policy.h"
#include "policy/document.h"
#include "policy/lint/checks.h"
#include "policy/lint/image_example.h"
#include "policy/lint/least_protection.h"

namespace extgate {
namespace {

constexpr size_t kMaxNamed = 5;
constexpr LeastProtection kStranger = LeastProtection::kUntrustedSigner;

std::string Called(const Rule& rule) {
  return absl::StrCat("the rule ", Quote(rule.id.value));
}

// The versions of systemd that merge an image of a stranger's signature only
// with all signature checks off.
SystemdRange NeedsChecksOff(const ImagePolicy& policy,
                            const SystemdRange& among) {
  SystemdRange needing = {0, 0};
  for (int version = among.first; version <= among.last; ++version) {
    for (Designator data : {Designator::kRoot, Designator::kUsr}) {
      const DataState state = StateOf(policy, data, Helpers::kTreeAndSignature,
                                      SignatureState::kUntrusted);
      using Checks = Systemd::SignatureChecks;
      if (IsAccepted(FateOfData(policy, data, state, {version, Checks::kOn})) ||
          !IsAccepted(
              FateOfData(policy, data, state, {version, Checks::kOff}))) {
        continue;
      }
      if (needing.first == 0) needing.first = version;
      needing.last = version;
    }
  }
  return needing;
}

// Whose images are merged with a signature that systemd checks, but for `rule`.
std::string OthersSigned(const Policy& policy, const Rule& rule) {
  std::vector<std::string> names;
  const ImagePolicy base = policy.ImagePolicyOrDefault();
  const auto is_signed = [](const ImagePolicy& image_policy) {
    return LeastProtectionOf(image_policy) == LeastProtection::kSigned;
  };
  for (const Rule& other : policy.rules) {
    if (&other == &rule || other.verdict.value != RuleVerdict::kAllow) continue;
    if (is_signed(other.image_policy ? other.image_policy->value : base)) {
      names.push_back(Quote(other.id.value));
    }
  }
  if (policy.DefaultOrDefault() == RuleVerdict::kAllow && is_signed(base)) {
    names.push_back("`default`");
  }
  const size_t all = names.size();
  if (all > kMaxNamed) names.resize(kMaxNamed);
  std::string text = absl::StrJoin(names, ", ");
  if (all > kMaxNamed) {
    absl::StrAppend(&text, " and ", all - kMaxNamed, " more");
  }
  return text;
}

// The least protected image that `policy` lets in.
std::string WorstImage(const ImagePolicy& policy) {
  const LeastProtection least = LeastProtectionOf(policy);
  for (Designator data : {Designator::kRoot, Designator::kUsr}) {
    if (LeastProtectionOf(policy, data) != least) continue;
    return ImageText(data, StateOf(policy, data, least));
  }
  return "";
}

}  // namespace

std::vector<Finding> FindNameOnlyAllows(const LintSubject& subject) {
  std::vector<Finding> findings;
  const LeastProtection least =
      LeastProtectionOf(subject.policy.ImagePolicyOrDefault());
  for (const Rule& rule : subject.policy.rules) {
    if (rule.verdict.value != RuleVerdict::kAllow ||
        !rule.image_policy.has_value() ||
        SpecificityOf(rule.match) < Specificity::kName ||
        LeastProtectionOf(rule.image_policy->value) >= least) {
      continue;
    }
    findings.push_back(
        {{DiagnosticCode::kNameOnlyAllow, Severity::kWarning,
          rule.image_policy->span,
          absl::StrCat(Called(rule), " relaxes the image policy for ",
                       rule.match.names.empty()
                           ? "whatever has these attributes"
                           : "whatever has that name",
                       ", and anybody can make such an image"),
          "say which content it is for (`root_hash`, or `sha256` of an "
          "unprotected image) or whose (`signer`), or leave `image_policy` "
          "out"},
         WorstImage(rule.image_policy->value)});
  }
  return findings;
}

std::vector<Finding> FindDroppedSignatureChecks(const LintSubject& subject) {
  std::vector<Finding> findings;
  for (const Rule& rule : subject.policy.rules) {
    if (rule.verdict.value != RuleVerdict::kAllow ||
        !rule.image_policy.has_value()) {
      continue;
    }
    const ImagePolicy& policy = rule.image_policy->value;
    // Only what extgate would stage counts.
    if (!Admits(policy, Designator::kRoot, kStranger) &&
        !Admits(policy, Designator::kUsr, kStranger)) {
      continue;
    }
    const SystemdRange versions = NeedsChecksOff(policy, subject.versions);
    const std::string others = OthersSigned(subject.policy, rule);
    if (versions.first == 0 || others.empty()) continue;
    findings.push_back(
        {{DiagnosticCode::kSignatureCheckDropped, Severity::kWarning,
          rule.image_policy->span,
          absl::StrCat(
              Called(rule),
              " lets in images whose signature does not count: with one of "
              "them staged, systemd ",
              ToString(versions),
              " is told to check no signature at all, also none of images by ",
              others),
          "ask for `verity` alone and take the signature out of the image, or "
          "trust who signs it; extgate itself verifies what it stages in any "
          "case"},
         ""});
  }
  return findings;
}

}  // namespace extgate
