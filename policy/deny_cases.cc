// The way in is DenyCases.
#include <string>
#include <vector>

#include "policy/reason_cases.h"

namespace extgate {
namespace {

using R = ReasonCode;

// A plain directory in place of the image.
void MakeDirectory(DecisionWorld& w) {
  w.image = Bare(w.image);
  w.image.container = Container::kDirectory;
  w.image.layout = Absent();
  w.image.filesystem = Absent();
  w.standing = {};
}

}  // namespace

const std::vector<ReasonCase>& DenyCases() {
  static const auto& kCases = *new std::vector<ReasonCase>{
      {"unsigned",
       [](DecisionWorld& w) {
         w.image = WithoutSignature(w.image);
         w.standing = {};
       },
       {R::kUnsigned},
       Verdict::kDeny,
       "default",
       "the image has a hash tree, but no signature of it"},
      {"unsigned: bare filesystem",
       [](DecisionWorld& w) {
         w.image = Bare(w.image);
         w.standing = {};
       },
       {R::kUnsigned},
       Verdict::kDeny,
       "default",
       "the image has neither a hash tree nor a signature"},
      {"unsigned: plain directory",
       MakeDirectory,
       {R::kUnsigned},
       Verdict::kDeny,
       "default",
       ""},
      {"not-a-disk-image: an mstack",
       [](DecisionWorld& w) {
         MakeDirectory(w);
         w.image.file_name += ".mstack";
         w.host.systemd_version = 260;
       },
       {R::kNotADiskImage},
       Verdict::kUnmergeable,
       "",
       "an mstack, of which systemd 260 and later merge none as an extension"},
      {"unsigned: a directory called so before 260",
       [](DecisionWorld& w) {
         MakeDirectory(w);
         w.image.file_name += ".mstack";
         w.host.systemd_version = 259;
       },
       {R::kUnsigned},
       Verdict::kDeny,
       "default",
       ""},
      {"signature-invalid",
       [](DecisionWorld& w) {
         w.standing = {SignatureState::kInvalid, {}, "it is of another hash"};
       },
       {R::kSignatureInvalid},
       Verdict::kDeny,
       "default",
       "not a signature of this image's root hash: it is of another hash"},
      {"signer-untrusted",
       [](DecisionWorld& w) { w.standing = StrangersStanding(); },
       {R::kSignerUntrusted},
       Verdict::kDeny,
       "default",
       "signed by `CN=stranger` (sha256:" + HexOf('d').substr(0, 12) +
           "…), whom the policy does not trust"},
      {"signer-untrusted: no certificate at hand",
       [](DecisionWorld& w) {
         w.standing = StrangersStanding();
         w.standing.signers[0].sha256.reset();
         w.standing.signers[0].subject = "";
       },
       {R::kSignerUntrusted},
       Verdict::kDeny,
       "default",
       "signed by `CN=stranger, serial 2a`, whom the policy does not trust"},
      {"signer-revoked",
       [](DecisionWorld& w) { w.standing.signers[0].revoked = true; },
       {R::kSignerRevoked},
       Verdict::kDeny,
       "default",
       "`CN=db` (sha256:" + HexOf('c').substr(0, 12) + "…) is revoked"},
      {"signer-expired",
       [](DecisionWorld& w) {
         w.policy.trust.require_unexpired = {true, {}};
         w.standing.signers[0].not_after = UtcTime::FromSeconds(86399);
         w.host.date = UtcTime::FromSeconds(86400);
       },
       {R::kSignerExpired},
       Verdict::kDeny,
       "default",
       "signed by `CN=db` (sha256:" + HexOf('c').substr(0, 12) +
           "…), whose certificate ended 1970-01-01T23:59:59Z"},
      {"signer-expired: an end that cannot be read",
       [](DecisionWorld& w) {
         w.policy.trust.require_unexpired = {true, {}};
         w.standing.signers[0].not_after.reset();
       },
       {R::kSignerExpired},
       Verdict::kDeny,
       "default",
       ""},
      {"root-hash-mismatch: data UUID",
       [](DecisionWorld& w) { w.image.layout.value()->data_uuid[0] = 'b'; },
       {R::kRootHashMismatch},
       Verdict::kDeny,
       "default",
       "the data partition has UUID `baaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa`, "
       "its root hash `aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa`"},
      {"root-hash-mismatch: verity UUID",
       [](DecisionWorld& w) { w.image.layout.value()->verity_uuid = ""; },
       {R::kRootHashMismatch},
       Verdict::kDeny,
       "default",
       ""},
      {"image-policy: a partition that must be absent",
       [](DecisionWorld& w) {
         w.image.layout.value()->other_designators = {"swap"};
         w.policy.image_policy = {Parsed("root=signed:swap=absent"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "partition `swap` is there, the policy is `swap=absent`"},
      {"image-policy: an attribute",
       [](DecisionWorld& w) {
         w.image.layout.value()->data_attributes = 1ull << 59;
         w.policy.image_policy = {Parsed("root=signed+growfs-off"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "partition `root` has read-only-off+growfs-on, the policy is "
       "`root=signed+growfs-off`"},
      {"image-policy: no tree, and verity is asked for",
       [](DecisionWorld& w) {
         w.image = Bare(w.image);
         w.standing = {};
         w.policy.image_policy = {Parsed("root=verity+absent"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "partition `root` is unprotected, the policy is "
       "`root=verity+absent`"},
      {"image-policy: a usr image, and usr is ignored",
       [](DecisionWorld& w) {
         w.image.layout.value()->designator = Designator::kUsr;
         w.policy.image_policy = {Parsed("root=signed+absent"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "the policy ignores what there is to merge: `root=signed+absent`"},
      {"image-policy: a partition that no policy can name",
       [](DecisionWorld& w) {
         w.image.layout.value()->other_designators = {"linux-generic"};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       ""},
      {"denied-by-rule",
       [](DecisionWorld& w) {
         w.policy.rules = {DenyByName("k3s*")};
         w.policy.rules[0].reason = "replaced by rke2";
       },
       {R::kDeniedByRule},
       Verdict::kDeny,
       "no",
       "rule `no`: replaced by rke2"},
      {"no-matching-rule",
       [](DecisionWorld& w) {
         w.policy.default_verdict = {RuleVerdict::kDeny, {}};
       },
       {R::kNoMatchingRule},
       Verdict::kDeny,
       "default",
       ""},
      {"version-out-of-range",
       [](DecisionWorld& w) {
         Rule rule = RuleNamed("old", RuleVerdict::kAllow);
         rule.match.names = {Text("k3sv*")};
         rule.match.version = Text("<1");
         w.policy.rules = {rule};
       },
       {R::kVersionOutOfRange},
       Verdict::kDeny,
       "old",
       "rule `old` takes versions `<1`, the image `k3sv1` has `1`"},
      {"version-out-of-range: no version at all",
       [](DecisionWorld& w) {
         Rule rule = RuleNamed("old", RuleVerdict::kAllow);
         rule.match.names = {Text("k3sv1*")};
         rule.match.version = Text("<1");
         w.policy.rules = {rule};
       },
       {R::kVersionOutOfRange},
       Verdict::kDeny,
       "old",
       "rule `old` takes versions `<1`, the image `k3sv1` has ``"},
      {"digest-mismatch: root_hash",
       [](DecisionWorld& w) {
         Rule rule = RuleNamed("pin", RuleVerdict::kAllow);
         rule.match.names = {Text("k3s*")};
         rule.match.root_hashes = {Text(HexOf('9'))};
         w.policy.rules = {rule};
       },
       {R::kDigestMismatch},
       Verdict::kDeny,
       "pin",
       "rule `pin` pins the content: root_hash `aaaaaaaaaaaa…` is not one of "
       "`999999999999…`"},
      {"digest-mismatch: sha256",
       [](DecisionWorld& w) {
         Rule rule = RuleNamed("pin", RuleVerdict::kAllow);
         rule.match.names = {Text("k3s*")};
         rule.match.sha256 = {Text(HexOf('9'))};
         w.policy.rules = {rule};
       },
       {R::kDigestMismatch},
       Verdict::kDeny,
       "pin",
       ""},
      {"digest-mismatch: the digest was not computed",
       [](DecisionWorld& w) {
         Rule rule = RuleNamed("pin", RuleVerdict::kAllow);
         rule.match.names = {Text("k3s*")};
         rule.match.sha256 = {Text(HexOf('b'))};
         w.policy.rules = {rule};
         w.image.sha256.reset();
       },
       {R::kDigestMismatch},
       Verdict::kDeny,
       "pin",
       "rule `pin` pins the content: sha256 not known is not one of "
       "`bbbbbbbbbbbb…`"},
      {"name-mismatch",
       [](DecisionWorld& w) {
         w.image.release.value()->name = "rke2";
         w.image.release.value()->by_fallback = true;
       },
       {R::kNameMismatch},
       Verdict::kDeny,
       "default",
       "the image is called `k3sv1`, its extension-release `rke2`"},
      {"forbidden-content",
       [](DecisionWorld& w) {
         w.image.forbidden_paths = {"/etc/verity.d/x.crt"};
       },
       {R::kForbiddenContent},
       Verdict::kDeny,
       "default",
       "the image carries `/etc/verity.d/x.crt`"},
  };
  return kCases;
}

}  // namespace extgate
