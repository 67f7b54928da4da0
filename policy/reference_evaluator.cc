// The way in is ReferenceEvaluate, which reads like the design's section on
// decisions.
#include "policy/reference_evaluator.h"

#include <set>
#include <string>
#include <vector>

#include "policy/reference_content.h"
#include "policy/reference_image.h"
#include "policy/reference_image_policy.h"
#include "policy/reference_pattern.h"
#include "policy/reference_signer.h"

namespace extgate {
namespace {

using R = ReasonCode;

bool Contains(const std::vector<LocatedText>& list, const std::string& text) {
  for (const LocatedText& item : list) {
    if (item.value == text) return true;
  }
  return false;
}

bool AnyPatternMatches(const std::vector<LocatedText>& patterns,
                       const std::string& name) {
  for (const LocatedText& pattern : patterns) {
    if (ReferenceNameMatches(pattern.value, name)) return true;
  }
  return false;
}

std::string ArchitectureOf(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  if (layout != nullptr && layout->architecture) {
    return ToWord(*layout->architecture);
  }
  const ExtensionRelease* release = image.release.value();
  return release != nullptr ? ReferenceField(release->fields, "ARCHITECTURE")
                            : "";
}

// class, architecture and entries.
bool AttributesHold(const RuleMatch& match, const ImageFacts& image,
                    const HostFacts& host) {
  bool class_holds = match.classes.empty();
  for (const auto& c : match.classes) {
    class_holds |= c.value == image.image_class;
  }
  bool architecture_holds = match.architectures.empty();
  for (const auto& a : match.architectures) {
    architecture_holds |= ToWord(a.value) == ArchitectureOf(image);
  }
  const bool entry_holds =
      match.entries.empty() ||
      (!host.entry.empty() && Contains(match.entries, host.entry));
  return class_holds && architecture_holds && entry_holds;
}

bool HasRootBelow(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  return layout != nullptr && layout->root_below;
}

// A root hash pins what is below it, and no root partition is.
bool PinHolds(const RuleMatch& match, const ImageFacts& image) {
  return match.root_hashes.empty() ||
         (!HasRootBelow(image) &&
          Contains(match.root_hashes, ReferenceRootHashHex(image)));
}

bool RootHashHolds(const RuleMatch& match, const ImageFacts& image) {
  return match.root_hashes.empty() ||
         Contains(match.root_hashes, ReferenceRootHashHex(image));
}

bool Sha256Holds(const RuleMatch& match, const ImageFacts& image) {
  return match.sha256.empty() ||
         (image.sha256 && Contains(match.sha256, image.sha256->hex()));
}

// "In a deny rule every condition must hold for it to match."
bool Denies(const RuleMatch& match, const ImageFacts& image,
            const SignatureStanding& standing, const HostFacts& host,
            const Policy& policy) {
  if (!match.names.empty() && !AnyPatternMatches(match.names, image.name) &&
      !AnyPatternMatches(match.names, image.release.value()->name)) {
    return false;
  }
  if (match.version &&
      !ReferenceVersionHolds(match, image.name, NoVersion::kInRange) &&
      !ReferenceVersionHolds(match, image.release.value()->name,
                             NoVersion::kInRange)) {
    return false;
  }
  return ReferenceSignerDenied(match, standing, policy) &&
         RootHashHolds(match, image) && Sha256Holds(match, image) &&
         AttributesHold(match, image, host);
}

// `standing`: as it counts for this very rule.
bool Selects(const RuleMatch& match, const ImageFacts& image,
             const SignatureStanding& standing, const HostFacts& host) {
  if (!match.names.empty() &&
      !AnyPatternMatches(match.names, image.release.value()->name)) {
    return false;
  }
  if (ReferenceAsksForSigners(match) &&
      (!ReferenceTrustedTree(image, standing) || HasRootBelow(image) ||
       !ReferenceSignersAllowed(match, standing))) {
    return false;
  }
  if (match.names.empty() &&
      !(PinHolds(match, image) && Sha256Holds(match, image))) {
    return false;
  }
  return AttributesHold(match, image, host);
}

// "content > signer and name > signer > name > attributes only"
int ClassOf(const RuleMatch& match) {
  if (!match.root_hashes.empty() || !match.sha256.empty()) return 1;
  if (ReferenceAsksForSigners(match) && !match.names.empty()) return 2;
  if (ReferenceAsksForSigners(match)) return 3;
  if (!match.names.empty()) return 4;
  return 5;
}

std::set<R> UnmetByRule(const Rule& rule, const ImageFacts& image,
                        const SignatureStanding& standing,
                        const HostFacts& host, const Policy& policy,
                        const Evidence<HostOverlap>& overlap) {
  std::set<R> codes =
      ReferenceUnmet(image, standing,
                     rule.image_policy ? rule.image_policy->value
                                       : policy.ImagePolicyOrDefault());
  if (rule.match.version &&
      !ReferenceVersionHolds(rule.match, image.release.value()->name,
                             NoVersion::kOutOfRange)) {
    codes.insert(R::kVersionOutOfRange);
  }
  if (!PinHolds(rule.match, image) || !Sha256Holds(rule.match, image)) {
    codes.insert(R::kDigestMismatch);
  }
  std::vector<std::string> hierarchies = host.hierarchies.confext;
  if (image.image_class == ImageClass::kSysext) {
    hierarchies = policy.merge.hierarchies ? policy.merge.hierarchies->value
                                           : host.hierarchies.sysext;
  }
  if (ReferenceContentViolated(rule.content, image, overlap, hierarchies)) {
    codes.insert(R::kForbiddenContent);
  }
  return codes;
}

// What the rules add, and which of them decides.
void Rules(const ImageFacts& image, const SignatureStanding& standing,
           const HostFacts& host, const Policy& policy,
           const Evidence<HostOverlap>& overlap, ReferenceDecision& decision) {
  for (const Rule& rule : policy.rules) {
    if (rule.verdict.value == RuleVerdict::kDeny &&
        Denies(rule.match, image, standing, host, policy)) {
      decision.rule = rule.id.value;
      decision.codes.insert(R::kDeniedByRule);
      return;
    }
  }
  for (int rule_class = 1; rule_class <= 5; ++rule_class) {
    std::set<R> unmet;
    std::string first;
    for (const Rule& rule : policy.rules) {
      const SignatureStanding counted =
          ReferenceCounted(standing, &rule.match, host, policy);
      if (rule.verdict.value != RuleVerdict::kAllow ||
          ClassOf(rule.match) != rule_class ||
          !Selects(rule.match, image, counted, host)) {
        continue;
      }
      const std::set<R> codes =
          UnmetByRule(rule, image, counted, host, policy, overlap);
      if (codes.empty()) {
        decision.rule = rule.id.value;
        return;
      }
      if (first.empty()) first = rule.id.value;
      unmet.insert(codes.begin(), codes.end());
    }
    if (!first.empty()) {
      decision.rule = first;
      decision.codes.insert(unmet.begin(), unmet.end());
      return;
    }
  }
  decision.rule = "default";
  if (policy.DefaultOrDefault() == RuleVerdict::kDeny) {
    decision.codes.insert(R::kNoMatchingRule);
    return;
  }
  const std::set<R> codes =
      ReferenceUnmet(image, ReferenceCounted(standing, nullptr, host, policy),
                     policy.ImagePolicyOrDefault());
  decision.codes.insert(codes.begin(), codes.end());
}

bool Elsewhere(const ImageFacts& image, const HostFacts& host,
               const Policy& policy) {
  bool mapped = false;
  for (const EntryMapping& mapping : policy.entries) {
    if (!ReferenceNameMatches(mapping.match.value, image.name)) continue;
    mapped = true;
    if (Contains(mapping.entries, "common")) return false;
    if (!host.entry.empty() && Contains(mapping.entries, host.entry)) {
      return false;
    }
  }
  return mapped;
}

Verdict WorstKind(const std::set<R>& codes) {
  Verdict verdict = Verdict::kAllow;
  for (R code : codes) {
    if (KindOf(code) > verdict) verdict = KindOf(code);
  }
  return verdict;
}

}  // namespace

ReferenceDecision ReferenceEvaluate(const ImageFacts& image,
                                    const SignatureStanding& standing,
                                    const HostFacts& host, const Policy& policy,
                                    const Evidence<HostOverlap>& overlap) {
  ReferenceDecision decision;
  if (Elsewhere(image, host, policy)) {
    return {Verdict::kNotApplicable, "", {R::kWrongEntry}};
  }
  if (!image.unreadable.empty()) {
    return {Verdict::kUnreadable, "", {R::kUnreadable}};
  }
  decision.codes = ReferenceStructural(image, host);
  const bool mergeable = decision.codes.empty();
  decision.codes.merge(ReferenceAlways(image, standing));
  if (mergeable) {
    decision.codes.merge(ReferenceApplicable(image, host));
    Rules(image, standing, host, policy, overlap, decision);
  }
  decision.verdict = WorstKind(decision.codes);
  return decision;
}

Verdict ReferenceActingVerdict(const ImageFacts& image,
                               const SignatureStanding& standing,
                               const HostFacts& host, Policy policy,
                               const Evidence<HostOverlap>& overlap) {
  while (true) {
    const ReferenceDecision decision =
        ReferenceEvaluate(image, standing, host, policy, overlap);
    if (decision.verdict != Verdict::kDeny) return decision.verdict;
    const size_t taken_out = std::erase_if(policy.rules, [&](const Rule& rule) {
      return rule.id.value == decision.rule && rule.mode.has_value() &&
             (!rule.until.has_value() || host.date < rule.until->value);
    });
    if (taken_out == 0) return decision.verdict;
  }
}

}  // namespace extgate
