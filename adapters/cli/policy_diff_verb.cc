// extgate policy diff: which of two policies admits more, and an image for it.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/verbs.h"
#include "engine/diff_codec.h"
#include "engine/facts_codec.h"
#include "engine/inline_certificates.h"
#include "policy/diff/policy_diff.h"
#include "policy/policy_reader.h"
#include "policy/printable.h"

namespace extgate {
namespace {

struct GivenPolicy {
  Policy written;
  CompiledPolicy compiled;
};

// The policy at `path`; nullopt when it was reported why there is none.
std::optional<GivenPolicy> Read(const GlobalOptions& global,
                                const std::string& path) {
  auto machine = Machine::Open(global.places, {path});
  if (!machine.ok()) {
    Failed("policy diff", machine.status());
    return std::nullopt;
  }
  auto texts = (*machine)->ports().policy.PolicyTexts();
  std::vector<Diagnostic> diagnostics = std::move(texts.diagnostics);
  std::optional<GivenPolicy> given;
  for (const PolicyText& text : texts.value) {
    auto read = ReadPolicyText(text.text, text.path, text.kind);
    for (Diagnostic& one : read.diagnostics) diagnostics.push_back(one);
    if (HasErrors(read.diagnostics)) continue;
    // A cloud-config without a word of ours says nothing.
    Policy policy = std::move(read.value).value_or(Policy());
    std::optional<Mode> floor;
    if (policy.mode_floor.has_value()) floor = policy.mode_floor->value;
    auto compiled = CompilePolicy(policy, floor);
    for (Diagnostic& one : compiled.diagnostics) diagnostics.push_back(one);
    for (Diagnostic& one : FindBadInlineCertificates(policy.trust, text.text)) {
      diagnostics.push_back(std::move(one));
    }
    if (!compiled.value.has_value()) continue;
    given = GivenPolicy{std::move(policy), *std::move(compiled.value)};
  }
  PrintDiagnostics(diagnostics);
  return HasErrors(diagnostics) ? std::nullopt : std::move(given);
}

std::string SignersText(const DiffWitness& witness) {
  if (witness.before.signers.empty()) return "not signed";
  std::vector<std::string> names;
  for (const Signer& signer : witness.before.signers) {
    names.push_back(signer.sha256
                        ? absl::StrCat("sha256:", signer.sha256->hex())
                        : signer.subject);
  }
  const bool was = witness.before.state == SignatureState::kTrusted;
  const bool is = witness.after.state == SignatureState::kTrusted;
  const char* trust = was ? (is ? "whom both trust" : "whom OLD alone trusts")
                          : (is ? "whom NEW alone trusts" : "a stranger");
  return absl::StrCat("signed by ", absl::StrJoin(names, ", "), ", ", trust);
}

void PrintDecision(const char* who, const Decision& decision) {
  std::printf("  %s: %s", who, ToWord(decision.verdict));
  if (!decision.rule.empty()) {
    std::printf(", rule %s", PrintableText(decision.rule).c_str());
  }
  for (const Reason& reason : decision.reasons) {
    std::printf("; %s: %s", ToWord(reason.code),
                PrintableText(reason.detail).c_str());
  }
  std::printf("\n");
}

void PrintWitness(const char* what, const DiffWitness& witness) {
  const ImageFacts& image = witness.image;
  const VerityTree* tree = image.verity.value();
  std::printf("%s: %s\n", what, PrintableText(image.file_name).c_str());
  std::printf(
      "  image: %s, %s, %s, %s\n",
      image.layout.value() != nullptr ? ToWord(image.layout.value()->designator)
                                      : "",
      witness.host.architecture ? ToWord(*witness.host.architecture) : "",
      tree != nullptr && tree->root_hash
          ? absl::StrCat("root hash ", tree->root_hash->hex()).c_str()
          : "no hash tree",
      SignersText(witness).c_str());
  std::printf("  booted entry: %s\n",
              PrintableText(witness.host.entry).c_str());
  if (const HostOverlap* overlap = witness.overlap.value()) {
    if (!overlap->conflicts.empty()) {
      std::printf("  host: has a file where the image has a directory\n");
    }
    if (!overlap->shadowed.empty()) {
      std::printf("  host: has a file that the image has too\n");
    }
  }
  PrintDecision("OLD", witness.old_decision);
  PrintDecision("NEW", witness.new_decision);
  std::printf("  facts: %s\n", FactsToJson(image).c_str());
}

void PrintDiff(const PolicyDiff& diff) {
  std::printf("%s: NEW seen against OLD\n", ToWord(diff.relation));
  for (const KeyChange& change : diff.keys) {
    std::printf("%s: %s: %s, was %s\n", ToWord(change.relation),
                PrintableText(change.key).c_str(),
                PrintableText(change.after).c_str(),
                PrintableText(change.before).c_str());
  }
  if (diff.looser) PrintWitness("looser: NEW alone allows", *diff.looser);
  if (diff.stricter) PrintWitness("stricter: OLD alone allows", *diff.stricter);
  for (const std::string& text : diff.undecided) {
    std::printf("undecided: %s\n", PrintableText(text).c_str());
  }
}

}  // namespace

int PolicyDiffVerb(const GlobalOptions& global,
                   const PolicyDiffOptions& options) {
  const auto before = Read(global, options.before);
  const auto after = Read(global, options.after);
  if (!before.has_value() || !after.has_value()) return kExitUsage;
  const PolicyDiff diff = ComparePolicies({before->written, before->compiled},
                                          {after->written, after->compiled});
  if (global.format == Format::kJson) {
    std::fputs(DiffToJson(diff).c_str(), stdout);
  } else {
    PrintDiff(diff);
  }
  const bool sure =
      diff.undecided.empty() && (diff.relation == Relation::kEquivalent ||
                                 diff.relation == Relation::kStricter);
  return sure ? kExitDone : kExitViolation;
}

}  // namespace extgate
