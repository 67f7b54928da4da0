// The way in is Evaluate: what is wrong with the image itself, then what the
// rules say of it, put together at the end.
#include "policy/decision.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/content_check.h"
#include "policy/matcher.h"
#include "policy/printable.h"
#include "policy/release_match.h"
#include "policy/requirement.h"
#include "policy/structural.h"

namespace extgate {
namespace {

constexpr char kDefaultRule[] = "default";
constexpr char kEveryEntry[] = "common";

void Append(std::vector<Reason> more, std::vector<Reason>& reasons) {
  std::move(more.begin(), more.end(), std::back_inserter(reasons));
}

// Where `code` stands in the registry.
size_t RankOf(ReasonCode code) {
  size_t rank = 0;
  for (const auto& [value, word] : Words<ReasonCode>::kTable) {
    if (value == code) break;
    ++rank;
  }
  return rank;
}

// In the registry's order, each once, safe to show; then the verdict.
void Finish(Decision& decision) {
  for (Reason& reason : decision.reasons) {
    reason.detail = PrintableText(reason.detail);
  }
  for (TraceLine& line : decision.trace) line.text = PrintableText(line.text);
  for (std::string& text : decision.warnings) text = PrintableText(text);
  std::vector<Reason> sorted;
  for (Reason& reason : decision.reasons) {
    if (!absl::c_linear_search(sorted, reason)) {
      sorted.push_back(std::move(reason));
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Reason& a, const Reason& b) {
                     return RankOf(a.code) < RankOf(b.code);
                   });
  decision.reasons = std::move(sorted);
  decision.verdict = VerdictOf(decision.reasons);
}

std::vector<Reason> RevokedSigners(const SignatureStanding& standing) {
  std::vector<Reason> reasons;
  for (const Signer& signer : standing.signers) {
    if (!signer.revoked) continue;
    reasons.push_back({ReasonCode::kSignerRevoked,
                       absl::StrCat(DescribeSigner(signer), " is revoked")});
  }
  return reasons;
}

// An image whose partitions are typed for another architecture than the host's;
// what its extension-release says of it is release_match's.
std::vector<Reason> ForeignPartitions(const ImageFacts& image,
                                      const HostFacts& host) {
  const Layout* layout = image.layout.value();
  if (layout == nullptr || !layout->architecture.has_value() ||
      layout->architecture == host.architecture) {
    return {};
  }
  return {
      {ReasonCode::kWrongArchitecture,
       absl::StrCat("the partitions are for `", ToWord(*layout->architecture),
                    "`, the host is `",
                    host.architecture ? ToWord(*host.architecture) : "", "`")}};
}

std::string CodesText(const std::vector<Reason>& reasons) {
  std::vector<std::string> words;
  for (const Reason& reason : reasons) {
    const std::string word = ToWord(reason.code);
    if (!absl::c_linear_search(words, word)) words.push_back(word);
  }
  return absl::StrJoin(words, ", ");
}

// What the rules say, given an image that could be merged.
class RuleBook {
 public:
  RuleBook(const ImageFacts& image, const SignatureStanding& standing,
           const HostFacts& host, const CompiledPolicy& policy,
           const Evidence<HostOverlap>& overlap)
      : image_(image),
        standing_(standing),
        overlap_(overlap),
        policy_(policy),
        subject_(SubjectOf(image, standing, host)) {}

  void Consult(Decision& decision) {
    if (DenyRules(decision)) return;
    if (AllowRules(decision)) return;
    Default(decision);
  }

 private:
  // True when one matches.
  bool DenyRules(Decision& decision) {
    bool denied = false;
    for (const CompiledRule& rule : policy_.rules) {
      if (rule.verdict != RuleVerdict::kDeny) continue;
      if (const auto why = WhyDenyDoesNotMatch(rule, subject_)) {
        trace_.push_back({&rule, absl::StrCat("does not match: ", *why)});
        continue;
      }
      trace_.push_back({&rule, "matches: denies"});
      if (!denied) decision.rule = rule.id;
      denied = true;
      decision.reasons.push_back(
          {ReasonCode::kDeniedByRule,
           absl::StrCat("rule `", rule.id, "`", rule.reason.empty() ? "" : ": ",
                        rule.reason)});
    }
    if (denied) WriteTrace(decision);
    return denied;
  }

  // True when one selects the image.
  bool AllowRules(Decision& decision) {
    std::vector<const CompiledRule*> selected;
    for (const CompiledRule& rule : policy_.rules) {
      if (rule.verdict != RuleVerdict::kAllow) continue;
      if (const auto why = WhyAllowDoesNotSelect(rule, subject_)) {
        trace_.push_back({&rule, absl::StrCat("does not match: ", *why)});
      } else {
        selected.push_back(&rule);
      }
    }
    if (!selected.empty()) DecideAmong(selected, decision);
    WriteTrace(decision);
    return !selected.empty();
  }

  // Among the most specific of `selected` any satisfied one allows.
  void DecideAmong(const std::vector<const CompiledRule*>& selected,
                   Decision& decision) {
    Specificity most = Specificity::kAttributes;
    for (const CompiledRule* rule : selected) {
      most = std::min(most, rule->specificity);
    }
    std::vector<Reason> unmet;
    const CompiledRule* first = nullptr;
    const CompiledRule* satisfied = nullptr;
    for (const CompiledRule* rule : selected) {
      if (rule->specificity != most) {
        trace_.push_back({rule, "selects, but a more specific rule decides"});
        continue;
      }
      if (first == nullptr) first = rule;
      std::vector<std::string> warnings;
      std::vector<Reason> reasons = Unmet(*rule, warnings);
      if (reasons.empty()) {
        trace_.push_back({rule, "selects: allows"});
        if (satisfied != nullptr) continue;
        satisfied = rule;
        decision.warnings = std::move(warnings);
        continue;
      }
      trace_.push_back(
          {rule, absl::StrCat("selects, not satisfied: ", CodesText(reasons))});
      Append(std::move(reasons), unmet);
    }
    decision.rule = satisfied != nullptr ? satisfied->id : first->id;
    if (satisfied == nullptr) Append(std::move(unmet), decision.reasons);
  }

  std::vector<Reason> Unmet(const CompiledRule& rule,
                            std::vector<std::string>& warnings) const {
    std::vector<Reason> reasons = VersionOutOfRange(rule, subject_);
    Append(PinnedElsewhere(rule, subject_), reasons);
    if (rule.content.has_value()) {
      for (ContentFinding& finding :
           CheckContent(*rule.content, image_, overlap_)) {
        std::string text = absl::StrCat("rule `", rule.id, "`: ", finding.text);
        if (finding.action == ContentAction::kDeny) {
          reasons.push_back({ReasonCode::kForbiddenContent, std::move(text)});
        } else {
          warnings.push_back(std::move(text));
        }
      }
    }
    Append(UnmetImagePolicy(image_, standing_,
                            rule.image_policy.value_or(policy_.image_policy)),
           reasons);
    return reasons;
  }

  void Default(Decision& decision) const {
    decision.rule = kDefaultRule;
    std::vector<Reason> reasons;
    switch (policy_.default_verdict) {
      case RuleVerdict::kDeny:
        reasons.push_back({ReasonCode::kNoMatchingRule,
                           "no allow rule is about this image, and the "
                           "policy's default is to deny"});
        break;
      case RuleVerdict::kAllow:
        reasons = UnmetImagePolicy(image_, standing_, policy_.image_policy);
        break;
    }
    decision.trace.push_back(
        {kDefaultRule, reasons.empty()
                           ? "allows"
                           : absl::StrCat("denies: ", CodesText(reasons))});
    Append(std::move(reasons), decision.reasons);
  }

  // The lines so far, in source order.
  void WriteTrace(Decision& decision) {
    std::stable_sort(
        trace_.begin(), trace_.end(),
        [](const Line& a, const Line& b) { return a.rule < b.rule; });
    for (Line& line : trace_) {
      decision.trace.push_back({line.rule->id, std::move(line.text)});
    }
    trace_.clear();
  }

  struct Line {
    const CompiledRule* rule;  // in policy_.rules, so addresses are in order
    std::string text;
  };

  const ImageFacts& image_;
  const SignatureStanding& standing_;
  const Evidence<HostOverlap>& overlap_;
  const CompiledPolicy& policy_;
  const Subject subject_;
  std::vector<Line> trace_;
};

// The entries that the map gives to `name`; nullopt when no mapping matches.
std::optional<std::vector<std::string>> EntriesOf(
    const std::string& name, const CompiledPolicy& policy) {
  std::optional<std::vector<std::string>> entries;
  for (const CompiledEntryMapping& mapping : policy.entries) {
    const PatternMatch match = mapping.match.Matches(name);
    if (match == PatternMatch::kNo) continue;
    if (!entries.has_value()) entries.emplace();
    // It may be meant, and then for these entries only: no reason to merge it.
    if (match == PatternMatch::kUnknown) continue;
    entries->insert(entries->end(), mapping.entries.begin(),
                    mapping.entries.end());
  }
  return entries;
}

}  // namespace

bool BelongsElsewhere(const std::string& name, const HostFacts& host,
                      const CompiledPolicy& policy) {
  const auto entries = EntriesOf(name, policy);
  if (!entries.has_value()) return false;
  return !absl::c_linear_search(*entries, kEveryEntry) &&
         (host.entry.empty() || !absl::c_linear_search(*entries, host.entry));
}

Decision WrongEntry(const std::string& name, const HostFacts& host,
                    const CompiledPolicy& policy) {
  Decision decision;
  const auto entries = EntriesOf(name, policy);
  decision.reasons.push_back(
      {ReasonCode::kWrongEntry,
       absl::StrCat(
           "the policy gives `", name, "` to `",
           absl::StrJoin(entries.value_or(std::vector<std::string>()), "`, `"),
           host.entry.empty()
               ? std::string("`, and the booted entry is not known")
               : absl::StrCat("`, booted is `", host.entry, "`"))});
  Finish(decision);
  return decision;
}

Decision Evaluate(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host, const CompiledPolicy& policy,
                  const Evidence<HostOverlap>& overlap) {
  if (BelongsElsewhere(image.name, host, policy)) {
    return WrongEntry(image.name, host, policy);
  }
  Decision decision;
  if (!image.unreadable.empty()) {
    decision.reasons.push_back({ReasonCode::kUnreadable, image.unreadable});
    Finish(decision);
    return decision;
  }
  decision.reasons = StructuralReasons(image, host);
  const bool mergeable = decision.reasons.empty();
  Append(IntrinsicDenials(image), decision.reasons);
  Append(RevokedSigners(standing), decision.reasons);
  if (mergeable) {
    Append(MatchRelease(*image.release.value(), image.image_class, host),
           decision.reasons);
    Append(ForeignPartitions(image, host), decision.reasons);
    RuleBook(image, standing, host, policy, overlap).Consult(decision);
  }
  Finish(decision);
  return decision;
}

}  // namespace extgate
