// One way in: LoadPolicy.
#include "engine/policy_loader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/trust_binding.h"
#include "policy/command_line.h"
#include "policy/policy_merge.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

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
  StreamDigest digest;
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

// What the command line says, besides the policy files. A bad word on it drops
// only itself.
bool ReadWords(HostPort& host, std::vector<PolicySource>& sources,
               LoadedPolicy& loaded) {
  auto words = ReadCommandLine(host.CommandLine());
  loaded.invalid |= HasErrors(words.diagnostics);
  Append(std::move(words.diagnostics), loaded.diagnostics);
  if (!(words.value.policy == Policy())) {
    const Authority authority = host.CommandLineAuthority();
    loaded.sources.push_back({kCommandLinePath, authority});
    sources.push_back(
        {kCommandLinePath, authority, std::move(words.value.policy)});
  }
  return words.value.policy_required;
}

// Without the policy that is required, nothing is allowed; disabled stays
// disabled, as whoever wrote that on the command line wants it.
void CloseForWantOfPolicy(LoadedPolicy& loaded) {
  loaded.diagnostics.push_back(
      {DiagnosticCode::kPolicyRequired,
       Severity::kError,
       {kCommandLinePath, 0, 0},
       "extgate.policy_required is set and no policy was found: nothing is "
       "allowed",
       "bring back the policy (/oem, /etc/extgate/policy.d, "
       "/usr/lib/extgate/policy.d), or boot without that word"});
  loaded.policy.default_verdict = RuleVerdict::kDeny;
  if (loaded.policy.mode == Mode::kPermissive) {
    loaded.policy.mode = Mode::kEnforcing;
  }
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
  const bool found = !loaded.sources.empty();
  const bool required = !ports.policy.ReplacesDiscovery() &&
                        ReadWords(ports.host, sources, loaded);

  auto merged = MergePolicies(sources);
  Append(std::move(merged.diagnostics), loaded.diagnostics);
  if (loaded.sources.empty() && !required) {
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
  if (required && !found) CloseForWantOfPolicy(loaded);
  auto trust =
      BindTrust(merged.value.policy.trust, ports.policy, ports.firmware);
  Append(std::move(trust.diagnostics), loaded.diagnostics);
  loaded.trust = std::move(trust.value);
  return loaded;
}

}  // namespace extgate
