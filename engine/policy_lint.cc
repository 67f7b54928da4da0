// Ways in: LintPolicies and SnippetsOf.
#include "engine/policy_lint.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "engine/last_good_policy.h"
#include "engine/last_seen.h"
#include "engine/policy_loader.h"
#include "engine/policy_view.h"
#include "policy/command_line.h"
#include "policy/lint/checks.h"
#include "policy/policy_merge.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

// Passes on what it is asked for and keeps the texts, so that all looks are at
// the same bytes.
class KeptTexts : public PolicyView {
 public:
  explicit KeptTexts(PolicyPort& policy)
      : PolicyView(policy), found_(policy.PolicyTexts()) {
    if (!policy.ReplacesDiscovery()) return;
    for (PolicyText& text : found_.value) {
      if (text.kind == SourceKind::kCloudConfig) {
        text.authority = Authority::kLocal;
      }
    }
  }

  // What the command line names comes last, once it was asked for.
  std::vector<PolicyText> texts() const {
    std::vector<PolicyText> all = found_.value;
    all.insert(all.end(), named_.begin(), named_.end());
    return all;
  }

  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override {
    return found_;
  }
  absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                      Authority authority) override {
    auto text = PolicyView::PolicyAt(path, authority);
    if (text.ok()) {
      named_.push_back(*text);
    } else if (!absl::IsNotFound(text.status())) {
      PolicyText& unreadable = named_.emplace_back();
      unreadable.path = path;
      unreadable.authority = authority;
      unreadable.unreadable = true;
    }
    return text;
  }
  // Lint is about what stays.
  absl::StatusOr<std::string> RunningModeText() override {
    return absl::NotFoundError("it is nobody's text");
  }

 private:
  WithDiagnostics<std::vector<PolicyText>> found_;
  std::vector<PolicyText> named_;
};

// Where findings about what stands in for a source point to: it is in no file.
std::string StandInPath(const std::string& path) {
  return path + " (last good)";
}

// All that has a say, as far as it can be read: sources that do not compile
// too, for those that cannot be read at all what stands in, and what the
// command line says of modes.
Policy MergedAsWritten(const std::vector<PolicyText>& texts,
                       const Ports& ports) {
  const bool named = ports.policy.ReplacesDiscovery();
  LastGoodPolicy last_good(ports.state);
  std::vector<PolicySource> sources;
  for (const PolicyText& text : texts) {
    auto read = ReadPolicyText(text.text, text.path, text.kind);
    if (!text.unreadable && read.value.has_value()) {
      sources.push_back({text.path, text.authority, *std::move(read.value)});
      continue;
    }
    if (named || (!text.unreadable && !HasErrors(read.diagnostics))) continue;
    const std::string* const kept = last_good.Find(text.path);
    if (kept == nullptr) continue;
    auto before = ReadPolicyText(*kept, StandInPath(text.path), text.kind);
    if (!before.value.has_value()) continue;
    sources.push_back(
        {text.path, text.authority, *std::move(before.value), true});
  }
  if (!named) {
    const CommandLine words = ReadCommandLine(ports.host.CommandLine()).value;
    if (!(words.policy == Policy())) {
      sources.push_back(
          {kCommandLinePath, ports.host.CommandLineAuthority(), words.policy});
    }
  }
  return MergePolicies(sources).value.policy;
}

// What is about this machine and not about the files named.
bool IsOfMachine(const Diagnostic& diagnostic) {
  return diagnostic.code == DiagnosticCode::kEfiUntrusted ||
         diagnostic.code == DiagnosticCode::kNoPolicy;
}

std::vector<Finding> OfLoading(std::vector<Diagnostic> diagnostics,
                               PolicyPort& policy) {
  const bool named = policy.ReplacesDiscovery();
  std::vector<Finding> findings;
  for (Diagnostic& diagnostic : diagnostics) {
    // Why it is left out stands beside it.
    if (diagnostic.code == DiagnosticCode::kPolicyInvalid) continue;
    if (named && IsOfMachine(diagnostic)) continue;
    if (diagnostic.code == DiagnosticCode::kPolicyStandIn) {
      diagnostic.help +=
          "; lint is about what is written now, and about what stands in only "
          "where that cannot be read";
    }
    if (named && diagnostic.code == DiagnosticCode::kFileUnreadable &&
        diagnostic.span.line > 0) {
      diagnostic.severity = Severity::kWarning;
    }
    findings.push_back({std::move(diagnostic), ""});
  }
  return findings;
}

// As of a machine that has no certificate of anybody, whatever was written of
// where they are.
Trust TrustInNobody(const Trust& trust) {
  const SourceSpan span =
      trust.files.empty() ? SourceSpan() : trust.files[0].span;
  Trust nobody;
  nobody.efi = Located<std::vector<EfiList>>{{}, span};
  nobody.verity_d = Located<VerityD>{VerityD::kNone, span};
  return nobody;
}

bool FindsLockOut(const std::vector<Finding>& findings) {
  return std::any_of(
      findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.diagnostic.code == DiagnosticCode::kLockOut;
      });
}

void SortByPlace(const std::vector<PolicyText>& texts,
                 std::vector<Finding>& findings) {
  const auto key = [&](const Finding& finding) {
    const SourceSpan& span = finding.diagnostic.span;
    const auto source = std::find_if(
        texts.begin(), texts.end(),
        [&](const PolicyText& text) { return text.path == span.path; });
    return std::tuple(source - texts.begin(), span.line, span.column);
  };
  std::stable_sort(
      findings.begin(), findings.end(),
      [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

}  // namespace

PolicyLint LintPolicies(const Ports& ports, const SystemdRange& versions) {
  KeptTexts kept(ports.policy);
  Ports same = {kept,          ports.firmware,    ports.host, ports.images,
                ports.staging, ports.confinement, ports.state};
  LoadedPolicy loaded = LoadPolicy(same);
  PolicyLint lint;
  lint.versions = versions;
  lint.findings = OfLoading(std::move(loaded.diagnostics), kept);
  const auto append = [&](std::vector<Finding> findings) {
    for (Finding& finding : findings) {
      lint.findings.push_back(std::move(finding));
    }
  };
  const std::vector<PolicyText> texts = kept.texts();
  for (const PolicyText& text : texts) {
    if (text.kind != SourceKind::kCloudConfig) continue;
    append(LintText(text.text, text.path));
  }
  Policy policy = MergedAsWritten(texts, same);
  const LintSubject subject{policy, loaded.policy.mode, versions,
                            FactsAndDate(ports).value.date};
  append(LintPolicy(subject));
  if (!kept.ReplacesDiscovery() && loaded.trust.KnownSigners().empty() &&
      !FindsLockOut(lint.findings)) {
    policy.trust = TrustInNobody(policy.trust);
    append(FindLockOut(subject));
  }
  SortByPlace(texts, lint.findings);
  lint.texts = texts;
  return lint;
}

SnippetsByPath SnippetsOf(const std::vector<PolicyText>& texts) {
  SnippetsByPath snippets;
  for (const PolicyText& text : texts) {
    snippets.emplace(text.path, Snippets(text.text));
  }
  return snippets;
}

}  // namespace extgate
