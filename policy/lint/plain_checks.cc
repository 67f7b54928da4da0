// Checks of one rule or one key at a time. Ways in: FindEndedRules,
// FindEvadableDenials and FindTrustBeyondDb.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/document.h"
#include "policy/lint/checks.h"
#include "policy/lint/name_set.h"

namespace extgate {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;  // seconds
constexpr int64_t kSoon = 14 * kDay;

std::string Called(const Rule& rule) {
  return absl::StrCat("the rule ", Quote(rule.id.value));
}

// How to get round a deny rule; "" where there is no cheap way.
std::string WayRound(const RuleMatch& match) {
  if (!match.sha256.empty()) {
    return "`sha256` is of the whole file: one changed byte, also where nobody "
           "looks, and it is another one";
  }
  // A hash tree or a signature holds the name inside.
  if (match.names.empty() || !match.root_hashes.empty() ||
      !match.signers.empty() || !match.signer_sets.empty() ||
      NameSet(match.names).IsEverything()) {
    return "";
  }
  return "the same image by another name does not match";
}

}  // namespace

std::vector<Finding> FindEndedRules(const LintSubject& subject) {
  std::vector<Finding> findings;
  for (const Rule& rule : subject.policy.rules) {
    if (!rule.until.has_value()) continue;
    const int64_t left = rule.until->value.seconds() - subject.today.seconds();
    if (left >= kSoon) continue;
    const bool over = left <= 0;
    const std::string until = rule.until->value.ToString();
    findings.push_back(
        {{over ? DiagnosticCode::kUntilOver : DiagnosticCode::kUntilSoon,
          Severity::kWarning, rule.until->span,
          over ? absl::StrCat(Called(rule), " is permissive no more, since ",
                              until, ": what it denies is denied")
               : absl::StrCat(Called(rule), " is permissive for ",
                              (left + kDay - 1) / kDay, " more days, until ",
                              until, ": then what it denies is denied"),
          "see in `extgate status` what would be denied, and take `mode` and "
          "`until` out or write a later date"},
         ""});
  }
  return findings;
}

std::vector<Finding> FindEvadableDenials(const LintSubject& subject) {
  std::vector<Finding> findings;
  for (const Rule& rule : subject.policy.rules) {
    if (rule.verdict.value != RuleVerdict::kDeny) continue;
    const std::string way = WayRound(rule.match);
    if (way.empty()) continue;
    const LocatedText& place = rule.match.sha256.empty()
                                   ? rule.match.names.front()
                                   : rule.match.sha256.front();
    findings.push_back(
        {{DiagnosticCode::kEvadableDeny, Severity::kWarning, place.span,
          absl::StrCat(Called(rule), " is easily evaded: ", way),
          "deny by `root_hash`, which `extgate inspect` shows"},
         ""});
  }
  return findings;
}

std::vector<Finding> FindTrustBeyondDb(const LintSubject& subject) {
  std::vector<Finding> findings;
  const Trust& trust = subject.policy.trust;
  const auto add = [&](const SourceSpan& span, std::string message,
                       std::string help) {
    findings.push_back({{DiagnosticCode::kTrustBeyondDb, Severity::kWarning,
                         span, std::move(message), std::move(help)},
                        ""});
  };
  std::vector<std::string> beyond;
  if (trust.efi.has_value()) {
    for (EfiList list : trust.efi->value) {
      if (list != EfiList::kDb) {
        beyond.push_back(absl::StrCat("`", ToWord(list), "`"));
      }
    }
  }
  if (!beyond.empty()) {
    add(trust.efi->span,
        absl::StrCat("`trust.efi` has ", absl::StrJoin(beyond, ", "),
                     ", whose keys are not there to sign what is run: PK and "
                     "KEK are of who may change db, and MOK of whoever was at "
                     "the console once"),
        "write `efi: [db]`, and a certificate that is meant into "
        "`trust.certificates`");
  }
  if (trust.verity_d.has_value() && trust.verity_d->value == VerityD::kAll) {
    add(trust.verity_d->span,
        "`verity_d: all` trusts every key in /etc/verity.d and /run/verity.d, "
        "which whoever writes there adds",
        "write `verity_d: usr`, and a certificate that is meant into "
        "`trust.certificates`");
  }
  return findings;
}

}  // namespace extgate
