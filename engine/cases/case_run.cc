// One way in: RunCase.
#include "engine/cases/case_run.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/facts_codec.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"

namespace extgate {
namespace {

// What a case says, in the place of a machine's policy and firmware.
class CaseMachine : public PolicyPort, public FirmwarePort {
 public:
  CaseMachine(PolicyText policy, std::vector<CertificateFile> trust,
              PolicyPort& files)
      : policy_(std::move(policy)), trust_(std::move(trust)), files_(files) {}

  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override {
    return {{policy_}, {}};
  }
  absl::StatusOr<PolicyText> PolicyAt(const std::string&, Authority) override {
    return absl::NotFoundError("a case has one policy");
  }
  absl::StatusOr<std::string> RunningModeText() override {
    return absl::NotFoundError("a case has one policy");
  }
  bool ReplacesDiscovery() override { return true; }
  WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) override {
    if (which == VerityD::kNone) return {};
    return {trust_, {}};
  }
  WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) override {
    return files_.TrustFiles(pattern, span);
  }
  bool SecureBootEnforced() override { return false; }
  absl::StatusOr<std::string> Variable(absl::string_view) override {
    return absl::NotFoundError("a case has no EFI variables");
  }

 private:
  const PolicyText policy_;
  const std::vector<CertificateFile> trust_;
  PolicyPort& files_;
};

Diagnostic Unreadable(const SourceSpan& span, absl::string_view what,
                      const absl::Status& status) {
  return {DiagnosticCode::kFileUnreadable, Severity::kError, span,
          absl::StrCat(what, ": ", status.message()), ""};
}

absl::StatusOr<std::string> TextOf(const CaseText& text, CaseFiles& files) {
  if (text.kind == CaseText::Kind::kInline) return text.text;
  return files.Read(text.text);
}

SourceKind KindOf(absl::string_view path, absl::string_view text) {
  return absl::StartsWith(text, "#cloud-config") ? SourceKind::kCloudConfig
                                                 : PolicyFileKind(path);
}

// "unsigned: the image has…; image-policy: …"
std::string ReasonsText(const Decision& decision) {
  if (decision.reasons.empty()) return "no reason against it";
  return absl::StrJoin(
      decision.reasons, "; ", [](std::string* out, const Reason& reason) {
        absl::StrAppend(out, ToWord(reason.code), ": ", reason.detail);
      });
}

std::string CodesText(const std::set<ReasonCode>& codes) {
  std::vector<std::string> words;
  for (const ReasonCode code : codes) words.push_back(ToWord(code));
  return absl::StrCat("`[", absl::StrJoin(words, ", "), "]`");
}

std::string Difference(absl::string_view key, absl::string_view wanted,
                       absl::string_view got) {
  return absl::StrCat(key, ": wanted `", wanted, "`, got `", got, "`");
}

std::vector<std::string> Differences(const Wanted& want,
                                     const Decision& decision, Action action) {
  std::vector<std::string> found;
  if (want.verdict && want.verdict->value != decision.verdict) {
    found.push_back(
        absl::StrCat(Difference("verdict", ToWord(want.verdict->value),
                                ToWord(decision.verdict)),
                     " (", ReasonsText(decision), ")"));
  }
  if (want.rule && want.rule->value != decision.rule) {
    found.push_back(Difference("rule", want.rule->value, decision.rule));
  }
  std::set<ReasonCode> codes;
  for (const Reason& reason : decision.reasons) codes.insert(reason.code);
  if (want.reasons && want.reasons->value != codes) {
    found.push_back(absl::StrCat("reasons: wanted ",
                                 CodesText(want.reasons->value), ", got ",
                                 CodesText(codes)));
  }
  if (want.action && want.action->value != action) {
    found.push_back(
        Difference("action", ToWord(want.action->value), ToWord(action)));
  }
  return found;
}

// Reads what a case names; what cannot be read goes to `diagnostics`.
class CaseInputs {
 public:
  CaseInputs(const PolicyCase& policy_case, CaseFiles& files)
      : case_(policy_case), files_(files) {}

  PolicyText Policy() {
    auto text = TextOf(case_.policy, files_);
    if (!text.ok()) Report(case_.policy.span, "`policy`", text.status());
    const bool is_inline = case_.policy.kind == CaseText::Kind::kInline;
    PolicyText policy;
    policy.path = is_inline ? case_.policy.span.path : case_.policy.text;
    policy.authority = Authority::kVendor;
    if (text.ok()) policy.text = *std::move(text);
    policy.kind =
        is_inline ? SourceKind::kPolicyFile : KindOf(policy.path, policy.text);
    return policy;
  }

  ImageFacts Facts() {
    auto text = TextOf(case_.facts, files_);
    absl::StatusOr<ImageFacts> facts =
        text.ok() ? FactsFromJson(absl::StripAsciiWhitespace(*text))
                  : text.status();
    if (facts.ok()) return *std::move(facts);
    Report(case_.facts.span, "`facts`", facts.status());
    return {};
  }

  std::vector<CertificateFile> Trust() {
    std::vector<CertificateFile> trust;
    for (const LocatedText& path : case_.trust) {
      auto text = files_.Read(path.value);
      if (text.ok()) {
        trust.push_back({path.value, *std::move(text)});
      } else {
        Report(path.span, "`trust`", text.status());
      }
    }
    return trust;
  }

  std::vector<Diagnostic> TakeDiagnostics() { return std::move(diagnostics_); }

 private:
  void Report(const SourceSpan& span, absl::string_view what,
              const absl::Status& status) {
    diagnostics_.push_back(Unreadable(span, what, status));
  }

  const PolicyCase& case_;
  CaseFiles& files_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

CaseResult RunCase(const PolicyCase& policy_case, CaseFiles& files,
                   const Ports& machine) {
  CaseResult result;
  result.name = policy_case.name;
  CaseInputs inputs(policy_case, files);
  PolicyText policy = inputs.Policy();
  const ImageFacts facts = inputs.Facts();
  CaseMachine port(std::move(policy), inputs.Trust(), machine.policy);
  result.diagnostics = inputs.TakeDiagnostics();
  if (HasErrors(result.diagnostics)) return result;
  Ports ports = {port,
                 port,
                 machine.host,
                 machine.images,
                 machine.staging,
                 machine.confinement,
                 machine.state};
  const LoadedPolicy loaded = LoadPolicy(ports);
  result.diagnostics = loaded.diagnostics;
  if (loaded.invalid) return result;
  const Decision decision =
      DecideFacts(facts, StandingOf(facts, loaded.trust),
                  {loaded.policy, loaded.trust, policy_case.host});
  const Action action =
      ActionFor(policy_case.mode.value_or(loaded.policy.mode),
                loaded.policy.unmergeable, ActingVerdict(decision));
  result.failures = Differences(policy_case.want, decision, action);
  return result;
}

}  // namespace extgate
