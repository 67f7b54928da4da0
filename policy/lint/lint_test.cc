#include "policy/lint/lint.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

using Code = DiagnosticCode;

constexpr char kHash[] =
    "18a840cb18a840cb18a840cb18a840cb18a840cb18a840cb18a840cb18a840cb";
constexpr char kAcme[] =
    "sha256:4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a";

// `body` is what stands in extension_policy, HASH and ACME in it for digests.
Policy Read(const std::string& body) {
  const std::string text = absl::StrCat(
      "extension_policy: {",
      absl::StrReplaceAll(body, {{"HASH", kHash}, {"ACME", kAcme}}), "}\n");
  auto read = ReadPolicyText(text, "p.yaml", SourceKind::kPolicyFile);
  for (const Diagnostic& diagnostic : read.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic) << "\n" << text.substr(0, 400);
  }
  return read.value.value_or(Policy());
}

std::vector<Finding> Lint(const std::string& body, int systemd = 0) {
  const Policy policy = Read(body);
  LintSubject subject{policy,
                      policy.ModeOrDefault(),
                      {kOldestSystemd, kNewestSystemd},
                      UtcTime::Parse("2027-01-01").value()};
  if (systemd != 0) subject.versions = {systemd, systemd};
  return LintPolicy(subject);
}

std::multiset<Code> Codes(const std::vector<Finding>& findings) {
  std::multiset<Code> codes;
  for (const Finding& finding : findings) {
    codes.insert(finding.diagnostic.code);
  }
  return codes;
}

std::string Text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    absl::StrAppend(&text, ToString(finding.diagnostic), "\n");
  }
  return text;
}

constexpr char kWeak[] = "root=verity+signed+absent";

struct Case {
  const char* name;
  Code code;
  const char* body;       // with that finding
  const char* near_miss;  // without
};

const Case kCases[] = {
    {"a name with a slash", Code::kMatchesNothing,
     "rules: [{id: r, match: {name: [a/b]}, verdict: deny}]",
     "rules: [{id: r, match: {name: [a-b]}, verdict: deny}]"},
    {"a slash among what may be one", Code::kMatchesNothing,
     "rules: [{id: r, match: {name: ['.#x', b]}, verdict: deny}]",
     "rules: [{id: r, match: {name: ['x[/a]']}, verdict: deny}]"},
    {"a name longer than names are", Code::kMatchesNothing,
     "rules: [{id: r, match: {name: "
     "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "a"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "a"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}, verdict: deny}]",
     "rules: [{id: r, match: {name: [\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa*\"]}, "
     "verdict: deny}]"},
    {"a file's name", Code::kMatchesNothing,
     "rules: [{id: r, match: {name: ['k3s*.raw']}, verdict: deny}]",
     "rules: [{id: r, match: {name: ['k3s.raw*']}, verdict: deny}]"},
    {"common is never booted", Code::kMatchesNothing,
     "rules: [{id: r, match: {entries: [common]}, verdict: allow}]",
     "rules: [{id: r, match: {entries: [common, active]}, verdict: allow}]"},
    {"the map says otherwise", Code::kMatchesNothing,
     "entries: [{match: 'k3s*', entries: [passive]}], "
     "rules: [{id: r, match: {name: ['k3sv1*'], entries: [active]}, "
     "verdict: allow}]",
     "entries: [{match: 'k3s*', entries: [passive]}, "
     "{match: 'k3sv1.2*', entries: [active]}], "
     "rules: [{id: r, match: {name: ['k3sv1*'], entries: [active]}, "
     "verdict: allow}]"},
    {"the map says otherwise of some", Code::kMatchesNothing,
     "entries: [{match: 'k3s*', entries: [passive]}], "
     "rules: [{id: r, match: {name: ['k3sv1*'], entries: [active]}, "
     "verdict: allow}]",
     "entries: [{match: 'k3sv1.2*', entries: [passive]}], "
     "rules: [{id: r, match: {name: ['k3sv1*'], entries: [active]}, "
     "verdict: allow}]"},
    {"plus means or", Code::kWeakImagePolicy,
     "image_policy: 'root=verity+signed+absent'",
     "image_policy: 'root=signed+absent'"},
    {"everything", Code::kWeakImagePolicy, "image_policy: '*'",
     "image_policy: 'root=unprotected+absent'"},
    {"a second way in that is none", Code::kWeakImagePolicy,
     "image_policy: 'root=verity+unprotected+absent'",
     // Without `absent` the hash tree has to be there.
     "image_policy: 'root=verity+unprotected'"},
    {"in a rule", Code::kWeakImagePolicy,
     "rules: [{id: r, match: {root_hash: [HASH]}, verdict: allow, "
     "image_policy: 'usr=verity+unprotected+absent'}]",
     "rules: [{id: r, match: {root_hash: [HASH]}, verdict: deny, "
     "image_policy: 'usr=verity+unprotected+absent'}]"},
    {"usr where it is not verified", Code::kUsrNotEnforced,
     "image_policy: 'usr=signed+absent'", "image_policy: 'root=signed+absent'"},
    {"usr that may be anything", Code::kUsrNotEnforced,
     "image_policy: 'usr=verity'", "image_policy: 'usr=unprotected'"},
    {"a name relaxes", Code::kNameOnlyAllow,
     "rules: [{id: r, match: {name: [a]}, verdict: allow, "
     "image_policy: 'root=unprotected+absent'}]",
     "rules: [{id: r, match: {name: [a], root_hash: [HASH]}, verdict: allow, "
     "image_policy: 'root=unprotected+absent'}]"},
    {"a class relaxes", Code::kNameOnlyAllow,
     "rules: [{id: r, match: {class: [sysext]}, verdict: allow, "
     "image_policy: 'root=unprotected+absent'}]",
     "rules: [{id: r, match: {class: [sysext], signer: [ACME]}, verdict: "
     "allow, image_policy: 'root=unprotected+absent'}]"},
    {"a name tightens", Code::kNameOnlyAllow,
     "rules: [{id: r, match: {name: [a]}, verdict: allow, "
     "image_policy: 'root=verity+absent'}]",
     "rules: [{id: r, match: {name: [a]}, verdict: allow, "
     "image_policy: 'root=signed+absent'}]"},
    {"checks off", Code::kSignatureCheckDropped,
     "rules: [{id: r, match: {root_hash: [HASH]}, verdict: allow, "
     "image_policy: 'root=verity+signed+absent'}]",
     "rules: [{id: r, match: {root_hash: [HASH]}, verdict: allow, "
     "image_policy: 'root=signed+absent'}]"},
    {"checks off, and nobody to miss them", Code::kSignatureCheckDropped,
     "rules: [{id: r, match: {root_hash: [HASH]}, verdict: allow, "
     "image_policy: 'root=verity+signed+absent'}]",
     "default: deny, "
     "rules: [{id: r, match: {root_hash: [HASH]}, verdict: allow, "
     "image_policy: 'root=verity+signed+absent'}]"},
    {"an allow that is denied", Code::kHiddenRule,
     "rules: [{id: a, match: {name: ['k3sv1*'], class: [sysext]}, verdict: "
     "allow}, {id: d, match: {name: ['k3s*']}, verdict: deny}]",
     "rules: [{id: a, match: {name: ['k3s*'], class: [sysext]}, verdict: "
     "allow}, {id: d, match: {name: ['k3sv1*']}, verdict: deny}]"},
    {"a deny that is denied", Code::kHiddenRule,
     "rules: [{id: a, match: {root_hash: [HASH]}, verdict: deny}, "
     "{id: d, match: {root_hash: [HASH], class: [sysext]}, verdict: deny}]",
     "rules: [{id: a, match: {root_hash: [HASH], class: [confext]}, verdict: "
     "deny}, {id: d, match: {root_hash: [HASH], class: [sysext]}, verdict: "
     "deny}]"},
    {"by a permissive rule", Code::kHiddenRule,
     "rules: [{id: a, match: {signer: [ACME]}, verdict: deny}, "
     "{id: d, match: {signer: [ACME], name: [x]}, verdict: allow}]",
     "rules: [{id: a, match: {signer: [ACME]}, verdict: deny, mode: "
     "permissive}, {id: d, match: {signer: [ACME], name: [x]}, verdict: "
     "allow}]"},
    {"a more specific rule", Code::kHiddenRule,
     "rules: [{id: pin, match: {name: ['k3s*'], root_hash: [HASH]}, verdict: "
     "allow}, {id: any, match: {name: [k3sv1]}, verdict: allow}]",
     "rules: [{id: pin, match: {root_hash: [HASH]}, verdict: allow}, "
     "{id: any, match: {name: [k3sv1]}, verdict: allow}]"},
    {"a more specific rule that counts", Code::kHiddenRule,
     "rules: [{id: pin, match: {name: ['k3s*'], root_hash: [HASH]}, verdict: "
     "allow}, {id: any, match: {name: [k3sv1]}, verdict: allow}]",
     "rules: [{id: pin, match: {name: ['k3s*'], root_hash: [HASH]}, verdict: "
     "allow, mode: permissive}, {id: any, match: {name: [k3sv1]}, verdict: "
     "allow}]"},
    {"an allow that is allowed", Code::kHiddenRule,
     "rules: [{id: a, match: {name: ['k3s*']}, verdict: allow}, "
     "{id: b, match: {name: ['k3sv1*']}, verdict: allow}]",
     "rules: [{id: a, match: {name: ['k3s*']}, verdict: allow}, "
     "{id: b, match: {name: ['k3sv1*']}, verdict: allow, "
     "image_policy: 'root=verity+absent'}]"},
    {"an allow that asks for more content", Code::kHiddenRule,
     "rules: [{id: a, match: {name: ['*']}, verdict: allow}, "
     "{id: b, match: {name: [x]}, verdict: allow}]",
     "rules: [{id: a, match: {name: ['*']}, verdict: allow, content: {setuid: "
     "deny}}, {id: b, match: {name: [x]}, verdict: allow}]"},
    {"a version", Code::kHiddenRule,
     "rules: [{id: a, match: {name: ['k*']}, verdict: deny}, {id: b, match: "
     "{name: ['k*'], version: '>1'}, verdict: allow}]",
     "rules: [{id: a, match: {name: ['k*'], version: '<2'}, verdict: deny}, "
     "{id: b, match: {name: ['k*'], version: '>1'}, verdict: allow}]"},
    {"an expression", Code::kHiddenRule,
     "rules: [{id: a, match: {name: ['re:a+', b]}, verdict: deny}, {id: b, "
     "match: {name: ['re:a+']}, verdict: allow}]",
     "rules: [{id: a, match: {name: ['re:a+', b]}, verdict: deny}, {id: b, "
     "match: {name: ['re:aa']}, verdict: allow}]"},
    {"all revoked", Code::kHiddenRule,
     "trust: {revoked: [ACME]}, "
     "rules: [{id: a, match: {signer: [ACME]}, verdict: allow}]",
     "trust: {revoked: [ACME]}, "
     "rules: [{id: a, match: {signer: [ACME, 'sha256:HASH']}, verdict: "
     "allow}]"},
    {"nothing is allowed", Code::kLockOut, "default: deny",
     "default: deny, rules: [{id: a, match: {name: [a]}, verdict: allow}]"},
    {"all is denied", Code::kLockOut,
     "rules: [{id: d, match: {name: ['*']}, verdict: deny}]",
     "rules: [{id: d, match: {name: ['?*'], class: [sysext]}, verdict: deny}]"},
    {"all is denied by two rules", Code::kLockOut,
     "rules: [{id: a, match: {class: [sysext]}, verdict: deny}, {id: b, "
     "match: {class: [confext]}, verdict: deny}]",
     "rules: [{id: a, match: {class: [sysext]}, verdict: deny}, {id: b, "
     "match: {class: [confext], name: ['?*x']}, verdict: deny}]"},
    {"all is denied by an expression", Code::kLockOut,
     "rules: [{id: a, match: {name: ['re:.+']}, verdict: deny}]",
     "rules: [{id: a, match: {name: ['re:..+']}, verdict: deny}]"},
    {"what is allowed is denied by parts", Code::kLockOut,
     "default: deny, rules: [{id: a, match: {name: ['k[12]']}, verdict: "
     "allow}, {id: b, match: {name: [k1]}, verdict: deny}, {id: c, match: "
     "{name: [k2]}, verdict: deny}]",
     "default: deny, rules: [{id: a, match: {name: ['k[12]']}, verdict: "
     "allow}, {id: b, match: {name: [k1]}, verdict: deny}]"},
    {"a version that no name has", Code::kLockOut,
     "default: deny, rules: [{id: a, match: {name: ['k*'], version: '>=2'}, "
     "verdict: allow}, {id: b, match: {name: ['k[!1]*', 'k?*', 'k']}, "
     "verdict: deny}]",
     "default: deny, rules: [{id: a, match: {name: ['k*'], version: '>=2'}, "
     "verdict: allow}, {id: b, match: {name: ['k[!1]*', 'k']}, verdict: "
     "deny}]"},
    {"only signers that are revoked", Code::kLockOut,
     "default: deny, trust: {revoked: [ACME]}, rules: [{id: a, match: "
     "{signer: [ACME]}, verdict: allow}]",
     "default: deny, trust: {revoked: [ACME]}, rules: [{id: a, match: "
     "{signer: ['sha256:HASH']}, verdict: allow}]"},
    {"the only one allowed is denied", Code::kLockOut,
     "default: deny, rules: [{id: a, match: {name: [k3s]}, verdict: allow}, "
     "{id: d, match: {name: ['k*']}, verdict: deny}]",
     "default: deny, rules: [{id: a, match: {name: [k3s]}, verdict: allow}, "
     "{id: d, match: {name: ['k*']}, verdict: deny, mode: permissive}]"},
    {"no image meets it", Code::kLockOut,
     "image_policy: 'root=absent:usr=absent'",
     "image_policy: 'root=absent:usr=signed+absent'"},
    {"nobody is trusted", Code::kLockOut, "trust: {efi: [], verity_d: none}",
     "trust: {efi: []}"},
    {"somebody is needed by nobody", Code::kLockOut,
     "trust: {efi: [], verity_d: none}",
     "trust: {efi: [], verity_d: none}, image_policy: 'root=verity+absent'"},
    {"yesterday", Code::kUntilOver,
     "rules: [{id: r, match: {signer: [ACME]}, verdict: deny, mode: "
     "permissive, until: 2026-12-31}]",
     "rules: [{id: r, match: {signer: [ACME]}, verdict: deny, mode: "
     "permissive, until: 2027-01-02}]"},
    {"in thirteen days", Code::kUntilSoon,
     "rules: [{id: r, match: {signer: [ACME]}, verdict: deny, mode: "
     "permissive, until: 2027-01-14}]",
     "rules: [{id: r, match: {signer: [ACME]}, verdict: deny, mode: "
     "permissive, until: 2027-01-15}]"},
    {"one changed byte", Code::kEvadableDeny,
     "rules: [{id: r, match: {sha256: [HASH]}, verdict: deny}]",
     "rules: [{id: r, match: {sha256: [HASH]}, verdict: allow}]"},
    {"another name", Code::kEvadableDeny,
     "rules: [{id: r, match: {name: [old]}, verdict: deny}]",
     "rules: [{id: r, match: {name: [old], root_hash: [HASH]}, verdict: "
     "deny}]"},
    {"keys of the machine's owner", Code::kTrustBeyondDb,
     "trust: {efi: [db, MOK]}", "trust: {efi: [db]}"},
    {"keys of whoever writes /etc", Code::kTrustBeyondDb,
     "trust: {verity_d: all}", "trust: {verity_d: usr}"},
};

TEST(LintTest, EachCheckFiresAndKeepsStill) {
  for (const Case& c : kCases) {
    const auto found = Lint(c.body);
    EXPECT_TRUE(Codes(found).contains(c.code)) << c.name << "\n" << Text(found);
    const auto missed = Lint(c.near_miss);
    EXPECT_FALSE(Codes(missed).contains(c.code)) << c.name << "\n"
                                                 << Text(missed);
  }
}

TEST(LintTest, EveryFindingSaysWhereAndWhatToDo) {
  for (const Case& c : kCases) {
    for (const Finding& finding : Lint(c.body)) {
      const Diagnostic& diagnostic = finding.diagnostic;
      // What is not written is at no place.
      if (diagnostic.code != Code::kLockOut) {
        EXPECT_GT(diagnostic.span.column, 0) << ToString(diagnostic);
      }
      EXPECT_FALSE(diagnostic.help.empty()) << ToString(diagnostic);
    }
  }
}

TEST(LintTest, AnEmptyPolicyHasNoFindings) {
  EXPECT_EQ(Text(Lint("")), "");
  EXPECT_EQ(Text(Lint("mode: enforcing")), "");
}

TEST(LintTest, ARuleWithoutAnyNameIsAnErrorAndOneOfItsNamesAWarning) {
  EXPECT_TRUE(HasErrors(
      Lint("rules: [{id: r, match: {name: [a/b]}, verdict: allow}]")));
  EXPECT_FALSE(HasErrors(
      Lint("rules: [{id: r, match: {name: [a/b, c]}, verdict: allow}]")));
}

TEST(LintTest, WeakPoliciesComeWithImagesThatWouldSlipThrough) {
  const auto findings = Lint(absl::StrCat("image_policy: '", kWeak, "'"));
  ASSERT_EQ(findings.size(), 1u) << Text(findings);
  EXPECT_EQ(findings[0].example,
            "an image whose `root` has a hash tree, no signature (by itself "
            "merged by systemd 252 to 262); an image whose `root` has a hash "
            "tree, a signature that does not count (by itself merged by "
            "systemd 259 to 262)");
  EXPECT_EQ(findings[0].diagnostic.help,
            "write `root=signed+absent`, or leave the stronger word out to say "
            "what is meant");
}

TEST(LintTest, UsrIsAWarningOnAVersionThatDoesNotVerifyIt) {
  const auto severity_on = [](const char* body, int systemd) {
    for (const Finding& finding : Lint(body, systemd)) {
      if (finding.diagnostic.code == Code::kUsrNotEnforced) {
        return std::string(ToWord(finding.diagnostic.severity));
      }
    }
    return std::string("none");
  };
  EXPECT_EQ(severity_on("image_policy: 'usr=signed'", 257), "warning");
  EXPECT_EQ(severity_on("image_policy: 'usr=signed'", 258), "none");
  EXPECT_EQ(severity_on("image_policy: 'usr=signed'", 0), "note");
  EXPECT_EQ(severity_on("", 257), "warning");
  EXPECT_EQ(severity_on("", 262), "none");
}

TEST(LintTest, LockOutIsAWarningOnlyInEnforcing) {
  EXPECT_EQ(Lint("default: deny")[0].diagnostic.severity, Severity::kNote);
  EXPECT_EQ(Lint("mode: enforcing, default: deny")[0].diagnostic.severity,
            Severity::kWarning);
}

TEST(LintTest, OfRulesThatHideEachOtherTheFirstStands) {
  const auto findings = Lint(
      "rules: [{id: one, match: {signer: [ACME]}, verdict: allow}, "
      "{id: two, match: {signer: [ACME]}, verdict: allow}]");
  ASSERT_EQ(findings.size(), 1u) << Text(findings);
  EXPECT_NE(findings[0].diagnostic.message.find("rule `two`"),
            std::string::npos);
}

TEST(LintTest, ThoseWhoLoseTheSignatureCheckAreNamed) {
  const auto findings = Lint(
      "rules: [{id: acme, match: {signer: [ACME]}, verdict: allow}, "
      "{id: r, match: {root_hash: [HASH]}, verdict: allow, "
      "image_policy: 'root=verity+signed+absent'}]");
  EXPECT_NE(Text(findings).find("none of images by `acme`, `default`"),
            std::string::npos)
      << Text(findings);
}

TEST(LintTest, ASignatureThatIsIgnoredNeedsNoChecksOff) {
  const char kIgnoring[] =
      "rules: [{id: r, match: {root_hash: [HASH]}, verdict: allow, "
      "image_policy: 'root=verity+absent'}]";
  EXPECT_TRUE(
      Codes(Lint(kIgnoring, 253)).contains(Code::kSignatureCheckDropped));
  EXPECT_FALSE(
      Codes(Lint(kIgnoring, 254)).contains(Code::kSignatureCheckDropped));
}

TEST(LintTest, ThousandsOfRulesAreNoMatterOfSquares) {
  std::string rules = "rules: [";
  for (int i = 0; i < 6000; ++i) {
    absl::StrAppend(&rules, "{id: r", i, ", match: {name: ['app", i,
                    "-*'], class: [sysext]}, verdict: allow}, ");
  }
  EXPECT_EQ(Text(Lint(rules + "]")), "");
}

TEST(LintTextTest, AListOfExtensionsBreaksKairos) {
  const auto findings =
      LintText("#cloud-config\nextensions:\n  - \"k*\": [active]\n", "o.yaml");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].diagnostic.code, Code::kKairosExtensions);
  EXPECT_EQ(ToString(findings[0].diagnostic.span), "o.yaml:2:1");
  EXPECT_TRUE(LintText("extensions: {catalogs: []}\n", "o.yaml").empty());
  EXPECT_TRUE(LintText("extensions: [\n", "o.yaml").empty());
  EXPECT_TRUE(LintText("", "o.yaml").empty());
}

// Every code of lint alone is in the table above or a test of its own.
TEST(LintTest, EveryCodeOfLintFires) {
  std::set<Code> fired = {Code::kKairosExtensions};
  for (const Case& c : kCases) fired.insert(c.code);
  for (const auto& [code, word] : Words<Code>::kTable) {
    if (code < Code::kMatchesNothing) continue;
    EXPECT_TRUE(fired.contains(code)) << word;
  }
}

}  // namespace
}  // namespace extgate
