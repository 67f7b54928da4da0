// Every reason code by name: the good image is allowed, one thing is spoilt,
// and just that reason comes. Rules and their precedence are in
// rule_precedence_test.cc.
#include "policy/decision.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

using R = ReasonCode;

// All that a decision is made of.
struct World {
  ImageFacts image = GoodImage();
  SignatureStanding standing = TrustedStanding();
  HostFacts host = DebianHost();
  Policy policy;

  Decision Decide() const {
    return Evaluate(image, standing, host, Compiled(policy));
  }
};

std::vector<ReasonCode> CodesOf(const Decision& decision) {
  std::vector<ReasonCode> codes;
  for (const Reason& reason : decision.reasons) codes.push_back(reason.code);
  return codes;
}

std::string Shown(const Decision& decision) {
  std::string text =
      std::string(ToWord(decision.verdict)) + " by `" + decision.rule + "`\n";
  for (const Reason& reason : decision.reasons) {
    text += std::string(ToWord(reason.code)) + ": " + reason.detail + "\n";
  }
  for (const TraceLine& line : decision.trace) {
    text += line.rule + ": " + line.text + "\n";
  }
  return text;
}

TEST(DecisionTest, TheGoodImageIsAllowedByDefault) {
  const Decision decision = World().Decide();
  EXPECT_EQ(Shown(decision), "allow by `default`\ndefault: allows\n");
}

struct Case {
  const char* name;
  std::function<void(World&)> spoil;
  std::vector<ReasonCode> want;
  Verdict verdict;
  std::string rule;    // deciding
  std::string detail;  // of the first reason; "" is not compared
};

Rule DenyByName(const std::string& pattern) {
  Rule rule = RuleNamed("no", RuleVerdict::kDeny);
  rule.match.names = {Text(pattern)};
  return rule;
}

// A plain directory in place of the image.
void MakeDirectory(World& w) {
  w.image = Bare(w.image);
  w.image.container = Container::kDirectory;
  w.image.layout = Absent();
  w.image.filesystem = Absent();
  w.standing = {};
}

const std::vector<Case>& DenyCases() {
  static const auto& kCases = *new std::vector<Case>{
      {"unsigned",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.standing = {};
       },
       {R::kUnsigned},
       Verdict::kDeny,
       "default",
       "the image has a hash tree, but no signature of it"},
      {"unsigned: bare filesystem",
       [](World& w) {
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
       [](World& w) {
         MakeDirectory(w);
         w.image.file_name += ".mstack";
         w.host.systemd_version = 260;
       },
       {R::kNotADiskImage},
       Verdict::kUnmergeable,
       "",
       "an mstack, of which systemd 260 and later merge none as an extension"},
      {"unsigned: a directory called so before 260",
       [](World& w) {
         MakeDirectory(w);
         w.image.file_name += ".mstack";
         w.host.systemd_version = 259;
       },
       {R::kUnsigned},
       Verdict::kDeny,
       "default",
       ""},
      {"signature-invalid",
       [](World& w) {
         w.standing = {SignatureState::kInvalid, {}, "it is of another hash"};
       },
       {R::kSignatureInvalid},
       Verdict::kDeny,
       "default",
       "not a signature of this image's root hash: it is of another hash"},
      {"signer-untrusted",
       [](World& w) { w.standing = StrangersStanding(); },
       {R::kSignerUntrusted},
       Verdict::kDeny,
       "default",
       "signed by `CN=stranger` (sha256:" + HexOf('d').substr(0, 12) +
           "…), whom the policy does not trust"},
      {"signer-untrusted: no certificate at hand",
       [](World& w) {
         w.standing = StrangersStanding();
         w.standing.signers[0].sha256.reset();
         w.standing.signers[0].subject = "";
       },
       {R::kSignerUntrusted},
       Verdict::kDeny,
       "default",
       "signed by `CN=stranger, serial 2a`, whom the policy does not trust"},
      {"signer-revoked",
       [](World& w) { w.standing.signers[0].revoked = true; },
       {R::kSignerRevoked},
       Verdict::kDeny,
       "default",
       "`CN=db` (sha256:" + HexOf('c').substr(0, 12) + "…) is revoked"},
      {"root-hash-mismatch: data UUID",
       [](World& w) { w.image.layout.value()->data_uuid[0] = 'b'; },
       {R::kRootHashMismatch},
       Verdict::kDeny,
       "default",
       "the data partition has UUID `baaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa`, "
       "its root hash `aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa`"},
      {"root-hash-mismatch: verity UUID",
       [](World& w) { w.image.layout.value()->verity_uuid = ""; },
       {R::kRootHashMismatch},
       Verdict::kDeny,
       "default",
       ""},
      {"image-policy: a partition that must be absent",
       [](World& w) {
         w.image.layout.value()->other_designators = {"swap"};
         w.policy.image_policy = {Parsed("root=signed:swap=absent"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "partition `swap` is there, the policy is `swap=absent`"},
      {"image-policy: an attribute",
       [](World& w) {
         w.image.layout.value()->data_attributes = 1ull << 59;
         w.policy.image_policy = {Parsed("root=signed+growfs-off"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "partition `root` has read-only-off+growfs-on, the policy is "
       "`root=signed+growfs-off`"},
      {"image-policy: no tree, and verity is asked for",
       [](World& w) {
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
       [](World& w) {
         w.image.layout.value()->designator = Designator::kUsr;
         w.policy.image_policy = {Parsed("root=signed+absent"), {}};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       "the policy ignores what there is to merge: `root=signed+absent`"},
      {"image-policy: a partition that no policy can name",
       [](World& w) {
         w.image.layout.value()->other_designators = {"linux-generic"};
       },
       {R::kImagePolicy},
       Verdict::kDeny,
       "default",
       ""},
      {"denied-by-rule",
       [](World& w) {
         w.policy.rules = {DenyByName("k3s*")};
         w.policy.rules[0].reason = "replaced by rke2";
       },
       {R::kDeniedByRule},
       Verdict::kDeny,
       "no",
       "rule `no`: replaced by rke2"},
      {"no-matching-rule",
       [](World& w) {
         w.policy.default_verdict = {RuleVerdict::kDeny, {}};
       },
       {R::kNoMatchingRule},
       Verdict::kDeny,
       "default",
       ""},
      {"version-out-of-range",
       [](World& w) {
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
       [](World& w) {
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
       [](World& w) {
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
       [](World& w) {
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
       [](World& w) {
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
       [](World& w) {
         w.image.release.value()->name = "rke2";
         w.image.release.value()->by_fallback = true;
       },
       {R::kNameMismatch},
       Verdict::kDeny,
       "default",
       "the image is called `k3sv1`, its extension-release `rke2`"},
      {"forbidden-content",
       [](World& w) { w.image.forbidden_paths = {"/etc/verity.d/x.crt"}; },
       {R::kForbiddenContent},
       Verdict::kDeny,
       "default",
       "the image carries `/etc/verity.d/x.crt`"},
  };
  return kCases;
}

const std::vector<Case>& UnmergeableCases() {
  static const auto& kCases = *new std::vector<Case>{
      {"not-a-disk-image",
       [](World& w) {
         const std::string name = w.image.name;
         w.image = {};
         w.image.name = name;
         w.standing = {};
       },
       {R::kNotADiskImage},
       Verdict::kUnmergeable,
       "",
       ""},
      {"partition-table-invalid",
       [](World& w) {
         w.image.table = Malformed{"header, byte 16", "wrong checksum"};
       },
       {R::kPartitionTableInvalid},
       Verdict::kUnmergeable,
       "",
       "partition table: header, byte 16: wrong checksum"},
      {"layout-ambiguous",
       [](World& w) {
         w.image.layout = Malformed{"", "`root` twice"};
       },
       {R::kLayoutAmbiguous},
       Verdict::kUnmergeable,
       "",
       "layout: `root` twice"},
      {"verity-corrupt: superblock",
       [](World& w) {
         w.image.verity = Malformed{"superblock", "magic"};
       },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "verity partition: superblock: magic"},
      {"verity-corrupt: not read",
       [](World& w) { w.image.verity = Absent(); },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       ""},
      {"verity-corrupt: a bad block",
       [](World& w) { w.image.data_check.first_bad_offset = 4096; },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "the data block at byte 4096 of the data partition contradicts the hash "
       "tree"},
      {"verity-corrupt: the signature names another root hash",
       [](World& w) { w.image.signature.value()->root_hash = RootHashOf('7'); },
       {R::kRootHashMismatch, R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "the signature partition names root hash `" + HexOf('7') +
           "`, the tree has `" + HexOf('a') + "`"},
      {"verity-corrupt: garbage for a signature",
       [](World& w) {
         w.image.signature = Malformed{"byte 0", "not JSON"};
         w.standing = {};
       },
       {R::kSignatureInvalid, R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "signature partition: byte 0: not JSON"},
      {"verity-corrupt: signature not read",
       [](World& w) {
         w.image.signature = Absent();
         w.standing = {};
       },
       {R::kVerityCorrupt},
       Verdict::kUnmergeable,
       "",
       "signature partition: not found, or not looked for"},
      {"filesystem-unsupported",
       [](World& w) { w.image.filesystem = Unsupported{"ext4"}; },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       "filesystem: ext4 is not supported"},
      {"filesystem-unsupported: corrupt",
       [](World& w) {
         w.image.filesystem = Malformed{"inode 3", "size"};
       },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       "filesystem: corrupt: inode 3: size"},
      {"filesystem-unsupported: not looked for",
       [](World& w) { w.image.filesystem = Absent(); },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       ""},
      {"filesystem-unsupported: the layout",
       [](World& w) { w.image.layout = Unsupported{"a new one"}; },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       ""},
      {"filesystem-unsupported: the tree's algorithm",
       [](World& w) { w.image.verity = Unsupported{"sha1"}; },
       {R::kFilesystemUnsupported},
       Verdict::kUnmergeable,
       "",
       "verity partition: sha1 is not supported"},
      {"release-missing",
       [](World& w) { w.image.release = Absent(); },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "extension-release: not found, or not looked for"},
      {"release-missing: malformed",
       [](World& w) {
         w.image.release = Malformed{"", "two of them"};
       },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "extension-release: two of them"},
      {"release-missing: an os-release inside",
       [](World& w) { w.image.has_os_release = true; },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "the image carries an os-release of its own (/usr/lib/os-release), "
       "which systemd 254 and later refuse"},
  };
  return kCases;
}

const std::vector<Case>& OtherCases() {
  static const auto& kCases = *new std::vector<Case>{
      {"wrong-entry",
       [](World& w) {
         w.policy.entries.push_back(
             {Text("k3s*"), {Text("passive"), Text("rescue")}});
       },
       {R::kWrongEntry},
       Verdict::kNotApplicable,
       "",
       "the policy gives `k3sv1` to `passive`, `rescue`, booted is `active`"},
      {"wrong-entry outweighs everything",
       [](World& w) {
         w.policy.entries.push_back({Text("k3s*"), {Text("passive")}});
         w.image.unreadable = "input/output error";
         w.policy.rules = {DenyByName("*")};
       },
       {R::kWrongEntry},
       Verdict::kNotApplicable,
       "",
       ""},
      {"release-mismatch",
       [](World& w) { w.image.release.value()->fields["ID"] = "arch"; },
       {R::kReleaseMismatch},
       Verdict::kNotApplicable,
       "default",
       "the image has ID `arch`, the host `debian`"},
      {"wrong-architecture",
       [](World& w) {
         w.image.release.value()->fields["ARCHITECTURE"] = "arm64";
       },
       {R::kWrongArchitecture},
       Verdict::kNotApplicable,
       "default",
       ""},
      {"wrong-architecture: by its partitions",
       [](World& w) {
         w.image.layout.value()->architecture = Architecture::kArm64;
       },
       {R::kWrongArchitecture},
       Verdict::kNotApplicable,
       "default",
       "the partitions are for `arm64`, the host is `x86-64`"},
      {"layout-ambiguous: a confext with a usr partition",
       [](World& w) {
         w.image.image_class = ImageClass::kConfext;
         w.image.layout.value()->designator = Designator::kUsr;
       },
       {R::kLayoutAmbiguous},
       Verdict::kUnmergeable,
       "",
       "layout: a confext with a `usr` partition, of which systemd merges "
       "none"},
      {"release-missing: a name that systemd cuts",
       [](World& w) {
         w.image.name = "firmware.bin";
         w.image.release.value()->name = "firmware.bin";
       },
       {R::kReleaseMissing},
       Verdict::kUnmergeable,
       "",
       "a name that ends in `.bin`: systemd 259 and earlier look for the "
       "extension-release without it"},
      {"wrong-scope",
       [](World& w) {
         w.image.release.value()->fields["SYSEXT_SCOPE"] = "initrd";
       },
       {R::kWrongScope},
       Verdict::kNotApplicable,
       "default",
       ""},
      {"a denied image for another system is denied",
       [](World& w) {
         w.image.release.value()->fields["ID"] = "arch";
         w.standing = StrangersStanding();
       },
       {R::kSignerUntrusted, R::kReleaseMismatch},
       Verdict::kDeny,
       "default",
       ""},
      {"unreadable, and nothing else",
       [](World& w) {
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
       [](World& w) {
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

std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (const auto* cases : {&DenyCases(), &UnmergeableCases(), &OtherCases()}) {
    all.insert(all.end(), cases->begin(), cases->end());
  }
  return all;
}

TEST(DecisionTest, EachSpoiltThingHasItsReason) {
  for (const Case& c : AllCases()) {
    World world;
    ASSERT_EQ(world.Decide().verdict, Verdict::kAllow);
    c.spoil(world);
    const Decision decision = world.Decide();
    EXPECT_EQ(CodesOf(decision), c.want) << c.name << "\n" << Shown(decision);
    EXPECT_EQ(decision.verdict, c.verdict) << c.name;
    EXPECT_EQ(decision.rule, c.rule) << c.name;
    if (!c.detail.empty() && !decision.reasons.empty()) {
      EXPECT_EQ(decision.reasons[0].detail, c.detail) << c.name;
    }
  }
}

// `bypass` is found where systemd merges from, not in an image.
TEST(DecisionTest, EveryCodeButBypassIsFiredAbove) {
  std::set<ReasonCode> fired = {R::kBypass};
  for (const Case& c : AllCases()) fired.insert(c.want.begin(), c.want.end());
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    EXPECT_EQ(fired.count(code), 1u) << word;
  }
}

TEST(DecisionTest, WhatSystemdVersionsDecideDifferently) {
  const struct {
    const char* name;
    std::function<void(World&)> spoil;
    int version;
    std::vector<ReasonCode> want;
  } kCases[] = {
      {"os-release before 254",
       [](World& w) { w.image.has_os_release = true; },
       253,
       {}},
      {"os-release in 254",
       [](World& w) { w.image.has_os_release = true; },
       254,
       {R::kReleaseMissing}},
      {"os-release, unknown",
       [](World& w) { w.image.has_os_release = true; },
       0,
       {R::kReleaseMissing}},
      {"a release file by the cut name in 253",
       [](World& w) { w.image.release.value()->by_fallback = true; },
       253,
       {R::kReleaseMissing}},
      {"a release file by the cut name in 254",
       [](World& w) { w.image.release.value()->by_fallback = true; },
       254,
       {}},
      {"a release file by its attribute in 252",
       [](World& w) {
         w.image.release.value()->by_fallback = true;
         w.image.release.value()->lax = true;
       },
       252,
       {}},
      {"foreign UUIDs, signed, 258",
       [](World& w) { w.image.layout.value()->data_uuid = ""; },
       258,
       {R::kRootHashMismatch}},
      {"foreign UUIDs, unsigned, 257",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.image.layout.value()->data_uuid = "";
       },
       257,
       {R::kRootHashMismatch}},
      {"foreign UUIDs, unsigned, 258",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.image.layout.value()->data_uuid = "";
       },
       258,
       {R::kRootHashMismatch, R::kVerityCorrupt}},
      {"sectors of 4096 bytes, 252",
       [](World& w) { w.image.table.value()->sector_size = 4096; },
       252,
       {R::kPartitionTableInvalid}},
      {"sectors of 4096 bytes, 253",
       [](World& w) { w.image.table.value()->sector_size = 4096; },
       253,
       {}},
      {"sectors of 4096 bytes, unknown",
       [](World& w) { w.image.table.value()->sector_size = 4096; },
       0,
       {R::kPartitionTableInvalid}},
      {"foreign UUIDs, unsigned, unknown",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.image.layout.value()->data_uuid = "";
       },
       0,
       {R::kRootHashMismatch, R::kVerityCorrupt}},
  };
  for (const auto& c : kCases) {
    World world;
    world.policy.image_policy = {Parsed("*"), {}};
    c.spoil(world);
    world.host.systemd_version = c.version;
    EXPECT_EQ(CodesOf(world.Decide()), c.want) << c.name << "\n"
                                               << Shown(world.Decide());
  }
}

TEST(DecisionTest, NamesThatFit) {
  const struct {
    const char* outside;
    const char* inside;
    bool fits;
  } kCases[] = {
      {"k3s", "k3s", true},        {"k3s_1.29", "k3s", true},
      {"k3s+1", "k3s", true},      {"k3s_1+2", "k3s", true},
      {"k3s+1_2", "k3s", true},    {"k3s_1", "k3s_1", true},
      {"k3s_1+2", "k3s_1", false}, {"k3s-1", "k3s", false},
      {"k3s", "k3s_1", false},     {"k3s", "K3s", false},
      {"k3s", "", false},          {"_1", "", false},
  };
  for (const auto& c : kCases) {
    World world;
    world.image.name = c.outside;
    world.image.release.value()->name = c.inside;
    EXPECT_EQ(CodesOf(world.Decide()),
              c.fits ? std::vector<R>{} : std::vector<R>{R::kNameMismatch})
        << c.outside << " " << c.inside;
  }
}

TEST(DecisionTest, ImagesBelongToTheEntriesTheyAreGivenTo) {
  const struct {
    const char* name;
    std::vector<std::pair<const char*, std::vector<const char*>>> map;
    const char* entry;
    bool elsewhere;
  } kCases[] = {
      {"no map", {}, "active", false},
      {"no mapping matches", {{"rke2*", {"passive"}}}, "active", false},
      {"listed", {{"k3s*", {"passive", "active"}}}, "active", false},
      {"not listed", {{"k3s*", {"passive"}}}, "active", true},
      {"union of mappings",
       {{"k3s*", {"passive"}}, {"*v1", {"active"}}},
       "active",
       false},
      {"common", {{"k3s*", {"common"}}}, "active", false},
      {"common, entry not known", {{"k3s*", {"common"}}}, "", false},
      {"entry not known", {{"k3s*", {"active"}}}, "", true},
      {"no entries", {{"k3s*", {}}}, "active", true},
  };
  for (const auto& c : kCases) {
    World world;
    world.host.entry = c.entry;
    for (const auto& [pattern, entries] : c.map) {
      EntryMapping mapping{Text(pattern), {}};
      for (const char* entry : entries) mapping.entries.push_back(Text(entry));
      world.policy.entries.push_back(mapping);
    }
    const CompiledPolicy policy = Compiled(world.policy);
    EXPECT_EQ(BelongsElsewhere("k3sv1", world.host, policy), c.elsewhere)
        << c.name;
    EXPECT_EQ(world.Decide().verdict == Verdict::kNotApplicable, c.elsewhere)
        << c.name;
    if (c.elsewhere) {
      EXPECT_EQ(world.Decide(), WrongEntry("k3sv1", world.host, policy));
    }
  }
}

TEST(DecisionTest, ProtectionNeedsTreeSignatureAndTrust) {
  World world;
  const auto protection = [&world] {
    return ProtectionOf(world.image, world.standing);
  };
  EXPECT_EQ(protection(), kFlagSigned | kFlagVerity);
  world.standing = StrangersStanding();
  EXPECT_EQ(protection(), 0u + kFlagVerity);
  world.standing = TrustedStanding();
  world.image.signature.value()->root_hash = RootHashOf('7');
  EXPECT_EQ(protection(), 0u + kFlagVerity) << "signed is another tree";
  world.image.signature = Absent();
  EXPECT_EQ(protection(), 0u + kFlagVerity);
  world.image.verity = Malformed{"", ""};
  EXPECT_EQ(protection(), 0u + kFlagUnprotected);
}

TEST(DecisionTest, TextFromAnImageIsSafeToShow) {
  World world;
  world.image.release.value()->name = "a\x1b[2Jb";
  const Decision decision = world.Decide();
  ASSERT_EQ(decision.reasons.size(), 1u);
  EXPECT_EQ(decision.reasons[0].detail.find('\x1b'), std::string::npos)
      << decision.reasons[0].detail;
}

TEST(DecisionTest, AMappingThatCannotBeMatchedGivesTheImageToNoEntry) {
  CompiledPolicy policy = Compiled({});
  policy.entries = {{NamePattern(), {"active"}}};
  EXPECT_TRUE(BelongsElsewhere("k3sv1", DebianHost(), policy));
  policy.entries.push_back({*NamePattern::Parse("k3s*"), {"active"}});
  EXPECT_FALSE(BelongsElsewhere("k3sv1", DebianHost(), policy));
}

}  // namespace
}  // namespace extgate
