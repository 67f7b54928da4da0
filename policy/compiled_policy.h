// Policy to the form that evaluation uses: validated, immutable, flat.
#ifndef EXTGATE_POLICY_COMPILED_POLICY_H_
#define EXTGATE_POLICY_COMPILED_POLICY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "policy/content.h"
#include "policy/diagnostic.h"
#include "policy/handling.h"
#include "policy/hex_bytes.h"
#include "policy/hierarchies.h"
#include "policy/image_policy.h"
#include "policy/name_pattern.h"
#include "policy/path_glob.h"
#include "policy/policy.h"
#include "policy/rule_index.h"
#include "policy/utc_time.h"
#include "policy/values.h"
#include "policy/version_range.h"
#include "policy/words.h"

namespace extgate {

// How specific an allow rule is; the most specific class that selects an image
// decides. Ordered from most to least specific.
enum class Specificity {
  kContent,  // root_hash or sha256, with or without others
  kSignerAndName,
  kSigner,
  kName,
  kAttributes,  // class, architecture, entries only
};

template <>
struct Words<Specificity> {
  static constexpr char kNoun[] = "specificity";
  static constexpr std::pair<Specificity, const char*> kTable[] = {
      {Specificity::kContent, "content"},
      {Specificity::kSignerAndName, "signer-and-name"},
      {Specificity::kSigner, "signer"},
      {Specificity::kName, "name"},
      {Specificity::kAttributes, "attributes"},
  };
};

Specificity SpecificityOf(const RuleMatch& match);

// What an allow rule requires of the tree inside an image.
struct CompiledContent {
  std::vector<PathGlob> deny;
  std::map<ContentKind, ContentAction> actions;  // warn and deny alone
};

// An empty list is no condition. `required`, `permissive` and `until` are what
// the rule says, for who reads decisions; nothing here is about the time it is.
struct CompiledRule {
  std::string id;
  SourceSpan span;
  RuleVerdict verdict = RuleVerdict::kAllow;
  Specificity specificity = Specificity::kAttributes;
  // The conditions lie together, the one name of most rules among them: with
  // many rules they are all that a decision touches.
  absl::InlinedVector<NamePattern, 1> names;
  std::vector<RootHash> root_hashes;
  std::vector<FileDigest> sha256;
  // Any of `signers` or of the certificates of `signer_sets`. The sets are
  // names alone: which of them a signer is in, its standing says.
  std::vector<Fingerprint> signers;
  std::vector<std::string> signer_sets;
  // One of `signer_sets` is not defined, or not known in full: anybody may be
  // meant by it. A deny rule holds for every signed image then.
  bool sets_in_doubt = false;
  std::vector<ImageClass> classes;
  std::vector<Architecture> architectures;
  std::vector<std::string> entries;
  // Set: each of `names` is a glob with one `*`.
  std::optional<VersionRange> version;
  std::optional<ImagePolicy> image_policy;
  std::optional<CompiledContent> content;  // nullopt: nothing is asked
  bool required = false;
  bool permissive = false;       // the rule's own mode
  std::optional<UtcTime> until;  // the first second that it is not
  std::string reason;
};

struct CompiledEntryMapping {
  NamePattern match;
  std::vector<std::string> entries;
};

// Thread-safe once built. What absent means was decided when it was compiled.
struct CompiledPolicy {
  Mode mode = Mode::kPermissive;
  std::optional<Mode> floor;
  OnViolation on_violation = OnViolation::kSkip;
  Unmergeable unmergeable = Unmergeable::kWithhold;
  ImagePolicy image_policy = ImagePolicy::Strict();
  RuleVerdict default_verdict = RuleVerdict::kAllow;
  bool require_unexpired = false;  // of signers

  // How the machine goes about decisions; plain values, of which evaluation
  // looks at merge_hierarchies alone.
  Staging staging = Staging::kAuto;
  std::vector<std::string> sources;  // directories
  TimeSpan merge_timeout = kDefaultMergeTimeout;
  std::optional<std::vector<std::string>> merge_hierarchies;  // of sysext
  std::vector<std::string> failable_entries = {"active"};
  FailWhen fail_when = FailWhen::kNow;
  FailFallback fail_fallback = FailFallback::kWithhold;
  std::optional<MeasureTarget> measure;

  std::vector<CompiledEntryMapping> entries;
  std::vector<CompiledRule> rules;       // in source order
  std::vector<uint32_t> required_rules;  // which of `rules` are `required`
  RuleIndex index;                       // of `rules`

  // True when a rule asks for the digest of the whole file.
  bool needs_file_digest = false;
  // True when a rule asks what the tree of names inside an image is like.
  bool needs_tree = false;
  // True when a rule asks how that tree meets the host's.
  bool needs_host_tree = false;

  // What is merged where the host by itself has `of_host`.
  Hierarchies HierarchiesOr(Hierarchies of_host) const;
};

// Compiles. With an error among the diagnostics the value is nullopt and every
// problem is listed: bad-pattern (a `version` without names of one `*` too),
// bad-digest, and missing-key for a rule without any condition. The mode is at
// least `floor`.
WithDiagnostics<std::optional<CompiledPolicy>> CompilePolicy(
    const Policy& policy, std::optional<Mode> floor);

// Marks the rules that name a set which is not known in full: of these, a
// certificate could not be read.
void DoubtSets(const std::set<std::string>& names, CompiledPolicy& policy);

// A table of the compiled rules against their source, for people and goldens:
// a line of what holds for all, one of how the machine goes about it, one line
// a mapping of entries, one line a rule.
std::string Dump(const CompiledPolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_COMPILED_POLICY_H_
