// Rules that no image can meet. One way in: FindEmptyRules.
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/entry_map.h"
#include "policy/lint/checks.h"
#include "policy/lint/name_set.h"

namespace extgate {
namespace {

Finding Of(Severity severity, const SourceSpan& span, std::string message,
           std::string help) {
  return {{DiagnosticCode::kMatchesNothing, severity, span, std::move(message),
           std::move(help)},
          ""};
}

std::string Called(const Rule& rule) {
  return absl::StrCat("the rule ", Quote(rule.id.value));
}

// Patterns that no name matches: one among others is a warning.
std::vector<Finding> CheckNames(const Rule& rule) {
  std::vector<Finding> impossible;
  for (const LocatedText& name : rule.match.names) {
    if (absl::StartsWith(name.value, "re:")) continue;
    const absl::StatusOr<Glob> glob = Glob::Parse(name.value);
    if (!glob.ok()) continue;
    const std::string why = WhyNoName(*glob);
    if (why.empty()) continue;
    impossible.push_back(
        Of(Severity::kWarning, name.span,
           absl::StrCat("no image is called ", Quote(name.value), ": ", why),
           "write the name as `extgate inspect` shows it: of k3s.sysext.raw "
           "that is k3s"));
  }
  if (impossible.size() == rule.match.names.size()) {
    for (Finding& finding : impossible) {
      finding.diagnostic.severity = Severity::kError;
      finding.diagnostic.message = absl::StrCat(
          Called(rule), " matches nothing: ", finding.diagnostic.message);
    }
  }
  return impossible;
}

// A glob for the file and not for the name: it can match, but hardly will.
std::vector<Finding> CheckSuffixes(const Rule& rule) {
  std::vector<Finding> findings;
  for (const LocatedText& name : rule.match.names) {
    if (absl::StartsWith(name.value, "re:")) continue;
    for (absl::string_view suffix : {".raw", ".sysext", ".confext"}) {
      if (!absl::EndsWith(name.value, suffix)) continue;
      findings.push_back(Of(
          Severity::kWarning, name.span,
          absl::StrCat(Quote(name.value), " ends in `", suffix,
                       "`, which is part of a file's name and not of the "
                       "image's"),
          absl::StrCat("write ", Quote(name.value.substr(
                                     0, name.value.size() - suffix.size())))));
    }
  }
  return findings;
}

// The booted entry is never `common`.
std::vector<Finding> CheckEntries(const Rule& rule) {
  const auto& entries = rule.match.entries;
  if (entries.empty() || !absl::c_all_of(entries, [](const auto& entry) {
        return entry.value == kEveryEntry;
      })) {
    return {};
  }
  return {
      Of(Severity::kError, entries[0].span,
         absl::StrCat(Called(rule),
                      " matches nothing: `entries` is of the booted entry, and "
                      "`common` is never booted"),
         "leave `entries` out to match in all of them")};
}

// A rule for entries to none of which the map lets its images come.
std::vector<Finding> CheckMap(const Rule& rule, const Policy& policy) {
  if (rule.match.names.empty() || rule.match.entries.empty() ||
      policy.entries.empty() || rule.verdict.value != RuleVerdict::kAllow) {
    return {};
  }
  const NameSet names(rule.match.names);
  std::vector<LocatedText> mapped;
  for (const EntryMapping& mapping : policy.entries) {
    if (names.IsApartFrom(NameSet({mapping.match}))) continue;
    mapped.push_back(mapping.match);
    for (const LocatedText& entry : mapping.entries) {
      if (entry.value == kEveryEntry ||
          absl::c_linear_search(rule.match.entries, entry)) {
        return {};
      }
    }
  }
  if (mapped.empty() || !NameSet(mapped).Covers(names)) return {};
  return {
      Of(Severity::kError, rule.match.entries[0].span,
         absl::StrCat(Called(rule),
                      " matches nothing: the policy's `entries` keep images of "
                      "these names to other boot entries (",
                      ToString(mapped[0].span), ")"),
         "name the same boot entries in both places")};
}

}  // namespace

std::vector<Finding> FindEmptyRules(const LintSubject& subject) {
  std::vector<Finding> findings;
  for (const Rule& rule : subject.policy.rules) {
    for (std::vector<Finding> found :
         {CheckNames(rule), CheckSuffixes(rule), CheckEntries(rule),
          CheckMap(rule, subject.policy)}) {
      absl::c_move(found, std::back_inserter(findings));
    }
  }
  return findings;
}

}  // namespace extgate
