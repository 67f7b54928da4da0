// Ways in: PolicyTrial::Load and Trial. LoadPolicy asks this class as if it
// were the machine.
#include "engine/remedy/policy_trial.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/last_seen.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"
#include "policy/running_mode.h"

namespace extgate {
namespace {

constexpr char kVendorDirectory[] = "/usr/lib/extgate/policy.d/";
constexpr char kLocalDirectory[] = "/etc/extgate/policy.d/";

const char* DirectoryFor(Authority authority) {
  return authority == Authority::kLocal ? kLocalDirectory : kVendorDirectory;
}

// Before which of `texts` a file at `path` would be read: directories are read
// one after the other, the vendor's first, then the local one, each by name.
std::vector<PolicyText>::iterator PlaceFor(const NewSource& added,
                                           std::vector<PolicyText>& texts) {
  return std::find_if(texts.begin(), texts.end(), [&](const PolicyText& text) {
    if (added.authority != text.authority) {
      return added.authority < text.authority;
    }
    return text.kind == SourceKind::kCloudConfig ||
           (absl::StartsWith(text.path, DirectoryFor(added.authority)) &&
            text.path > added.path);
  });
}

// `policy` with the edit made in it; false when it has no such rule.
bool ChangeRule(const RuleEdit& edit, Policy& policy) {
  const auto rule = std::find_if(
      policy.rules.begin(), policy.rules.end(),
      [&](const Rule& other) { return other.id.value == edit.id; });
  if (rule == policy.rules.end()) return false;
  if (edit.rule.has_value()) {
    *rule = *edit.rule;
  } else {
    policy.rules.erase(rule);
  }
  return true;
}

// What a trial would not get at any more: the running mode, where it counts.
absl::StatusOr<std::string> RunningModeNow(const Ports& ports) {
  const auto text = ports.policy.RunningModeText();
  if (!text.ok()) return text;
  auto running = RunningModeFromText(*text);
  if (!running.ok()) return text;
  if (running->until.has_value() && running->IsOver(DateNow(ports))) {
    return absl::NotFoundError("it is over");
  }
  running->until.reset();
  return RunningModeToText(*running);
}

}  // namespace

PolicyTrial::PolicyTrial(const Ports& ports)
    : ports_(ports),
      texts_(ports.policy.PolicyTexts()),
      replaces_discovery_(ports.policy.ReplacesDiscovery()),
      running_mode_(RunningModeNow(ports)),
      boot_id_(ports.host.BootId()),
      command_line_(ports.host.CommandLine()),
      command_line_authority_(ports.host.CommandLineAuthority()) {
  for (const PolicyText& text : texts_.value) {
    auto read = ReadPolicyText(text.text, text.path, text.kind);
    if (!read.value.has_value()) continue;
    sources_.push_back({text.path, text.authority, *std::move(read.value)});
  }
}

LoadedPolicy PolicyTrial::LoadTexts(std::vector<PolicyText> texts) {
  tried_ = std::move(texts);
  for (const PolicyText& text : tried_) bytes_read_ += text.text.size();
  return LoadPolicy({*this, *this, *this, ports_.images, ports_.staging,
                     ports_.confinement, ports_.state});
}

const LoadedPolicy& PolicyTrial::Load() {
  if (!in_force_.has_value()) in_force_ = LoadTexts(texts_.value);
  return *in_force_;
}

std::optional<std::vector<PolicyText>> PolicyTrial::Changed(
    const std::vector<Edit>& edits, const NewSource& added) const {
  std::vector<PolicyText> texts = texts_.value;
  bool any = false;
  for (PolicyText& text : texts) {
    for (const PolicySource& source : sources_) {
      if (source.path != text.path) continue;
      Policy policy = source.policy;
      bool changed = false;
      for (const Edit& edit : edits) {
        changed |= edit.rule.has_value() && edit.rule->span.path == text.path &&
                   ChangeRule(*edit.rule, policy);
      }
      if (changed) {
        text.text = CanonicalText(policy);
        if (text.kind != SourceKind::kCloudConfig) {
          text.kind = SourceKind::kPolicyFile;
        }
      }
      any |= changed;
    }
  }
  if (!added.text.empty()) {
    texts.insert(PlaceFor(added, texts), {added.path, added.authority,
                                          SourceKind::kPolicyFile, added.text});
    any = true;
  }
  if (!any) return std::nullopt;
  return texts;
}

const LoadedPolicy& PolicyTrial::Trial(const std::vector<Edit>& edits,
                                       const NewSource& added) {
  auto texts = Changed(edits, added);
  if (!texts.has_value()) return Load();
  on_trial_ = LoadTexts(*std::move(texts));
  return *on_trial_;
}

WithDiagnostics<std::vector<PolicyText>> PolicyTrial::PolicyTexts() {
  return {tried_, texts_.diagnostics};
}

bool PolicyTrial::ReplacesDiscovery() { return replaces_discovery_; }

PolicyTrial::Certificates PolicyTrial::VerityDirectory(VerityD which) {
  auto known = verity_directories_.find(which);
  if (known == verity_directories_.end()) {
    known =
        verity_directories_.emplace(which, ports_.policy.VerityDirectory(which))
            .first;
  }
  return known->second;
}

PolicyTrial::Certificates PolicyTrial::TrustFiles(absl::string_view pattern,
                                                  const SourceSpan& span) {
  auto known = trust_files_.find(std::string(pattern));
  if (known == trust_files_.end()) {
    known = trust_files_
                .emplace(std::string(pattern),
                         ports_.policy.TrustFiles(pattern, span))
                .first;
  }
  return known->second;
}

bool PolicyTrial::SecureBootEnforced() {
  if (!secure_boot_.has_value()) {
    secure_boot_ = ports_.firmware.SecureBootEnforced();
  }
  return *secure_boot_;
}

absl::StatusOr<std::string> PolicyTrial::Variable(absl::string_view name) {
  auto known = variables_.find(std::string(name));
  if (known == variables_.end()) {
    known =
        variables_.emplace(std::string(name), ports_.firmware.Variable(name))
            .first;
  }
  return known->second;
}

std::string PathForNew(const std::vector<PolicySource>& sources,
                       Authority authority, absl::string_view name) {
  std::string stem = absl::StrCat(DirectoryFor(authority), "90-");
  for (const char c : name.substr(0, 64)) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                       c == '.' || c == '-';
    stem.push_back(plain ? c : '-');
  }
  std::string path = absl::StrCat(stem, ".yaml");
  const auto taken = [&] {
    return std::any_of(
        sources.begin(), sources.end(),
        [&](const PolicySource& source) { return source.path == path; });
  };
  for (int i = 2; taken(); ++i) path = absl::StrCat(stem, "-", i, ".yaml");
  return path;
}

}  // namespace extgate
