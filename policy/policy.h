// A policy as written: what one source said, or what all sources say together,
// with the place of everything that a later stage may have to complain about.
// Nothing is resolved here: a pattern is text, a PEM is text.
#ifndef EXTGATE_POLICY_POLICY_H_
#define EXTGATE_POLICY_POLICY_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/content.h"
#include "policy/diagnostic.h"
#include "policy/handling.h"
#include "policy/image_policy.h"
#include "policy/located.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {

// The newest version of the policy language that this program knows all of.
inline constexpr int kPolicyVersion = 1;

// trust.sets.NAME: certificates that only rules which name the set trust. At
// least one list is not empty. The lists append over sources.
struct TrustSet {
  SourceSpan span;                        // of its name
  std::vector<LocatedText> certificates;  // as in Trust
  std::vector<LocatedText> files;
  friend bool operator==(const TrustSet& a, const TrustSet& b) {
    return a.certificates == b.certificates && a.files == b.files;
  }
};

// trust: which certificates count. Every list appends over sources but `efi`.
struct Trust {
  std::optional<Located<std::vector<EfiList>>> efi;  // absent: [db]
  std::optional<Located<VerityD>> verity_d;          // absent: usr
  std::vector<LocatedText> certificates;  // PEM text; span of its first line
  std::vector<LocatedText> files;         // paths; the last part may be a glob
  std::map<std::string, TrustSet> sets;   // by name
  std::optional<Located<bool>> require_unexpired;  // absent: false
  std::vector<LocatedText> revoked;  // "sha256:HEX" or HEX, lower case hex
  friend bool operator==(const Trust&, const Trust&) = default;
};

// entries: which boot entries an image belongs to.
struct EntryMapping {
  LocatedText match;  // as in rules[].match.name
  std::vector<LocatedText> entries;
  friend bool operator==(const EntryMapping&, const EntryMapping&) = default;
};

// rules[].match; at least one list is not empty. Within a list any item, over
// the lists all of them.
struct RuleMatch {
  std::vector<LocatedText> names;  // globs, or "re:" and RE2's syntax
  // Bounds on what the one `*` of each of `names` matched.
  std::optional<LocatedText> version;
  std::vector<LocatedText> root_hashes;  // hex
  std::vector<LocatedText> sha256;       // hex
  // `signer` is both lists together; whether a set is defined, maybe by another
  // source, is not asked here.
  std::vector<LocatedText> signers;      // "sha256:HEX"
  std::vector<LocatedText> signer_sets;  // names of trust.sets
  std::vector<Located<ImageClass>> classes;
  std::vector<Located<Architecture>> architectures;
  std::vector<LocatedText> entries;
  friend bool operator==(const RuleMatch&, const RuleMatch&) = default;
};

// rules[].content: what the tree inside an image may be like; a requirement of
// an allow rule.
struct RuleContent {
  std::vector<LocatedText> deny;  // patterns on paths, see path_glob.h
  std::map<ContentKind, Located<ContentAction>> actions;  // absent: allow
  friend bool operator==(const RuleContent&, const RuleContent&) = default;
};

struct Rule {
  LocatedText id;
  RuleMatch match;
  Located<RuleVerdict> verdict;
  std::optional<Located<ImagePolicy>> image_policy;
  RuleContent content;
  // Of allow rules: a boot without an image that it allows is a violation.
  std::optional<Located<bool>> required;  // absent: false
  // What this rule denies is reported and excused, and no other rule's denial.
  std::optional<Located<RuleMode>> mode;
  std::optional<Located<UtcTime>> until;    // the first second without `mode`
  std::string reason;                       // free text for people
  Authority authority = Authority::kLocal;  // of the source that wrote it
  friend bool operator==(const Rule&, const Rule&) = default;
};

// The content of `extension_policy`. A scalar that was not written is nullopt;
// the accessors below name the built-in default.
struct Policy {
  // Of the text, not of what it means: a merged policy has neither.
  int version = kPolicyVersion;       // of the language; >= 1
  std::vector<LocatedText> critical;  // keys that a reader must know

  std::optional<Located<Mode>> mode;
  std::optional<Located<Mode>> mode_floor;
  std::optional<Located<OnViolation>> on_violation;
  std::optional<Located<Unmergeable>> unmergeable;
  std::optional<Located<ImagePolicy>> image_policy;
  std::optional<Located<RuleVerdict>> default_verdict;  // key `default`
  std::optional<Located<Staging>> staging;
  std::vector<LocatedText> sources;  // directories to take images from too
  MergeSettings merge;
  FailBoot fail_boot;
  std::optional<Located<MeasureTarget>> measure;  // absent: nothing is
  Trust trust;
  std::vector<EntryMapping> entries;
  std::vector<Rule> rules;

  Mode ModeOrDefault() const;                // permissive
  OnViolation OnViolationOrDefault() const;  // skip
  Unmergeable UnmergeableOrDefault() const;  // withhold
  ImagePolicy ImagePolicyOrDefault() const;  // kStrictImagePolicy
  RuleVerdict DefaultOrDefault() const;      // allow
  Staging StagingOrDefault() const;          // auto
  TimeSpan MergeTimeoutOrDefault() const;    // 90 s
  std::vector<std::string> FailableEntriesOrDefault() const;  // [active]
  FailWhen FailWhenOrDefault() const;                         // now
  FailFallback FailFallbackOrDefault() const;                 // withhold

  friend bool operator==(const Policy&, const Policy&) = default;
};

// One source: who speaks, from where, and what was said.
struct PolicySource {
  std::string path;
  Authority authority = Authority::kLocal;
  Policy policy;
  // What it said before it was broken, kept where others may write.
  bool stand_in = false;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_POLICY_H_
