// The way in is OtherCases.
#include <string>
#include <vector>

#include "policy/reason_cases.h"

namespace extgate {
namespace {

using R = ReasonCode;

}  // namespace

const std::vector<ReasonCase>& OtherCases() {
  static const auto& kCases = *new std::vector<ReasonCase>{
      {"wrong-entry",
       [](DecisionWorld& w) {
         w.policy.entries.push_back(
             {Text("k3s*"), {Text("passive"), Text("rescue")}});
       },
       {R::kWrongEntry},
       Verdict::kNotApplicable,
       "",
       "the policy gives `k3sv1` to `passive`, `rescue`, booted is `active`"},
      {"wrong-entry outweighs everything",
       [](DecisionWorld& w) {
         w.policy.entries.push_back({Text("k3s*"), {Text("passive")}});
         w.image.unreadable = "input/output error";
         w.policy.rules = {DenyByName("*")};
       },
       {R::kWrongEntry},
       Verdict::kNotApplicable,
       "",
       ""},
      {"release-mismatch",
       [](DecisionWorld& w) { w.image.release.value()->fields["ID"] = "arch"; },
       {R::kReleaseMismatch},
       Verdict::kNotApplicable,
       "default",
       "the image has ID `arch`, the host `debian`"},
      {"wrong-architecture",
       [](DecisionWorld& w) {
         w.image.release.value()->fields["ARCHITECTURE"] = "arm64";
       },
       {R::kWrongArchitecture},
       Verdict::kNotApplicable,
       "default",
       ""},
      {"wrong-architecture: by its partitions",
       [](DecisionWorld& w) {
         w.image.layout.value()->architecture = Architecture::kArm64;
       },
       {R::kWrongArchitecture},
       Verdict::kNotApplicable,
       "default",
       "the partitions are for `arm64`, the host is `x86-64`"},
      {"layout-ambiguous: a confext with a usr partition",
       [](DecisionWorld& w) {
         w.image.image_class = ImageClass::kConfext;
         w.image.layout.value()->designator = Designator::kUsr;
       },
       {R::kLayoutAmbiguous},
       Verdict::kUnmergeable,
       "",
       "layout: a confext with a `usr` partition, of which systemd merges "
       "none"},
      {"release-missing: a name that systemd cuts",
       [](DecisionWorld& w) {
         w.image.name = "firmware.bin";
         w.image.release.value()->name = "firmware.bin";
       },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "a name that ends in `.bin`: systemd 259 and earlier look for the "
       "extension-release without it"},
      {"wrong-scope",
       [](DecisionWorld& w) {
         w.image.release.value()->fields["SYSEXT_SCOPE"] = "initrd";
       },
       {R::kWrongScope},
       Verdict::kNotApplicable,
       "default",
       ""},
      {"a denied image for another system is denied",
       [](DecisionWorld& w) {
         w.image.release.value()->fields["ID"] = "arch";
         w.standing = StrangersStanding();
       },
       {R::kSignerUntrusted, R::kReleaseMismatch},
       Verdict::kDeny,
       "default",
       ""},
      {"unreadable, and nothing else",
       [](DecisionWorld& w) {
         w.image.unreadable = "input/output error";
         w.image.forbidden_paths = {"/etc/extgate"};
         w.standing.signers[0].revoked = true;
         w.policy.rules = {DenyByName("*")};
       },
       {R::kUnreadable},
       Verdict::kUnreadable,
       "",
       "input/output error"},
      {"all reasons are listed, in the registry's order",
       [](DecisionWorld& w) {
         w.standing = StrangersStanding();
         w.standing.signers[0].revoked = true;
         w.image.layout.value()->data_uuid = "x";
         w.image.release.value()->name = "other";
         w.image.release.value()->fields["SYSEXT_SCOPE"] = "portable";
         w.image.forbidden_paths = {"/usr/lib/extgate/policy.d"};
       },
       {R::kSignerUntrusted, R::kSignerRevoked, R::kRootHashMismatch,
        R::kNameMismatch, R::kForbiddenContent, R::kWrongScope},
       Verdict::kDeny,
       "default",
       ""},
  };
  return kCases;
}

}  // namespace extgate
