#include "policy/policy_merge.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

// A source that says `keys`, the inside of a flow mapping.
PolicySource Source(Authority authority, absl::string_view keys) {
  const std::string path = absl::StrCat(ToWord(authority), ".yaml");
  const auto read =
      ReadPolicyText(absl::StrCat("extension_policy: {", keys, "}"), path,
                     SourceKind::kPolicyFile);
  for (const Diagnostic& diagnostic : read.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic);
  }
  return {path, authority, read.value.value_or(Policy())};
}

PolicySource Vendor(absl::string_view keys) {
  return Source(Authority::kVendor, keys);
}
PolicySource Local(absl::string_view keys) {
  return Source(Authority::kLocal, keys);
}

std::string WithFloor(absl::string_view keys) {
  return absl::StrCat("mode_floor: permissive", keys.empty() ? "" : ", ", keys);
}

// The same, but for who wrote the rules.
Policy WithoutAuthorities(Policy policy) {
  for (Rule& rule : policy.rules) rule.authority = Authority::kVendor;
  return policy;
}

// A certificate in one line of flow YAML.
std::string Pem(absl::string_view body) {
  return absl::StrCat("\"-----BEGIN CERTIFICATE-----\\n", body,
                      "\\n-----END CERTIFICATE-----\\n\"");
}

std::string Set(absl::string_view name, absl::string_view body) {
  return absl::StrCat("trust: {sets: {", name, ": {certificates: [", Pem(body),
                      "]}}}");
}

std::string Deny(absl::string_view id, absl::string_view name) {
  return absl::StrCat("{id: ", id, ", match: {name: \"", name,
                      "\"}, verdict: deny}");
}

std::string Allow(absl::string_view id, absl::string_view name) {
  return absl::StrCat("{id: ", id, ", match: {name: \"", name,
                      "\"}, verdict: allow}");
}

// `rule` with more keys in it.
std::string With(std::string rule, absl::string_view keys) {
  rule.pop_back();
  return absl::StrCat(rule, ", ", keys, "}");
}

struct Case {
  const char* name;
  std::string vendor;  // without its floor
  std::string local;
};

std::vector<Case> LooseningCases() {
  const char* const kVerity =
      "image_policy: \"root=verity+signed+absent:usr=verity+signed+absent\"";
  return {
      {"mode down", "mode: enforcing", "mode: permissive"},
      {"mode off", "mode: enforcing", "mode: disabled"},
      {"mode below the default", "", "mode: disabled"},
      {"on_violation from fail-boot", "on_violation: fail-boot",
       "on_violation: skip-all"},
      {"on_violation from skip-all", "on_violation: skip-all",
       "on_violation: skip"},
      {"unmergeable below the default", "", "unmergeable: stage"},
      {"unmergeable", "unmergeable: withhold", "unmergeable: stage"},
      {"image policy below the default", "", kVerity},
      {"image policy", "image_policy: \"root=signed:usr=absent\"", kVerity},
      {"image policy stricter in one, looser in another",
       "image_policy: \"root=verity+signed:usr=signed\"",
       "image_policy: \"root=signed:usr=verity+signed\""},
      {"image policy open for other partitions", "",
       "image_policy: \"root=signed+absent:usr=signed+absent:=open\""},
      {"image policy for a bare filesystem, and for no table at all", "",
       "image_policy: \"root=unprotected:home=signed\""},
      {"image policy for a bare filesystem besides signed tables", "",
       "image_policy: \"root=unprotected+signed:root-verity=unprotected:"
       "root-verity-sig=unprotected:usr=absent\""},
      {"default", "default: deny", "default: allow"},
      {"efi beyond the default", "", "trust: {efi: [db, MOK]}"},
      {"efi of another list", "trust: {efi: [PK]}", "trust: {efi: [db]}"},
      {"efi where none is trusted", "trust: {efi: []}", "trust: {efi: [db]}"},
      {"verity_d beyond the default", "", "trust: {verity_d: all}"},
      {"verity_d from none", "trust: {verity_d: none}",
       "trust: {verity_d: usr}"},
      {"a certificate", "",
       absl::StrCat("trust: {certificates: [", Pem("AAAA"), "]}")},
      {"another certificate",
       absl::StrCat("trust: {certificates: [", Pem("AAAA"), "]}"),
       absl::StrCat("trust: {certificates: [", Pem("BBBB"), "]}")},
      {"a file of certificates", "", "trust: {files: [/etc/x.crt]}"},
      {"a certificate in a trust set", Set("acme", "AAAA"),
       Set("acme", "BBBB")},
      {"a file in a trust set", Set("acme", "AAAA"),
       "trust: {sets: {acme: {files: [/etc/x.crt]}}}"},
      {"a trust set that is named and not defined",
       "rules: [{id: a, match: {signer: acme}, verdict: allow}]",
       Set("acme", "AAAA")},
      {"expired signers", "trust: {require_unexpired: true}",
       "trust: {require_unexpired: false}"},
      {"a permissive deny rule", "",
       absl::StrCat("rules: [", With(Deny("a", "*"), "mode: permissive"), "]")},
      {"a permissive deny rule with an end", "",
       absl::StrCat("rules: [",
                    With(Deny("a", "*"), "mode: permissive, until: 2027-01-31"),
                    "]")},
      {"a rule that requires, but allows too", "",
       absl::StrCat("rules: [", With(Allow("a", "*"), "required: true"), "]")},
      {"a mode for a rule that stands",
       absl::StrCat("rules: [", Deny("a", "*"), "]"),
       absl::StrCat("rules: [",
                    With(Deny("a", "*"), "mode: permissive, until: 2027-01-31"),
                    "]")},
      {"a later end",
       absl::StrCat("rules: [",
                    With(Deny("a", "*"), "mode: permissive, until: 2027-01-31"),
                    "]"),
       absl::StrCat("rules: [",
                    With(Deny("a", "*"), "mode: permissive, until: 2027-02-01"),
                    "]")},
      {"no end",
       absl::StrCat("rules: [",
                    With(Deny("a", "*"), "mode: permissive, until: 2027-01-31"),
                    "]"),
       absl::StrCat("rules: [", With(Deny("a", "*"), "mode: permissive"), "]")},
      {"required no more",
       absl::StrCat("rules: [", With(Allow("a", "*"), "required: true"), "]"),
       absl::StrCat("rules: [", Allow("a", "*"), "]")},
      {"required no more, said aloud",
       absl::StrCat("rules: [", With(Allow("a", "*"), "required: true"), "]"),
       absl::StrCat("rules: [", With(Allow("a", "*"), "required: false"), "]")},
      {"required, with a wider name",
       absl::StrCat("rules: [", Allow("a", "x"), "]"),
       absl::StrCat("rules: [", With(Allow("a", "*"), "required: true"), "]")},
      {"required, and a mode", absl::StrCat("rules: [", Allow("a", "*"), "]"),
       absl::StrCat("rules: [",
                    With(Allow("a", "*"), "required: true, mode: permissive"),
                    "]")},
      {"staging below the default", "", "staging: link"},
      {"staging", "staging: copy", "staging: auto"},
      {"a place for images", "", "sources: [/var/lib/acme]"},
      {"another place for images", "sources: [/var/lib/acme]",
       "sources: [/var/lib/other]"},
      {"a timeout", "", "merge: {timeout: 1s}"},
      {"a longer timeout", "merge: {timeout: 60s}", "merge: {timeout: 2min}"},
      {"hierarchies of its own", "", "merge: {hierarchies: [/usr]}"},
      {"another hierarchy", "merge: {hierarchies: [/usr]}",
       "merge: {hierarchies: [/usr, /opt]}"},
      {"no entry to fail", "", "fail_boot: {entries: []}"},
      {"another entry to fail", "", "fail_boot: {entries: [passive]}"},
      {"fewer entries to fail", "fail_boot: {entries: [active, passive]}",
       "fail_boot: {entries: [active]}"},
      {"to fail later", "", "fail_boot: {when: retry}"},
      {"a softer fallback", "fail_boot: {fallback: emergency}",
       "fail_boot: {fallback: reboot}"},
      {"the softest fallback", "fail_boot: {fallback: reboot}",
       "fail_boot: {fallback: withhold}"},
      {"a shell for a fallback", "", "fail_boot: {fallback: emergency}"},
      {"a measurement", "", "measure: {pcr: 14}"},
      {"another measurement", "measure: {pcr: 14}", "measure: {nvpcr: acme}"},
      {"an entry mapping", "", "entries: [{match: a, entries: [active]}]"},
      {"an allow rule", "", absl::StrCat("rules: [", Allow("a", "*"), "]")},
      {"an allow rule that asks for more", "",
       "rules: [{id: a, match: {name: \"*\"}, verdict: allow, image_policy: "
       "\"root=signed:usr=absent\"}]"},
      {"an allow in the place of a deny",
       absl::StrCat("rules: [", Deny("a", "*"), "]"),
       absl::StrCat("rules: [", Allow("a", "*"), "]")},
      {"a narrower deny in the place of a deny",
       absl::StrCat("rules: [", Deny("a", "*"), "]"),
       absl::StrCat("rules: [", Deny("a", "x"), "]")},
      {"a deny in the place of an allow",
       absl::StrCat("rules: [", Allow("a", "*"), "]"),
       absl::StrCat("rules: [", Deny("a", "x"), "]")},
  };
}

TEST(PolicyMergeTest, UnderAFloorALocalSourceCannotLoosen) {
  for (const Case& test : LooseningCases()) {
    const PolicySource vendor = Vendor(WithFloor(test.vendor));
    const auto alone = MergePolicies({vendor});
    const auto merged = MergePolicies({vendor, Local(test.local)});
    EXPECT_EQ(merged.value.policy, alone.value.policy) << test.name;
    ASSERT_EQ(merged.diagnostics.size(), 1u) << test.name;
    const Diagnostic& diagnostic = merged.diagnostics[0];
    EXPECT_EQ(diagnostic.code, DiagnosticCode::kNotAuthorised) << test.name;
    EXPECT_EQ(diagnostic.severity, Severity::kWarning) << test.name;
    EXPECT_EQ(diagnostic.span.path, "local.yaml") << test.name;
    EXPECT_EQ(diagnostic.span.line, 1) << test.name;
    EXPECT_FALSE(diagnostic.message.empty()) << test.name;
  }
}

TEST(PolicyMergeTest, WithoutAFloorALocalSourceMaySayAnything) {
  for (const Case& test : LooseningCases()) {
    const auto alone = MergePolicies({Vendor(test.vendor)});
    const auto merged = MergePolicies({Vendor(test.vendor), Local(test.local)});
    EXPECT_FALSE(merged.value.policy == alone.value.policy) << test.name;
    EXPECT_TRUE(merged.diagnostics.empty()) << test.name;
    EXPECT_FALSE(merged.value.floor.has_value()) << test.name;
  }
}

TEST(PolicyMergeTest, UnderAFloorStrongerSourcesMaySayAnything) {
  for (const Case& test : LooseningCases()) {
    for (const Authority authority :
         {Authority::kVendor, Authority::kCmdline, Authority::kBundle}) {
      // Below the floor is another matter, for all of them.
      if (absl::StrContains(test.local, "mode: disabled")) continue;
      const PolicySource vendor = Vendor(WithFloor(test.vendor));
      const auto alone = MergePolicies({vendor});
      const auto merged =
          MergePolicies({vendor, Source(authority, test.local)});
      EXPECT_FALSE(merged.value.policy == alone.value.policy) << test.name;
      EXPECT_TRUE(merged.diagnostics.empty()) << test.name;
    }
  }
}

TEST(PolicyMergeTest, TheRestOfALocalSourceCounts) {
  const std::string rest =
      absl::StrCat("on_violation: fail-boot, rules: [", Deny("mine", "x"),
                   "], trust: {revoked: [", std::string(64, 'a'), "]}");
  const auto merged = MergePolicies(
      {Vendor(WithFloor("")),
       Local(absl::StrCat("mode: disabled, unmergeable: stage, ", rest))});
  const auto free = MergePolicies({Vendor(WithFloor("")), Vendor(rest)});
  EXPECT_EQ(merged.diagnostics.size(), 2u);
  EXPECT_EQ(WithoutAuthorities(merged.value.policy), free.value.policy);
}

std::vector<Case> TighteningCases() {
  return {
      {"mode up", "mode: permissive", "mode: enforcing"},
      {"mode above the default", "", "mode: enforcing"},
      {"on_violation harder", "", "on_violation: skip-all"},
      {"on_violation hardest", "on_violation: skip-all",
       "on_violation: fail-boot"},
      {"unmergeable", "unmergeable: stage", "unmergeable: withhold"},
      {"image policy", "", "image_policy: \"root=signed:usr=absent\""},
      {"default", "default: allow", "default: deny"},
      {"default where none is said", "", "default: deny"},
      {"no efi", "", "trust: {efi: []}"},
      {"fewer efi", "trust: {efi: [db, MOK]}", "trust: {efi: [MOK]}"},
      {"no verity_d", "", "trust: {verity_d: none}"},
      {"less verity_d", "trust: {verity_d: all}", "trust: {verity_d: usr}"},
      {"revoked", "",
       absl::StrCat("trust: {revoked: [", std::string(64, 'b'), "]}")},
      {"a copy", "", "staging: copy"},
      {"no link", "staging: link", "staging: auto"},
      {"fewer hierarchies", "merge: {hierarchies: [/usr, /opt]}",
       "merge: {hierarchies: [/opt]}"},
      {"more entries to fail", "", "fail_boot: {entries: [passive, active]}"},
      {"some entry to fail", "fail_boot: {entries: []}",
       "fail_boot: {entries: [active]}"},
      {"to fail at once", "fail_boot: {when: retry}", "fail_boot: {when: now}"},
      {"a harder fallback", "", "fail_boot: {fallback: reboot}"},
      {"unexpired signers", "", "trust: {require_unexpired: true}"},
      {"required", absl::StrCat("rules: [", Allow("a", "*"), "]"),
       absl::StrCat("rules: [", With(Allow("a", "*"), "required: true"), "]")},
      {"a rule counts in full",
       absl::StrCat("rules: [", With(Deny("a", "*"), "mode: permissive"), "]"),
       absl::StrCat("rules: [", Deny("a", "*"), "]")},
      {"a rule counts in full some day",
       absl::StrCat("rules: [", With(Deny("a", "*"), "mode: permissive"), "]"),
       absl::StrCat("rules: [",
                    With(Deny("a", "*"), "mode: permissive, until: 2027-01-31"),
                    "]")},
      {"a rule counts in full earlier",
       absl::StrCat("rules: [",
                    With(Allow("a", "*"),
                         "mode: permissive, until: "
                         "2027-01-31T00:00:01Z"),
                    "]"),
       absl::StrCat("rules: [",
                    With(Allow("a", "*"),
                         "required: true, mode: permissive, until: 2027-01-31"),
                    "]")},
      {"a trust set of its own, which it denies", Set("acme", "AAAA"),
       absl::StrCat(Set("worst", "BBBB"),
                    ", rules: [{id: a, match: {signer: worst}, verdict: "
                    "deny}]")},
      {"a deny of a stronger source's trust set", Set("acme", "AAAA"),
       "rules: [{id: a, match: {signer: acme}, verdict: deny}]"},
      {"a deny rule", absl::StrCat("rules: [", Allow("a", "*"), "]"),
       absl::StrCat("rules: [", Deny("b", "x"), "]")},
  };
}

TEST(PolicyMergeTest, UnderAFloorALocalSourceCanTighten) {
  for (const Case& test : TighteningCases()) {
    const PolicySource vendor = Vendor(WithFloor(test.vendor));
    const auto alone = MergePolicies({vendor});
    const auto merged = MergePolicies({vendor, Local(test.local)});
    const auto free = MergePolicies({vendor, Vendor(test.local)});
    EXPECT_TRUE(merged.diagnostics.empty()) << test.name;
    EXPECT_FALSE(merged.value.policy == alone.value.policy) << test.name;
    EXPECT_EQ(WithoutAuthorities(merged.value.policy), free.value.policy)
        << test.name;
  }
}

TEST(PolicyMergeTest, WhatStandsMayBeSaidAgain) {
  const std::string same = absl::StrCat(
      "mode: enforcing, on_violation: skip-all, default: deny, staging: copy, "
      "sources: [/a], merge: {timeout: 60s, hierarchies: [/usr]}, measure: "
      "{pcr: 14}, fail_boot: {entries: [active], when: retry, fallback: "
      "emergency}, trust: {efi: "
      "[db, PK], verity_d: none, certificates: [",
      Pem("AAAA"),
      "], files: [/a.crt], sets: {acme: {files: [/b.crt]}}, require_unexpired: "
      "true}, rules: [{id: r, match: {name: x}, verdict: allow, required: "
      "true, mode: permissive, until: 2027-01-31}], entries: [{match: "
      "a, entries: [b]}]");
  const auto alone = MergePolicies({Vendor(WithFloor(same))});
  const auto merged = MergePolicies({Vendor(WithFloor(same)), Local(same)});
  EXPECT_TRUE(merged.diagnostics.empty());
  EXPECT_EQ(merged.value.policy, alone.value.policy);
}

TEST(PolicyMergeTest, ATrustSetOfALaterBundleHasOnlyWhomTheBundleNames) {
  for (const std::string& bundle :
       {Set("acme", "AAAA"),
        std::string("rules: [{id: a, match: {signer: acme}, verdict: "
                    "allow}]")}) {
    const PolicySource vendor = Vendor(WithFloor(""));
    const PolicySource last = Source(Authority::kBundle, bundle);
    const auto alone = MergePolicies({vendor, last});
    const auto merged =
        MergePolicies({vendor, Local(Set("acme", "BBBB")), last});
    EXPECT_EQ(merged.value.policy, alone.value.policy) << bundle;
    EXPECT_EQ(merged.diagnostics.size(), 1u) << bundle;
  }
}

// Whoever forges what stands in for a broken vendor's file must not put anybody
// into a set that a sound source speaks of, floor or not.
TEST(PolicyMergeTest, AStandInPutsNobodyIntoASetOfOthers) {
  const std::string rules =
      "rules: [{id: d, match: {signer: [acme]}, verdict: deny}]";
  PolicySource stand_in =
      Vendor(absl::StrCat(Set("acme", "AAAA"), ", ", rules));
  stand_in.stand_in = true;
  // Its own set, for its own denials.
  const auto alone = MergePolicies({stand_in});
  EXPECT_TRUE(alone.diagnostics.empty());
  EXPECT_EQ(alone.value.policy.trust.sets.count("acme"), 1u);
  EXPECT_EQ(alone.value.policy.rules.size(), 1u);
  const std::string naming =
      "rules: [{id: a, match: {signer: [acme]}, verdict: allow}]";
  for (const PolicySource& sound :
       {Vendor(naming), Local(naming), Local(Set("acme", "BBBB"))}) {
    for (const auto& sources : std::vector<std::vector<PolicySource>>{
             {stand_in, sound}, {sound, stand_in}}) {
      const auto merged = MergePolicies(sources);
      const auto& sets = merged.value.policy.trust.sets;
      const auto acme = sets.find("acme");
      const size_t own = sound.policy.trust.sets.count("acme");
      EXPECT_EQ(acme == sets.end() ? 0 : acme->second.certificates.size(), own);
      EXPECT_EQ(merged.diagnostics.size(), 1u);
    }
  }
}

TEST(PolicyMergeTest, TrustSetsOfOneNameAreOneSet) {
  const auto merged =
      MergePolicies({Local(Set("acme", "AAAA")), Local(Set("acme", "BBBB")),
                     Local("trust: {sets: {acme: {files: [/a.crt]}}}")});
  ASSERT_EQ(merged.value.policy.trust.sets.size(), 1u);
  const TrustSet& set = merged.value.policy.trust.sets.at("acme");
  EXPECT_EQ(set.certificates.size(), 2u);
  EXPECT_EQ(set.files.size(), 1u);
}

TEST(PolicyMergeTest, AFloorThatComesLaterBindsEarlierLocalSources) {
  const auto merged = MergePolicies(
      {Local("mode: disabled, default: allow, unmergeable: stage"),
       Source(Authority::kCmdline, "mode_floor: enforcing")});
  EXPECT_EQ(merged.value.policy.ModeOrDefault(), Mode::kEnforcing);
  EXPECT_EQ(merged.value.policy.UnmergeableOrDefault(), Unmergeable::kWithhold);
  EXPECT_EQ(merged.diagnostics.size(), 2u);
}

TEST(PolicyMergeTest, ALocalRuleGivesWayToAStrongerOneOfItsId) {
  const auto merged = MergePolicies(
      {Vendor(WithFloor("")),
       Local(absl::StrCat("rules: [", Deny("k3s", "*"), "]")),
       Source(Authority::kBundle,
              absl::StrCat("rules: [", Allow("k3s", "k3s*"), "]"))});
  ASSERT_EQ(merged.value.policy.rules.size(), 1u);
  EXPECT_EQ(merged.value.policy.rules[0].verdict.value, RuleVerdict::kAllow);
  EXPECT_EQ(merged.value.policy.rules[0].authority, Authority::kBundle);
}

TEST(PolicyMergeTest, ASecondLocalSourceCannotUndoTheFirstUnderAFloor) {
  const auto merged = MergePolicies(
      {Vendor(WithFloor("")),
       Local(absl::StrCat("mode: enforcing, rules: [", Deny("d", "*"), "]")),
       Local(absl::StrCat("mode: permissive, rules: [", Deny("d", "x"), "]"))});
  EXPECT_EQ(merged.value.policy.ModeOrDefault(), Mode::kEnforcing);
  EXPECT_EQ(merged.value.policy.rules.at(0).match.names.at(0).value, "*");
  EXPECT_EQ(merged.diagnostics.size(), 2u);
}

TEST(PolicyMergeTest, TheImagePolicyOfALocalDenyIsDropped) {
  const auto merged = MergePolicies(
      {Vendor(WithFloor("")),
       Local("rules: [{id: a, match: {name: x}, verdict: deny, image_policy: "
             "\"*\"}]")});
  ASSERT_EQ(merged.value.policy.rules.size(), 1u);
  EXPECT_FALSE(merged.value.policy.rules[0].image_policy.has_value());
}

struct FloorCase {
  const char* name;
  std::vector<PolicySource> sources;
  std::optional<Mode> floor;
  Mode mode;
  size_t diagnostics;
};

TEST(PolicyMergeTest, FloorsAndModes) {
  const auto cmdline = [](absl::string_view keys) {
    return Source(Authority::kCmdline, keys);
  };
  const auto bundle = [](absl::string_view keys) {
    return Source(Authority::kBundle, keys);
  };
  const FloorCase kCases[] = {
      {"no sources", {}, std::nullopt, Mode::kPermissive, 0},
      {"the highest floor wins",
       {Vendor("mode_floor: enforcing"), cmdline("mode_floor: permissive"),
        bundle("mode_floor: disabled")},
       Mode::kEnforcing,
       Mode::kEnforcing,
       0},
      {"a floor raises the default",
       {bundle("mode_floor: enforcing")},
       Mode::kEnforcing,
       Mode::kEnforcing,
       0},
      {"the command line below the vendor's floor",
       {Vendor("mode: enforcing, mode_floor: enforcing"),
        cmdline("mode: permissive")},
       Mode::kEnforcing,
       Mode::kEnforcing,
       1},
      {"the command line above the vendor's floor",
       {Vendor("mode: enforcing, mode_floor: permissive"),
        cmdline("mode: permissive")},
       Mode::kPermissive,
       Mode::kPermissive,
       0},
      {"a vendor below the floor of the command line",
       {Vendor("mode: disabled"), cmdline("mode_floor: enforcing")},
       Mode::kEnforcing,
       Mode::kEnforcing,
       1},
      {"a local floor is nobody's",
       {Local("mode: disabled, mode_floor: enforcing")},
       std::nullopt,
       Mode::kDisabled,
       1},
      {"nor does it raise another",
       {Vendor("mode_floor: permissive"), Local("mode_floor: enforcing")},
       Mode::kPermissive,
       Mode::kPermissive,
       1},
      {"a floor of disabled still binds local sources",
       {Vendor("mode: permissive, mode_floor: disabled"),
        Local("mode: disabled")},
       Mode::kDisabled,
       Mode::kPermissive,
       1},
      {"between the default and the floor",
       {Vendor("mode_floor: enforcing"), Local("mode: permissive")},
       Mode::kEnforcing,
       Mode::kEnforcing,
       1},
      {"local toggles without a floor",
       {Vendor("mode: enforcing"), Local("mode: disabled")},
       std::nullopt,
       Mode::kDisabled,
       0},
  };
  for (const FloorCase& test : kCases) {
    const auto merged = MergePolicies(test.sources);
    EXPECT_EQ(merged.value.floor, test.floor) << test.name;
    EXPECT_EQ(merged.value.policy.ModeOrDefault(), test.mode) << test.name;
    EXPECT_EQ(merged.diagnostics.size(), test.diagnostics) << test.name;
    for (const Diagnostic& diagnostic : merged.diagnostics) {
      EXPECT_EQ(diagnostic.code, DiagnosticCode::kNotAuthorised) << test.name;
    }
  }
}

// As Kairos merges lists of texts; what one source says twice stays as it is.
TEST(PolicyMergeTest, WhatAListHasAlreadyIsNotAppendedAgain) {
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  const auto list = [&](absl::string_view files, absl::string_view revoked) {
    return absl::StrCat("sources: [", files, "], trust: {files: [", files,
                        "], revoked: [", revoked, "], sets: {acme: {files: [",
                        files, "]}}}");
  };
  const auto merged =
      MergePolicies({Local(list("/a, /b, /a", absl::StrCat(a, ", ", a))),
                     Local(list("/b, /c, /c, /a", absl::StrCat(b, ", ", a)))});
  EXPECT_TRUE(merged.diagnostics.empty());
  EXPECT_EQ(
      merged.value.policy,
      Local(list("/a, /b, /a, /c", absl::StrCat(a, ", ", a, ", ", b))).policy);
}

TEST(PolicyMergeTest, ListsAppendAndScalarsReplaceInOrder) {
  const auto merged = MergePolicies(
      {Vendor(absl::StrCat(
           "mode: disabled, default: deny, trust: {efi: [db, PK], verity_d: "
           "all, files: [/a.crt], revoked: [",
           std::string(64, 'a'),
           "]}, entries: [{match: a, entries: [x]}], rules: [",
           Allow("one", "a"), ",", Allow("two", "b"), "]")),
       Local(absl::StrCat(
           "mode: enforcing, trust: {efi: [MOK], files: [/b.crt], revoked: [",
           std::string(64, 'b'), "]}, entries: [{match: b, entries: [y]}], ",
           "rules: [", Deny("three", "c"), ",", Deny("one", "z"), "]"))});
  const auto want = Vendor(absl::StrCat(
      "mode: enforcing, default: deny, trust: {efi: [MOK], verity_d: all, "
      "files: [/a.crt, /b.crt], revoked: [",
      std::string(64, 'a'), ", ", std::string(64, 'b'),
      "]}, entries: [{match: a, entries: [x]}, {match: b, entries: [y]}], "
      "rules: [",
      Deny("one", "z"), ",", Allow("two", "b"), ",", Deny("three", "c"), "]"));
  EXPECT_TRUE(merged.diagnostics.empty());
  EXPECT_EQ(WithoutAuthorities(merged.value.policy),
            WithoutAuthorities(want.policy));
  EXPECT_EQ(merged.value.policy.rules.at(0).authority, Authority::kLocal);
  EXPECT_EQ(merged.value.policy.rules.at(1).authority, Authority::kVendor);
}

}  // namespace
}  // namespace extgate
