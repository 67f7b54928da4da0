// What each code of the registry is, in a line. One way in: Describe.
#include "policy/diagnostic.h"

namespace extgate {

const char* Describe(DiagnosticCode code) {
  switch (code) {
    case DiagnosticCode::kYamlSyntax:
      return "not YAML, or more of it than is read; the first error of a file";
    case DiagnosticCode::kTextprotoSyntax:
      return "not protobuf's text format; the first error of a file";
    case DiagnosticCode::kBinpbSyntax:
      return "not the bytes of a policy in protobuf";
    case DiagnosticCode::kJsonSyntax:
      return "not JSON; the first error of a file";
    case DiagnosticCode::kYamlAlias:
      return "anchors, aliases and merge keys are refused";
    case DiagnosticCode::kDuplicateKey:
      return "the same key twice in one mapping";
    case DiagnosticCode::kUnknownKey:
      return "not a key of the policy language, or not in force yet";
    case DiagnosticCode::kUnknownValue:
      return "not one of the closed words";
    case DiagnosticCode::kWrongType:
      return "a list where a text is expected, and so on";
    case DiagnosticCode::kMissingKey:
      return "something without which a rule or a mapping says nothing";
    case DiagnosticCode::kDuplicateId:
      return "two rules of one source with one id";
    case DiagnosticCode::kBadPattern:
      return "a glob, expression, version or path that cannot be read";
    case DiagnosticCode::kBadDigest:
      return "a hash or fingerprint of a wrong form";
    case DiagnosticCode::kBadImagePolicy:
      return "no text of systemd.image-policy(7), or one that means everything "
             "by accident";
    case DiagnosticCode::kBadVersion:
      return "a `version` of the language that is none";
    case DiagnosticCode::kBadTime:
      return "a date or time that cannot be read";
    case DiagnosticCode::kBadCertificate:
      return "a PEM that does not parse";
    case DiagnosticCode::kUnknownSet:
      return "a rule names a trust set that no source defines";
    case DiagnosticCode::kFileUnreadable:
      return "a source, or a file that the policy names, that cannot be read";
    case DiagnosticCode::kNotAuthorised:
      return "a local source tried to loosen under a floor, or to set one; "
             "ignored";
    case DiagnosticCode::kPolicyInvalid:
      return "a source was left out because of its errors";
    case DiagnosticCode::kPolicyStandIn:
      return "what a broken source said when it last was good stands in for it";
    case DiagnosticCode::kStateUnkept:
      return "what should outlive this boot could not be written";
    case DiagnosticCode::kNoPolicy:
      return "there is no source: the built-in default stands";
    case DiagnosticCode::kEfiUntrusted:
      return "`trust.efi` while Secure Boot is off or in setup mode";
    case DiagnosticCode::kNotEnforcedAtRuntime:
      return "a merged image is protected less than by its signature";
    case DiagnosticCode::kShadowed:
      return "another image of the same name was taken instead";
    case DiagnosticCode::kNoSpace:
      return "an image that did not fit was withheld";
    case DiagnosticCode::kSystemdUnknown:
      return "the version of systemd could not be found out";
    case DiagnosticCode::kEntryUnknown:
      return "the booted entry could not be found out";
    case DiagnosticCode::kForeignEntry:
      return "somebody else's entry in a staging directory";
    case DiagnosticCode::kVerityNeedsKernelKey:
      return "`dm_verity.require_signatures` is set, and the kernel has not "
             "the key";
    case DiagnosticCode::kLastSeen:
      return "the last time seen counts as now, was left out, or not kept";
    case DiagnosticCode::kPolicyRequired:
      return "there is no policy, and the command line asks for one";
    case DiagnosticCode::kLiveMedia:
      return "nothing is decided on live media";
    case DiagnosticCode::kBootNotFailed:
      return "`on_violation: fail-boot`, and to fail this boot would not help";
    case DiagnosticCode::kRunningMode:
      return "what `extgate mode` set is over, or cannot be read";
    case DiagnosticCode::kPolicyRejected:
      return "a new policy would fail this boot: that of the last good boot "
             "holds";
    case DiagnosticCode::kMergedOver:
      return "policy was read through what is merged over it";
    case DiagnosticCode::kNotStaged:
      return "a plain directory that cannot be copied was withheld";
    case DiagnosticCode::kCopied:
      return "`staging: link` is asked for, and a link would not do";
    case DiagnosticCode::kVersionsIgnored:
      return "a directory of versions, none of which is picked";
    case DiagnosticCode::kNotMeasured:
      return "`measure` asks for it, and the decision could not be measured";
    case DiagnosticCode::kExcused:
      return "what permissive rules alone deny or require is let pass";
    case DiagnosticCode::kContent:
      return "an image carries what its rule only warns of";
    case DiagnosticCode::kPutBack:
      return "a newer set could not be merged, and the one before it is again";
    case DiagnosticCode::kMatchesNothing:
      return "a rule, or one pattern of it, that takes no image";
    case DiagnosticCode::kWeakImagePolicy:
      return "`signed` or `verity` beside something weaker: `+` means or";
    case DiagnosticCode::kUsrNotEnforced:
      return "a systemd that mounts signed `usr` images without dm-verity";
    case DiagnosticCode::kNameOnlyAllow:
      return "a name or attributes alone relax the image policy";
    case DiagnosticCode::kHiddenRule:
      return "another rule makes this one void";
    case DiagnosticCode::kLockOut:
      return "no image at all is allowed";
    case DiagnosticCode::kUntilOver:
      return "the `until` of a permissive rule is in the past";
    case DiagnosticCode::kUntilSoon:
      return "the `until` of a permissive rule is within 14 days";
    case DiagnosticCode::kSignatureCheckDropped:
      return "one rule's images cost those of others systemd's check of their "
             "signatures";
    case DiagnosticCode::kEvadableDeny:
      return "a deny that one changed byte or another name gets round";
    case DiagnosticCode::kTrustBeyondDb:
      return "trust in keys that others than the owner of the machine can add";
    case DiagnosticCode::kKairosExtensions:
      return "a list `extensions`, where Kairos from 4.3 on wants a mapping";
  }
  return "";
}

}  // namespace extgate
