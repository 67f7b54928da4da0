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
#include "policy/entry_map.h"
#include "policy/printable.h"
#include "policy/release_match.h"
#include "policy/requirement.h"
#include "policy/rule_book.h"
#include "policy/signer_trust.h"
#include "policy/structural.h"

namespace extgate {
namespace {

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

// Whether the end of a certificate counts, and of one is over.
bool OneHasExpired(const SignatureStanding& standing, const HostFacts& host,
                   const CompiledPolicy& policy) {
  return policy.require_unexpired &&
         absl::c_any_of(standing.signers, [&host](const Signer& signer) {
           return IsOver(signer, host.date);
         });
}

using Consult = RuleAnswer (*)(const ImageFacts&, const SignatureStanding&,
                               const HostFacts&, const CompiledPolicy&,
                               const Evidence<HostOverlap>&,
                               const RuleNumbers&);

// All that a decision is made of.
struct Question {
  Consult consult;
  const ImageFacts& image;
  const SignatureStanding& standing;
  const HostFacts& host;
  const CompiledPolicy& policy;
  const Evidence<HostOverlap>& overlap;
};

struct Answer {
  Decision decision;
  std::optional<uint32_t> rule;  // the deciding one, if it is one
};

// What is said where the rules `set_aside` are not there.
Answer AnswerWithout(const RuleNumbers& set_aside, const Question& question) {
  const ImageFacts& image = question.image;
  const HostFacts& host = question.host;
  if (BelongsElsewhere(image.name, host, question.policy)) {
    return {WrongEntry(image.name, host, question.policy), std::nullopt};
  }
  Answer answer;
  Decision& decision = answer.decision;
  if (!image.unreadable.empty()) {
    decision.reasons.push_back({ReasonCode::kUnreadable, image.unreadable});
    Finish(decision);
    return answer;
  }
  decision.reasons = StructuralReasons(image, host);
  const bool mergeable = decision.reasons.empty();
  Append(IntrinsicDenials(image), decision.reasons);
  Append(RevokedSigners(question.standing), decision.reasons);
  if (mergeable) {
    Append(MatchRelease(*image.release.value(), image.image_class, host),
           decision.reasons);
    Append(ForeignPartitions(image, host), decision.reasons);
    const SignatureStanding& standing = question.standing;
    RuleAnswer rules =
        OneHasExpired(standing, host, question.policy)
            ? question.consult(image, WithoutExpired(standing, host.date), host,
                               question.policy, question.overlap, set_aside)
            : question.consult(image, standing, host, question.policy,
                               question.overlap, set_aside);
    answer.rule = rules.number;
    decision.rule = std::move(rules.rule);
    decision.warnings = std::move(rules.warnings);
    decision.signer_sets = std::move(rules.signer_sets);
    decision.trace = std::move(rules.trace);
    decision.passed_over = rules.passed_over;
    decision.required = std::move(rules.required);
    Append(std::move(rules.reasons), decision.reasons);
  }
  Finish(decision);
  return answer;
}

// True when it is a denial by a rule that only reports. Of several rules that
// deny the first is named, so that one which counts comes up sooner or later.
// (Beside denials that no rule excuses one that is satisfied may be named:
// without it they are still there.)
bool DeniesForTheReport(const Answer& answer, const Question& question) {
  return answer.decision.verdict == Verdict::kDeny && answer.rule.has_value() &&
         OnlyReports(question.policy.rules[*answer.rule], question.host.date);
}

Decision Decide(const Question& question) {
  Answer first = AnswerWithout({}, question);
  if (!DeniesForTheReport(first, question)) return std::move(first.decision);
  Answer acting = first;
  RuleNumbers set_aside;
  Excuse excuse;
  while (DeniesForTheReport(acting, question)) {
    const CompiledRule& rule = question.policy.rules[*acting.rule];
    set_aside.push_back(*acting.rule);
    excuse.rules.push_back({rule.id, rule.until});
    acting = AnswerWithout(set_aside, question);
  }
  Decision& decision = first.decision;
  if (acting.decision.verdict == Verdict::kDeny) return std::move(decision);
  excuse.verdict = acting.decision.verdict;
  excuse.rule = std::move(acting.decision.rule);
  excuse.reasons = std::move(acting.decision.reasons);
  decision.warnings = std::move(acting.decision.warnings);
  decision.signer_sets = std::move(acting.decision.signer_sets);
  decision.excuse = std::move(excuse);
  return std::move(decision);
}

}  // namespace

bool BelongsElsewhere(const std::string& name, const HostFacts& host,
                      const CompiledPolicy& policy) {
  bool mapped = false;
  for (const CompiledEntryMapping& mapping : policy.entries) {
    const PatternMatch match = mapping.match.Matches(name);
    if (match == PatternMatch::kNo) continue;
    mapped = true;
    // It may be meant, and then for these entries only: no reason to merge it.
    if (match == PatternMatch::kUnknown) continue;
    if (absl::c_linear_search(mapping.entries, kEveryEntry) ||
        (!host.entry.empty() &&
         absl::c_linear_search(mapping.entries, host.entry))) {
      return false;
    }
  }
  return mapped;
}

Decision WrongEntry(const std::string& name, const HostFacts& host,
                    const CompiledPolicy& policy) {
  Decision decision;
  decision.reasons.push_back(
      {ReasonCode::kWrongEntry,
       absl::StrCat("the policy gives `", name, "` to `",
                    absl::StrJoin(EntriesOf(name, policy), "`, `"),
                    host.entry.empty()
                        ? std::string("`, and the booted entry is not known")
                        : absl::StrCat("`, booted is `", host.entry, "`"))});
  Finish(decision);
  return decision;
}

SignatureStanding CountedStanding(SignatureStanding standing,
                                  const Decision& decision,
                                  const HostFacts& host,
                                  const CompiledPolicy& policy) {
  if (policy.require_unexpired) {
    standing = WithoutExpired(std::move(standing), host.date);
  }
  return WithSets(std::move(standing), decision.signer_sets);
}

Verdict ActingVerdict(const Decision& decision) {
  return decision.excuse.has_value() ? decision.excuse->verdict
                                     : decision.verdict;
}

bool OnlyReports(const CompiledRule& rule, UtcTime date) {
  return rule.permissive && !(rule.until.has_value() && date >= *rule.until);
}

std::string ExcuseText(const std::vector<ExcusedRule>& rules) {
  return absl::StrJoin(
      rules, ", and ", [](std::string* out, const ExcusedRule& rule) {
        absl::StrAppend(out, "rule `", PrintableText(rule.rule),
                        "`, which is permissive",
                        rule.until.has_value()
                            ? absl::StrCat(" until ", rule.until->ToString())
                            : std::string());
      });
}

Decision Evaluate(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host, const CompiledPolicy& policy,
                  const Evidence<HostOverlap>& overlap) {
  return Decide({ConsultRules, image, standing, host, policy, overlap});
}

Decision Explain(const ImageFacts& image, const SignatureStanding& standing,
                 const HostFacts& host, const CompiledPolicy& policy,
                 const Evidence<HostOverlap>& overlap) {
  return Decide({ExplainRules, image, standing, host, policy, overlap});
}

}  // namespace extgate
