// Image policies that let in more than their authors may think, and systemd's
// that enforce less than they say. Ways in: FindWeakImagePolicies and
// FindUsrNotEnforced.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/document.h"
#include "policy/lint/checks.h"
#include "policy/lint/image_example.h"

namespace extgate {
namespace {

constexpr Designator kData[] = {Designator::kRoot, Designator::kUsr};
constexpr PartitionFlags kEncryptions =
    kFlagEncrypted | kFlagEncryptedWithIntegrity;

// An image policy that was written, and by whom.
struct Written {
  const Located<ImagePolicy>* image_policy;
  std::string called;
};

std::vector<Written> AllWritten(const Policy& policy) {
  std::vector<Written> written;
  if (policy.image_policy.has_value()) {
    written.push_back({&*policy.image_policy, "the policy"});
  }
  for (const Rule& rule : policy.rules) {
    // One that denies asks for no protection.
    if (rule.verdict.value != RuleVerdict::kAllow) continue;
    if (!rule.image_policy.has_value()) continue;
    written.push_back(
        {&*rule.image_policy, absl::StrCat("the rule ", Quote(rule.id.value))});
  }
  return written;
}

// Of the use flags of a data partition those that are weaker than the strongest
// one; 0 where its author did not ask for protection.
PartitionFlags WeakerFlags(PartitionFlags flags) {
  if ((flags & kFlagSigned) != 0) {
    return flags & (kFlagVerity | kEncryptions | kFlagUnprotected);
  }
  if ((flags & kFlagVerity) != 0) {
    return flags & (kEncryptions | kFlagUnprotected);
  }
  return 0;
}

// An image for each weaker way in that extgate takes.
std::vector<std::string> Examples(const ImagePolicy& policy, Designator data,
                                  const SystemdRange& versions) {
  const bool wants_signature =
      (policy.FlagsFor(TripleOf(data).data) & kFlagSigned) != 0;
  std::vector<std::string> examples;
  for (LeastProtection weaker :
       {LeastProtection::kUnprotected, LeastProtection::kUnsignedTree,
        LeastProtection::kUntrustedSigner}) {
    // Whoever is content with a hash tree does not mind its signature.
    if (!wants_signature && weaker != LeastProtection::kUnprotected) continue;
    if (!Admits(policy, data, weaker)) continue;
    const DataState state = StateOf(policy, data, weaker);
    examples.push_back(
        absl::StrCat(ImageText(data, state), " (by itself merged by ",
                     AcceptedBy(policy, data, state, versions), ")"));
  }
  return examples;
}

// `policy` without what is weaker.
ImagePolicy Strengthened(const ImagePolicy& policy) {
  ImagePolicy::Rules rules = policy.rules();
  for (Designator data : kData) {
    const PartitionDesignator designator = TripleOf(data).data;
    const PartitionFlags flags = policy.FlagsFor(designator);
    const PartitionFlags weaker = WeakerFlags(flags);
    if (weaker == 0) continue;
    rules[designator] = ReducedFlags(flags & ~(weaker | kFlagUnused));
  }
  return ImagePolicy(std::move(rules), policy.default_flags());
}

// The versions that mount a `usr` of that state as it is; all below one.
SystemdRange Unenforcing(const ImagePolicy& policy, const DataState& state,
                         const SystemdRange& among) {
  SystemdRange weak = {0, 0};
  for (int version = among.first; version <= among.last; ++version) {
    if (FateOfData(policy, Designator::kUsr, state,
                   {version, Systemd::SignatureChecks::kOn}) !=
        Fate::kUnprotected) {
      continue;
    }
    if (weak.first == 0) weak.first = version;
    weak.last = version;
  }
  return weak;
}

}  // namespace

std::vector<Finding> FindWeakImagePolicies(const LintSubject& subject) {
  std::vector<Finding> findings;
  for (const Written& written : AllWritten(subject.policy)) {
    const ImagePolicy& policy = written.image_policy->value;
    for (Designator data : kData) {
      const PartitionFlags flags = policy.FlagsFor(TripleOf(data).data);
      const PartitionFlags weaker = WeakerFlags(flags);
      const std::vector<std::string> examples =
          Examples(policy, data, subject.versions);
      if (weaker == 0 || examples.empty()) continue;
      findings.push_back(
          {{DiagnosticCode::kWeakImagePolicy, Severity::kWarning,
            written.image_policy->span,
            absl::StrCat(written.called, " asks for `",
                         (flags & kFlagSigned) != 0 ? "signed" : "verity",
                         "` of `", ToWord(data), "` and is content with `",
                         FlagsToString(weaker), "`, since `+` means or"),
            absl::StrCat("write `", Strengthened(policy).ToString(),
                         "`, or leave the stronger word out to say what is "
                         "meant")},
           absl::StrJoin(examples, "; ")});
      break;  // of the other partition it is the same mistake
    }
  }
  return findings;
}

std::vector<Finding> FindUsrNotEnforced(const LintSubject& subject) {
  const bool one_version = subject.versions.first == subject.versions.last;
  std::vector<Written> all = AllWritten(subject.policy);
  const Located<ImagePolicy> default_policy = {ImagePolicy::Strict(), {}};
  // What nobody wrote is only worth a word where it matters.
  if (!subject.policy.image_policy.has_value() && one_version) {
    all.insert(all.begin(), {&default_policy, "the built-in image policy"});
  }
  std::vector<Finding> findings;
  for (const Written& written : all) {
    const ImagePolicy& policy = written.image_policy->value;
    const PartitionFlags flags = policy.FlagsFor(PartitionDesignator::kUsr);
    if ((flags & (kFlagSigned | kFlagVerity)) == 0 ||
        (flags & kFlagUnprotected) != 0) {
      continue;
    }
    const DataState state =
        StateOf(policy, Designator::kUsr, LeastProtection::kSigned);
    const SystemdRange weak = Unenforcing(policy, state, subject.versions);
    if (weak.first == 0) continue;
    findings.push_back(
        {{DiagnosticCode::kUsrNotEnforced,
          one_version ? Severity::kWarning : Severity::kNote,
          written.image_policy->span,
          absl::StrCat(written.called,
                       " lets in images whose only data partition is `usr`: "
                       "systemd ",
                       ToString(weak), " mounts them without dm-verity"),
          "build such images with a `root` partition, or say "
          "`usr=absent` where machines have such a systemd; extgate itself "
          "verifies what it stages in any case"},
         ImageText(Designator::kUsr, state)});
  }
  return findings;
}

}  // namespace extgate
