// Ways in: LintPolicy, a table of checks, and LintText.
#include "policy/lint/lint.h"

#include <algorithm>
#include <utility>

#include "policy/document.h"
#include "policy/lint/checks.h"
#include "policy/yaml_reader.h"

namespace extgate {
namespace {

using Check = std::vector<Finding> (*)(const LintSubject& subject);

constexpr Check kChecks[] = {
    FindEmptyRules,
    FindWeakImagePolicies,
    FindUsrNotEnforced,
    FindNameOnlyAllows,
    FindDroppedSignatureChecks,
    FindHiddenRules,
    FindLockOut,
    FindEndedRules,
    FindEvadableDenials,
    FindTrustBeyondDb,
};

}  // namespace

std::vector<Finding> LintPolicy(const LintSubject& subject) {
  std::vector<Finding> findings;
  for (Check check : kChecks) {
    for (Finding& finding : check(subject)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

std::vector<Finding> LintText(absl::string_view text, absl::string_view path) {
  const auto root = ReadYaml(text, path).value;
  if (!root.has_value()) return {};
  for (const NodePair& pair : root->pairs) {
    if (pair.key.kind != Node::Kind::kScalar || pair.key.text != "extensions" ||
        pair.value.kind != Node::Kind::kList) {
      continue;
    }
    return {{{DiagnosticCode::kKairosExtensions,
              Severity::kWarning,
              {std::string(path), pair.key.line, pair.key.column},
              "`extensions` is a list, and Kairos from 4.3 on wants a mapping: "
              "its own merging of extensions then fails",
              "write the list into `extension_policy`, `entries`, as in "
              "`- {match: \"k3sv1.29.*\", entries: [active]}`"},
             ""}};
  }
  return {};
}

bool HasErrors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) {
    return f.diagnostic.severity == Severity::kError;
  });
}

}  // namespace extgate
