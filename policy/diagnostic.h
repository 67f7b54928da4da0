// What is wrong, or worth knowing, about a policy or a run: one value for a
// reader of text and for --json.
#ifndef EXTGATE_POLICY_DIAGNOSTIC_H_
#define EXTGATE_POLICY_DIAGNOSTIC_H_

#include <string>
#include <utility>
#include <vector>

#include "policy/words.h"

namespace extgate {

// A place in a policy source. line and column count from 1, columns in
// characters as an editor shows them; 0 means unknown.
struct SourceSpan {
  std::string path;  // as the user knows it: a path, or "kernel command line"
  int line = 0;
  int column = 0;
  // Of binary protobuf, which has no lines: extension_policy.rules[0].id.
  std::string field = {};
  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

// "path:line:column", "path:line", "path:field" or "path", by what is known.
std::string ToString(const SourceSpan& span);

// The place within its file, for a message: "line 3, column 5", or the field in
// backticks.
std::string PlaceInFile(const SourceSpan& span);

enum class Severity { kError, kWarning, kNote };

template <>
struct Words<Severity> {
  static constexpr char kNoun[] = "severity";
  static constexpr std::pair<Severity, const char*> kTable[] = {
      {Severity::kError, "error"},
      {Severity::kWarning, "warning"},
      {Severity::kNote, "note"},
  };
};

// The registry of diagnostic codes. Each has a test that fires it.
enum class DiagnosticCode {
  kYamlSyntax,       // not YAML; the first error of a file only
  kTextprotoSyntax,  // the same of the text format of protobuf
  kBinpbSyntax,      // and of its bytes
  kJsonSyntax,       // and of JSON
  kYamlAlias,        // anchors and aliases are refused
  kDuplicateKey,     // the same key twice in one mapping
  kUnknownKey,       // not a key of the policy language; help suggests one
  kUnknownValue,     // not one of the closed words; help lists them
  kWrongType,        // a list where a text is expected, and so on
  kMissingKey,       // a rule without id, match or verdict
  kDuplicateId,      // two rules of one source with one id
  kBadPattern,       // a glob or match value that cannot be read
  kBadDigest,        // root_hash, sha256 or fingerprint of a wrong form
  kBadImagePolicy,   // not a systemd.image-policy(7), or an open one by trap
  kBadVersion,       // `version` is not one that this program reads
  kBadTime,          // a date or time that cannot be read
  kBadCertificate,   // a PEM that does not parse
  kUnknownSet,       // a rule names a trust set that no source defines
  kFileUnreadable,   // a file named by the policy, or a source itself
  kNotAuthorised,    // a weaker source tried to loosen under a floor
  kPolicyInvalid,    // a source was left out because of its errors
  kPolicyStandIn,    // what a broken source last said stands in for it
  kStateUnkept,      // what should outlive this boot could not be written
  kNoPolicy,         // no source at all: the built-in default stands
  kEfiUntrusted,     // trust.efi asked for, Secure Boot off or in setup mode
  kNotEnforcedAtRuntime,  // the merged image has weaker protection than signed
  kShadowed,              // another image of the same name was taken instead
  kNoSpace,               // an image that did not fit was withheld
  kSystemdUnknown,        // the version of systemd could not be found out
  kEntryUnknown,          // the booted entry could not be found out
  kForeignEntry,          // somebody else's entry in a staging directory
  kVerityNeedsKernelKey,  // dm_verity.require_signatures is set
  kPolicyRequired,        // there is none, and the command line asks for one
  kLiveMedia,             // nothing is decided on them
  kBootNotFailed,         // to fail the boot would not help
  kRunningMode,           // what was set for this boot does not count
  kPolicyRejected,        // one that would fail the boot was not taken
  kMergedOver,            // policy was read through what is merged over it
  kNotStaged,             // a directory that cannot be copied was withheld
  kCopied,                // staging: link, and a link would not do
  kVersionsIgnored,       // a directory of versions, none of which is picked
  kLastSeen,              // the last time seen was left out, or not kept
  kNotMeasured,           // `measure` asks for it, and the TPM did not do it
  kExcused,               // an image that only permissive rules deny is staged
  kContent,               // an image carries what its rule only warns of
  kPutBack,               // a newer set could not be merged: this one is again
  // Of lint alone.
  kMatchesNothing,         // a rule, or a pattern of it, that takes no image
  kWeakImagePolicy,        // one whose `+` lets in more than meant
  kUsrNotEnforced,         // a systemd that mounts signed usr without dm-verity
  kNameOnlyAllow,          // a name alone relaxes the image policy
  kHiddenRule,             // a rule that another one makes void
  kLockOut,                // nothing is allowed, whatever the image
  kUntilOver,              // `until` is in the past
  kUntilSoon,              // or within two weeks
  kSignatureCheckDropped,  // one rule's images cost the others their check
  kEvadableDeny,           // by one changed byte, or another name
  kTrustBeyondDb,          // keys that others than the owner can add
  kKairosExtensions,       // a list where Kairos 4.3 wants a mapping
};

template <>
struct Words<DiagnosticCode> {
  static constexpr char kNoun[] = "diagnostic";
  static constexpr std::pair<DiagnosticCode, const char*> kTable[] = {
      {DiagnosticCode::kYamlSyntax, "yaml-syntax"},
      {DiagnosticCode::kTextprotoSyntax, "textproto-syntax"},
      {DiagnosticCode::kBinpbSyntax, "binpb-syntax"},
      {DiagnosticCode::kJsonSyntax, "json-syntax"},
      {DiagnosticCode::kYamlAlias, "yaml-alias"},
      {DiagnosticCode::kDuplicateKey, "duplicate-key"},
      {DiagnosticCode::kUnknownKey, "unknown-key"},
      {DiagnosticCode::kUnknownValue, "unknown-value"},
      {DiagnosticCode::kWrongType, "wrong-type"},
      {DiagnosticCode::kMissingKey, "missing-key"},
      {DiagnosticCode::kDuplicateId, "duplicate-id"},
      {DiagnosticCode::kBadPattern, "bad-pattern"},
      {DiagnosticCode::kBadDigest, "bad-digest"},
      {DiagnosticCode::kBadImagePolicy, "bad-image-policy"},
      {DiagnosticCode::kBadVersion, "bad-version"},
      {DiagnosticCode::kBadTime, "bad-time"},
      {DiagnosticCode::kBadCertificate, "bad-certificate"},
      {DiagnosticCode::kUnknownSet, "unknown-set"},
      {DiagnosticCode::kFileUnreadable, "file-unreadable"},
      {DiagnosticCode::kNotAuthorised, "not-authorised"},
      {DiagnosticCode::kPolicyInvalid, "policy-invalid"},
      {DiagnosticCode::kPolicyStandIn, "policy-stand-in"},
      {DiagnosticCode::kStateUnkept, "state-unkept"},
      {DiagnosticCode::kNoPolicy, "no-policy"},
      {DiagnosticCode::kEfiUntrusted, "efi-untrusted"},
      {DiagnosticCode::kNotEnforcedAtRuntime, "not-enforced-at-runtime"},
      {DiagnosticCode::kShadowed, "shadowed"},
      {DiagnosticCode::kNoSpace, "no-space"},
      {DiagnosticCode::kSystemdUnknown, "systemd-unknown"},
      {DiagnosticCode::kEntryUnknown, "entry-unknown"},
      {DiagnosticCode::kForeignEntry, "foreign-entry"},
      {DiagnosticCode::kVerityNeedsKernelKey, "verity-needs-kernel-key"},
      {DiagnosticCode::kPolicyRequired, "policy-required"},
      {DiagnosticCode::kLiveMedia, "live-media"},
      {DiagnosticCode::kBootNotFailed, "boot-not-failed"},
      {DiagnosticCode::kRunningMode, "running-mode"},
      {DiagnosticCode::kPolicyRejected, "policy-rejected"},
      {DiagnosticCode::kMergedOver, "merged-over"},
      {DiagnosticCode::kNotStaged, "not-staged"},
      {DiagnosticCode::kCopied, "copied"},
      {DiagnosticCode::kVersionsIgnored, "versions-ignored"},
      {DiagnosticCode::kLastSeen, "last-seen"},
      {DiagnosticCode::kNotMeasured, "not-measured"},
      {DiagnosticCode::kExcused, "excused"},
      {DiagnosticCode::kContent, "content"},
      {DiagnosticCode::kPutBack, "put-back"},
      {DiagnosticCode::kMatchesNothing, "matches-nothing"},
      {DiagnosticCode::kWeakImagePolicy, "weak-image-policy"},
      {DiagnosticCode::kUsrNotEnforced, "usr-not-enforced"},
      {DiagnosticCode::kNameOnlyAllow, "name-only-allow"},
      {DiagnosticCode::kHiddenRule, "hidden-rule"},
      {DiagnosticCode::kLockOut, "lock-out"},
      {DiagnosticCode::kUntilOver, "until-over"},
      {DiagnosticCode::kUntilSoon, "until-soon"},
      {DiagnosticCode::kSignatureCheckDropped, "signature-check-dropped"},
      {DiagnosticCode::kEvadableDeny, "evadable-deny"},
      {DiagnosticCode::kTrustBeyondDb, "trust-beyond-db"},
      {DiagnosticCode::kKairosExtensions, "kairos-extensions"},
  };
};

// What the code stands for, in a line without a full stop.
const char* Describe(DiagnosticCode code);

struct Diagnostic {
  DiagnosticCode code;
  Severity severity = Severity::kError;
  SourceSpan span;      // may be empty
  std::string message;  // lower case, no full stop, user input in backticks
  std::string help;     // what to write instead, or what to do; may be empty
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "path:line:column: error: message (code)" and, when there is help, a second
// line "  help: …". No trailing newline.
std::string ToString(const Diagnostic& diagnostic);

// True when one of them is an error.
bool HasErrors(const std::vector<Diagnostic>& diagnostics);

// A product and what was noticed on the way to it.
template <typename T>
struct WithDiagnostics {
  T value;
  std::vector<Diagnostic> diagnostics;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIAGNOSTIC_H_
