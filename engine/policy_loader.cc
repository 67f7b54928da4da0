// One way in: LoadPolicy.
#include "engine/policy_loader.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/inline_certificates.h"
#include "engine/last_seen.h"
#include "engine/trust_binding.h"
#include "policy/command_line.h"
#include "policy/policy_merge.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"
#include "policy/running_mode.h"
#include "policy/spelling.h"

namespace extgate {
namespace {

constexpr char kVendorTree[] = "/usr/lib/extgate/";

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

Diagnostic StandsIn(const std::string& path, Authority authority) {
  const bool tightens = authority != Authority::kLocal;
  return {DiagnosticCode::kPolicyStandIn,
          Severity::kWarning,
          {path, 0, 0},
          absl::StrCat("what `", path,
                       "` said when it last was good stands in for it"),
          tightens ? "only as far as it tightens, for it was kept where others "
                     "may write"
                   : "mend the source, or remove it to let go of what it said"};
}

// The sources of one run, in the making.
class SourceReader {
 public:
  SourceReader(const Ports& ports, LoadedPolicy& loaded)
      : keeps_(!ports.policy.ReplacesDiscovery()),
        last_good_(ports.state),
        loaded_(loaded) {}

  // What is wrong goes to the loaded policy.
  void Add(PolicyText text) {
    if (text.unreadable) return StandIn(text);
    WithDiagnostics<std::optional<Policy>> read = Read(text.text, text);
    const bool broken = HasErrors(read.diagnostics);
    Append(std::move(read.diagnostics), loaded_.diagnostics);
    if (broken) {
      loaded_.invalid = true;
      loaded_.diagnostics.push_back(LeftOut(text.path));
      return StandIn(text);
    }
    if (!read.value.has_value()) return;
    loaded_.sources.push_back({text.path, text.authority});
    sources_.push_back({text.path, text.authority, *std::move(read.value)});
    if (keeps_) loaded_.good_texts[text.path] = std::move(text.text);
  }

  std::vector<PolicySource> Take() { return std::move(sources_); }

 private:
  // Compiled alone too, and its certificates read, so that a bad pattern or PEM
  // drops its own source only.
  static WithDiagnostics<std::optional<Policy>> Read(const std::string& bytes,
                                                     const PolicyText& text) {
    auto read = ReadPolicyText(bytes, text.path, text.kind);
    if (read.value.has_value()) {
      Append(CompilePolicy(*read.value, std::nullopt).diagnostics,
             read.diagnostics);
      Append(FindBadInlineCertificates(read.value->trust, bytes),
             read.diagnostics);
    }
    return read;
  }

  void StandIn(const PolicyText& text) {
    if (!keeps_) return;
    loaded_.broken_paths.insert(text.path);
    const std::string* const kept = last_good_.Find(text.path);
    if (kept == nullptr) return;
    auto read = Read(*kept, text);
    if (!read.value.has_value() || HasErrors(read.diagnostics)) return;
    loaded_.diagnostics.push_back(StandsIn(text.path, text.authority));
    loaded_.sources.push_back({text.path, Authority::kLocal});
    sources_.push_back(
        {text.path, text.authority, *std::move(read.value), true});
  }

  const bool keeps_;
  LastGoodPolicy last_good_;
  LoadedPolicy& loaded_;
  std::vector<PolicySource> sources_;
};

std::string DigestOf(absl::string_view text) {
  StreamDigest digest;
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

// Whoever can write to the command line names any file; only what lies in the
// vendor's tree has nobody else written. `..` might lead out of it.
bool LiesInVendorTree(absl::string_view path) {
  return absl::StartsWith(path, kVendorTree) &&
         !absl::StrContains(path, "/../") && !absl::EndsWith(path, "/..");
}

// The source that `extgate.policy=` names. One that is there and cannot be read
// is stood in for as any other.
void ReadNamedSource(const LocatedText& path, const Ports& ports,
                     SourceReader& reader, LoadedPolicy& loaded) {
  const Authority authority = LiesInVendorTree(path.value)
                                  ? ports.host.CommandLineAuthority()
                                  : Authority::kLocal;
  auto text = ports.policy.PolicyAt(path.value, authority);
  if (text.ok()) return reader.Add(*std::move(text));
  loaded.invalid = true;
  loaded.diagnostics.push_back(
      {DiagnosticCode::kFileUnreadable, Severity::kError, path.span,
       absl::StrCat("`extgate.policy`: ", text.status().message()),
       "the other sources stand"});
  if (absl::IsNotFound(text.status())) return;
  PolicyText unreadable;
  unreadable.path = path.value;
  unreadable.authority = authority;
  unreadable.unreadable = true;
  reader.Add(std::move(unreadable));
}

// What the command line says of modes, besides the policy files.
void ReadModes(const CommandLine& words, HostPort& host,
               std::vector<PolicySource>& sources, LoadedPolicy& loaded) {
  if (!(words.policy == Policy())) {
    const Authority authority = host.CommandLineAuthority();
    loaded.sources.push_back({kCommandLinePath, authority});
    sources.push_back({kCommandLinePath, authority, words.policy});
  }
}

Diagnostic OfRunningMode(Severity severity, absl::string_view what) {
  return {DiagnosticCode::kRunningMode,
          severity,
          {kRunningModePath, 0, 0},
          absl::StrCat("the running mode does not count: ", what),
          "`extgate mode` shows and sets it, `extgate mode --reset` takes it "
          "away"};
}

// What somebody set for this boot, with the last word of what is local.
void ReadRunningMode(const Ports& ports, std::vector<PolicySource>& sources,
                     LoadedPolicy& loaded) {
  const auto text = ports.policy.RunningModeText();
  if (absl::IsNotFound(text.status())) return;
  const auto running = text.ok() ? RunningModeFromText(*text)
                                 : absl::StatusOr<RunningMode>(text.status());
  if (!running.ok()) {
    loaded.diagnostics.push_back(
        OfRunningMode(Severity::kWarning, running.status().message()));
    return;
  }
  if (running->boot_id != ports.host.BootId()) {
    loaded.diagnostics.push_back(
        OfRunningMode(Severity::kNote, "it was set in another boot"));
    return;
  }
  if (running->until.has_value() && running->IsOver(DateNow(ports))) {
    loaded.diagnostics.push_back(OfRunningMode(
        Severity::kNote,
        absl::StrCat("it was to end at ", running->until->ToString())));
    return;
  }
  Policy policy;
  policy.mode = Located<Mode>{running->mode, {kRunningModePath, 1, 1}};
  loaded.sources.push_back({kRunningModePath, Authority::kLocal});
  sources.push_back({kRunningModePath, Authority::kLocal, std::move(policy)});
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

// The sets that rules name and no source defines. Allow rules have nobody in
// them; deny rules take whom they could mean, see CompiledRule::sets_in_doubt.
std::vector<Diagnostic> UnknownSets(const Policy& policy) {
  std::vector<absl::string_view> known;
  for (const auto& [name, set] : policy.trust.sets) known.push_back(name);
  std::vector<Diagnostic> found;
  for (const Rule& rule : policy.rules) {
    for (const LocatedText& name : rule.match.signer_sets) {
      if (policy.trust.sets.contains(name.value)) continue;
      const std::string meant = Closest(name.value, known);
      found.push_back(
          {DiagnosticCode::kUnknownSet, Severity::kError, name.span,
           absl::StrCat("no source defines the trust set `", name.value, "`"),
           meant.empty() ? "define it in `trust.sets`, in this source or "
                           "another, or name another signer"
                         : absl::StrCat("did you mean `", meant, "`?")});
    }
  }
  return found;
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
  closed.fail_when = merged.policy.FailWhenOrDefault();
  closed.fail_fallback = merged.policy.FailFallbackOrDefault();
  closed.failable_entries = merged.policy.FailableEntriesOrDefault();
  closed.merge_timeout = merged.policy.MergeTimeoutOrDefault();
  closed.staging = merged.policy.StagingOrDefault();
  closed.default_verdict = RuleVerdict::kDeny;
  return closed;
}

}  // namespace

LoadedPolicy LoadPolicy(const Ports& ports) {
  LoadedPolicy loaded;
  SourceReader reader(ports, loaded);
  auto texts = ports.policy.PolicyTexts();
  loaded.invalid = HasErrors(texts.diagnostics);
  Append(std::move(texts.diagnostics), loaded.diagnostics);
  for (PolicyText& text : texts.value) reader.Add(std::move(text));
  // A bad word on the command line drops only itself.
  CommandLine words;
  if (!ports.policy.ReplacesDiscovery()) {
    auto read = ReadCommandLine(ports.host.CommandLine());
    loaded.invalid |= HasErrors(read.diagnostics);
    Append(std::move(read.diagnostics), loaded.diagnostics);
    words = std::move(read.value);
  }
  if (words.policy_path.has_value()) {
    ReadNamedSource(*words.policy_path, ports, reader, loaded);
  }
  std::vector<PolicySource> sources = reader.Take();
  const bool found = !loaded.sources.empty();
  const bool required = words.policy_required;
  ReadModes(words, ports.host, sources, loaded);
  // Without the policy that is required there is nothing to toggle.
  if (!ports.policy.ReplacesDiscovery() && (found || !required)) {
    ReadRunningMode(ports, sources, loaded);
  }

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
  std::vector<Diagnostic> unknown = UnknownSets(merged.value.policy);
  loaded.invalid |= HasErrors(unknown);
  Append(std::move(unknown), loaded.diagnostics);
  auto trust =
      BindTrust(merged.value.policy.trust, ports.policy, ports.firmware);
  Append(std::move(trust.diagnostics), loaded.diagnostics);
  loaded.trust = std::move(trust.value);
  DoubtSets(loaded.trust.DoubtedSets(), loaded.policy);
  loaded.written = std::move(merged.value.policy);
  if (sources.size() == 1) {
    loaded.written.version = sources[0].policy.version;
    loaded.written.critical = std::move(sources[0].policy.critical);
  }
  return loaded;
}

}  // namespace extgate
