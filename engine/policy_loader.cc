// One way in: LoadPolicy.
#include "engine/policy_loader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/trust_binding.h"
#include "policy/policy_merge.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

constexpr char kCommandLinePath[] = "kernel command line";

void Append(std::vector<Diagnostic> from, std::vector<Diagnostic>& to) {
  for (Diagnostic& diagnostic : from) to.push_back(std::move(diagnostic));
}

Diagnostic LeftOut(const std::string& path) {
  return {DiagnosticCode::kPolicyInvalid,
          Severity::kError,
          {path, 0, 0},
          absl::StrCat("`", path, "` is left out because of its errors"),
          "mend what is listed for it; until then it has no say"};
}

// Reads one source into `sources`; what is wrong goes to `loaded`.
void ReadSource(WithDiagnostics<std::optional<Policy>> read, std::string path,
                Authority authority, std::vector<PolicySource>& sources,
                LoadedPolicy& loaded) {
  if (read.value.has_value()) {
    // Compiled alone first, so that a bad pattern drops its own source only.
    Append(CompilePolicy(*read.value, std::nullopt).diagnostics,
           read.diagnostics);
  }
  const bool broken = HasErrors(read.diagnostics);
  Append(std::move(read.diagnostics), loaded.diagnostics);
  if (broken) {
    loaded.invalid = true;
    loaded.diagnostics.push_back(LeftOut(path));
    return;
  }
  if (!read.value.has_value()) return;
  loaded.sources.push_back({path, authority});
  sources.push_back({std::move(path), authority, *std::move(read.value)});
}

std::string DigestOf(absl::string_view text) {
  std::unique_ptr<StreamDigest> digest = StreamDigest::Create();
  digest->Update(BytesOf(text));
  return digest->Finish().hex();
}

bool PolicyRequired(absl::string_view command_line) {
  for (absl::string_view word :
       absl::StrSplit(command_line, absl::ByAnyChar(" \t\n"))) {
    if (word == "extgate.policy_required" ||
        word == "extgate.policy_required=1") {
      return true;
    }
  }
  return false;
}

// Compiles `merged`, of which every source compiled alone. Should it not
// compile together, nothing is allowed: unreadable rules can deny, never allow.
CompiledPolicy CompileOrDeny(const MergedPolicy& merged, LoadedPolicy& loaded) {
  auto compiled = CompilePolicy(merged.policy, merged.floor);
  Append(std::move(compiled.diagnostics), loaded.diagnostics);
  if (compiled.value.has_value()) return *std::move(compiled.value);
  loaded.invalid = true;
  CompiledPolicy closed;
  closed.mode = merged.policy.ModeOrDefault();
  closed.floor = merged.floor;
  closed.on_violation = merged.policy.OnViolationOrDefault();
  closed.default_verdict = RuleVerdict::kDeny;
  return closed;
}

}  // namespace

LoadedPolicy LoadPolicy(const Ports& ports) {
  LoadedPolicy loaded;
  std::vector<PolicySource> sources;
  auto texts = ports.policy.PolicyTexts();
  loaded.invalid = HasErrors(texts.diagnostics);
  Append(std::move(texts.diagnostics), loaded.diagnostics);
  for (PolicyText& text : texts.value) {
    ReadSource(ReadPolicyText(text.text, text.path, text.kind), text.path,
               text.authority, sources, loaded);
  }
  const std::string command_line = ports.host.CommandLine();
  ReadSource(ReadCommandLine(command_line), kCommandLinePath,
             ports.host.CommandLineAuthority(), sources, loaded);

  auto merged = MergePolicies(sources);
  Append(std::move(merged.diagnostics), loaded.diagnostics);
  loaded.required_but_missing =
      loaded.sources.empty() && PolicyRequired(command_line);
  if (loaded.sources.empty()) {
    loaded.diagnostics.push_back(
        {DiagnosticCode::kNoPolicy,
         Severity::kNote,
         {},
         "no policy was found: the built-in default stands (permissive, "
         "signed images)",
         "write extension_policy into a cloud-config or into "
         "/etc/extgate/policy.d"});
  }
  loaded.sha256 = DigestOf(CanonicalText(merged.value.policy));
  loaded.policy = CompileOrDeny(merged.value, loaded);
  auto trust =
      BindTrust(merged.value.policy.trust, ports.policy, ports.firmware);
  Append(std::move(trust.diagnostics), loaded.diagnostics);
  loaded.trust = std::move(trust.value);
  return loaded;
}

}  // namespace extgate
