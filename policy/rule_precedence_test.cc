// What rules say of an image: how each kind of rule matches, which of several
// decides, and what the trace tells of it.
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

using R = ReasonCode;

Rule Allow(const std::string& id, const std::function<void(Rule&)>& fill) {
  Rule rule = RuleNamed(id, RuleVerdict::kAllow);
  fill(rule);
  return rule;
}

Rule Deny(const std::string& id, const std::function<void(Rule&)>& fill) {
  Rule rule = RuleNamed(id, RuleVerdict::kDeny);
  fill(rule);
  return rule;
}

std::function<void(Rule&)> Name(const std::string& pattern) {
  return [pattern](Rule& rule) { rule.match.names = {Text(pattern)}; };
}

std::function<void(Rule&)> Version(const std::string& range) {
  return [range](Rule& rule) { rule.match.version = Text(range); };
}

std::function<void(Rule&)> Signer1(char digit) {
  return [digit](Rule& rule) {
    rule.match.signers = {Text("sha256:" + HexOf(digit))};
  };
}

std::function<void(Rule&)> Entry(const std::string& entry) {
  return [entry](Rule& rule) { rule.match.entries = {Text(entry)}; };
}

std::function<void(Rule&)> Hash(char digit) {
  return [digit](Rule& rule) { rule.match.root_hashes = {Text(HexOf(digit))}; };
}

std::function<void(Rule&)> Both(const std::function<void(Rule&)>& a,
                                const std::function<void(Rule&)>& b) {
  return [a, b](Rule& rule) {
    a(rule);
    b(rule);
  };
}

std::function<void(Rule&)> Needs(const std::string& image_policy) {
  return [image_policy](Rule& rule) {
    rule.image_policy = {Parsed(image_policy), {}};
  };
}

// All that a decision is made of.
struct World {
  ImageFacts image = GoodImage();
  SignatureStanding standing = TrustedStanding();
  HostFacts host = DebianHost();
  Policy policy;

  World& Unsigned() {
    image = WithoutSignature(image);
    standing = {};
    return *this;
  }
  Decision Decide() const {
    return Evaluate(image, standing, host, Compiled(policy));
  }
  Decision Explained() const {
    return Explain(image, standing, host, Compiled(policy));
  }
};

// "allow by r", "deny by default: unsigned"; each code once.
std::string Outcome(const Decision& decision) {
  std::string text =
      std::string(ToWord(decision.verdict)) + " by " + decision.rule;
  std::string last;
  for (const Reason& reason : decision.reasons) {
    const std::string word = ToWord(reason.code);
    if (word != last) text += (last.empty() ? ": " : ", ") + word;
    last = word;
  }
  return text;
}

TEST(RulePrecedenceTest, TheMostSpecificClassDecides) {
  // Every class selects the unsigned image or the signed one; only `relaxed`
  // would let the unsigned one in.
  const auto relaxed = Needs("*");
  const auto strict = Needs(kStrictImagePolicy);
  const struct {
    const char* name;
    std::vector<Rule> rules;
    const char* want_unsigned;
    const char* want_signed;
  } kCases[] = {
      {"content over name",
       {Allow("name", Both(Name("*"), strict)),
        Allow("hash", Both(Hash('a'), relaxed))},
       "allow by hash",
       "allow by hash"},
      {"content over name, the other way",
       {Allow("name", Both(Name("*"), relaxed)),
        Allow("hash", Both(Hash('a'), strict))},
       "deny by hash: unsigned",
       "allow by hash"},
      {"content of another image does not select",
       {Allow("name", Both(Name("*"), relaxed)),
        Allow("hash", Both(Hash('9'), strict))},
       "allow by name",
       "allow by name"},
      {"a pinned name denies, and the default does not stand in",
       {Allow("pin", Both(Name("k3s*"), Hash('9')))},
       "deny by pin: unsigned, digest-mismatch",
       "deny by pin: digest-mismatch"},
      {"a pinned name over a loose name",
       {Allow("loose", Both(Name("k3s*"), relaxed)),
        Allow("pin", Both(Both(Name("k3s*"), Hash('9')), relaxed))},
       "deny by pin: digest-mismatch",
       "deny by pin: digest-mismatch"},
      {"a version in range allows",
       {Allow("range", Both(Both(Name("k3sv*"), Version(">=1, <2")), relaxed))},
       "allow by range",
       "allow by range"},
      {"a version out of range denies, and the default does not stand in",
       {Allow("range", Both(Both(Name("k3sv*"), Version(">=2")), relaxed))},
       "deny by range: version-out-of-range",
       "deny by range: version-out-of-range"},
      {"either of two ranges",
       {Allow("new", Both(Both(Name("k3sv*"), Version(">=2")), relaxed)),
        Allow("old", Both(Both(Name("k3sv*"), Version("<2")), relaxed))},
       "allow by old",
       "allow by old"},
      {"a version selects nothing: the hash does",
       {Allow("range", Both(Both(Name("k3sv*"), Version(">=2")), relaxed)),
        Allow("hash", Both(Hash('a'), relaxed))},
       "allow by hash",
       "allow by hash"},
      {"a deny of versions",
       {Deny("old", Both(Name("k3sv*"), Version("<2")))},
       "deny by old: denied-by-rule",
       "deny by old: denied-by-rule"},
      {"a deny of other versions",
       {Deny("old", Both(Name("k3sv*"), Version("<1"))),
        Allow("any", Both(Name("*"), relaxed))},
       "allow by any",
       "allow by any"},
      {"a deny of versions, and a name without one",
       {Deny("old", Both(Name("k3sv1*"), Version("<1")))},
       "deny by old: denied-by-rule",
       "deny by old: denied-by-rule"},
      {"by a regular expression",
       {Allow("re", Both(Name("re:k3sv[0-9]+"), relaxed))},
       "allow by re",
       "allow by re"},
      {"a regular expression takes the whole name",
       {Deny("re", Name("re:k3s")), Allow("any", Both(Name("*"), relaxed))},
       "allow by any",
       "allow by any"},
      {"either of two pins",
       {Allow("old", Both(Both(Name("k3s*"), Hash('9')), relaxed)),
        Allow("new", Both(Both(Name("k3s*"), Hash('a')), relaxed))},
       "allow by new",
       "allow by new"},
      {"signer and name over signer",
       {Allow("signer", Signer1('c')),
        Allow("both",
              Both(Both(Signer1('c'), Name("*")), Needs("root=absent")))},
       "deny by default: unsigned",
       "deny by both: image-policy"},
      {"signer over name",
       {Allow("name", Both(Name("*"), Needs("root=absent"))),
        Allow("signer", Signer1('c'))},
       "deny by name: image-policy",
       "allow by signer"},
      {"name over attributes",
       {Allow("entry", Both(Entry("active"), strict)),
        Allow("name", Both(Name("*"), relaxed))},
       "allow by name",
       "allow by name"},
      {"attributes over default",
       {Allow("entry", Both(Entry("active"), relaxed))},
       "allow by entry",
       "allow by entry"},
      {"attributes of another entry",
       {Allow("entry", Both(Entry("passive"), relaxed))},
       "deny by default: unsigned",
       "allow by default"},
      {"within a class any satisfied one",
       {Allow("one", Both(Name("k*"), strict)),
        Allow("two", Both(Name("*1"), relaxed)),
        Allow("three", Both(Name("*"), relaxed))},
       "allow by two",
       "allow by one"},
      {"none satisfied: the first, with the reasons of all",
       {Allow("one", Both(Name("k*"), Needs("root=absent"))),
        Allow("two", Both(Name("*"), Needs("root=signed+read-only-on")))},
       "deny by one: unsigned, image-policy",
       "deny by one: image-policy"},
      {"deny over content",
       {Allow("hash", Both(Hash('a'), relaxed)), Deny("no", Name("k3s*"))},
       "deny by no: denied-by-rule",
       "deny by no: denied-by-rule"},
      {"two denies",
       {Deny("no", Name("k3s*")), Deny("never", Entry("active"))},
       "deny by no: denied-by-rule",
       "deny by no: denied-by-rule"},
  };
  for (const auto& c : kCases) {
    World world;
    world.policy.rules = c.rules;
    EXPECT_EQ(Outcome(world.Decide()), c.want_signed) << c.name;
    EXPECT_EQ(Outcome(world.Unsigned().Decide()), c.want_unsigned) << c.name;
  }
}

TEST(RulePrecedenceTest, AnAllowGoesByTheNameInside) {
  World world;
  world.policy.default_verdict = {RuleVerdict::kDeny, {}};
  world.policy.rules = {Allow("k3s", Name("k3s*"))};
  EXPECT_EQ(Outcome(world.Decide()), "allow by k3s");
  // The same bytes under a name that the rule trusts.
  world.image.release.value()->name = "other";
  EXPECT_EQ(Outcome(world.Decide()),
            "deny by default: no-matching-rule, name-mismatch");
  // The version behind the name is not part of the name inside.
  world.image.name = "k3s_1.30";
  world.image.release.value()->name = "k3s";
  EXPECT_EQ(Outcome(world.Decide()), "allow by k3s");
}

TEST(RulePrecedenceTest, ADenyGoesByEitherName) {
  World world;
  world.image.name = "k3s_1.30";
  world.image.release.value()->name = "k3s";
  for (const char* pattern : {"k3s", "k3s_1.30", "*"}) {
    world.policy.rules = {Deny("no", Name(pattern))};
    EXPECT_EQ(Outcome(world.Decide()), "deny by no: denied-by-rule") << pattern;
  }
  world.policy.rules = {Deny("no", Name("k3s_1.29"))};
  EXPECT_EQ(Outcome(world.Decide()), "allow by default");
}

TEST(RulePrecedenceTest, EveryConditionOfADenyMustHold) {
  World world;
  const auto all = [](Rule& rule) {
    rule.match.names = {Text("k3s*")};
    rule.match.signers = {Text(HexOf('c'))};
    rule.match.root_hashes = {Text(HexOf('a'))};
    rule.match.sha256 = {Text(HexOf('b'))};
    rule.match.classes = {{ImageClass::kSysext, {}}};
    rule.match.architectures = {{Architecture::kX8664, {}}};
    rule.match.entries = {Text("active")};
  };
  const struct {
    const char* name;
    std::function<void(World&)> change;
    const char* want;
  } kCases[] = {
      {"all hold", [](World&) {}, "deny by no: denied-by-rule"},
      {"name", [](World& w) { w.policy.rules[0].match.names = {Text("x")}; },
       "allow by default"},
      {"signer",
       [](World& w) { w.standing.signers[0].sha256 = FingerprintOf('d'); },
       "allow by default"},
      {"root hash",
       [](World& w) {
         w.policy.rules[0].match.root_hashes = {Text(HexOf('9'))};
       },
       "allow by default"},
      {"digest not computed", [](World& w) { w.image.sha256.reset(); },
       "allow by default"},
      {"class", [](World& w) { w.image.image_class = ImageClass::kConfext; },
       "allow by default"},
      {"architecture",
       [](World& w) {
         w.policy.rules[0].match.architectures = {{Architecture::kArm64, {}}};
       },
       "allow by default"},
      {"entry", [](World& w) { w.host.entry = "passive"; }, "allow by default"},
      {"entry not known", [](World& w) { w.host.entry = ""; },
       "allow by default"},
  };
  for (const auto& c : kCases) {
    World changed = world;
    changed.policy.rules = {Deny("no", all)};
    c.change(changed);
    EXPECT_EQ(Outcome(changed.Decide()), c.want) << c.name;
  }
}

TEST(RulePrecedenceTest, ADenyBySignerNeedsAnyAnAllowEvery) {
  World world;
  world.policy.default_verdict = {RuleVerdict::kDeny, {}};
  world.standing.signers.push_back(world.standing.signers[0]);
  world.standing.signers[1].sha256 = FingerprintOf('e');
  world.policy.rules = {Allow("acme", Signer1('c'))};
  EXPECT_EQ(Outcome(world.Decide()), "deny by default: no-matching-rule");
  world.policy.rules[0].match.signers.push_back(Text(HexOf('e')));
  EXPECT_EQ(Outcome(world.Decide()), "allow by acme");
  world.standing.state = SignatureState::kUntrusted;
  EXPECT_EQ(Outcome(world.Decide()), "deny by default: no-matching-rule")
      << "a fingerprint alone is no trust";
  world.policy.rules = {Deny("no", Signer1('e'))};
  EXPECT_EQ(Outcome(world.Decide()), "deny by no: denied-by-rule")
      << "trusted or not";
}

TEST(RulePrecedenceTest, ArchitectureComesFromThePartitionsOrTheRelease) {
  World world;
  world.policy.default_verdict = {RuleVerdict::kDeny, {}};
  world.policy.rules = {Allow("x86", [](Rule& rule) {
    rule.match.architectures = {{Architecture::kX8664, {}}};
    rule.image_policy = {Parsed("*"), {}};
  })};
  EXPECT_EQ(Outcome(world.Decide()), "allow by x86");
  world.image = Bare(world.image);
  world.standing = {};
  EXPECT_EQ(Outcome(world.Decide()), "deny by default: no-matching-rule");
  world.image.release.value()->fields["ARCHITECTURE"] = "x86-64";
  EXPECT_EQ(Outcome(world.Decide()), "allow by x86");
}

TEST(RulePrecedenceTest, NoRuleOutweighsWhatDeniesByItself) {
  World world;
  world.policy.rules = {Allow("all", Both(Hash('a'), Needs("*")))};
  EXPECT_EQ(Outcome(world.Decide()), "allow by all");
  World revoked = world;
  revoked.standing.signers[0].revoked = true;
  EXPECT_EQ(Outcome(revoked.Decide()), "deny by all: signer-revoked");
  World forbidden = world;
  forbidden.image.forbidden_paths = {"/etc/extgate"};
  EXPECT_EQ(Outcome(forbidden.Decide()), "deny by all: forbidden-content");
  World renamed = world;
  renamed.image.name = "other";
  EXPECT_EQ(Outcome(renamed.Decide()), "deny by all: name-mismatch");
  World corrupt = world;
  corrupt.image.data_check.first_bad_offset = 0;
  EXPECT_EQ(Outcome(corrupt.Decide()), "unmergeable by : verity-corrupt");
}

TEST(RulePrecedenceTest, TheTraceTellsOfEveryRuleConsidered) {
  World world;
  world.policy.rules = {
      Deny("not-this", Name("rke2*")),
      Allow("other", Name("rke2*")),
      Allow("any", Name("*")),
      Allow("acme", Both(Signer1('c'), Needs("root=absent"))),
      Allow("partner", Signer1('e')),
  };
  const std::vector<TraceLine> want = {
      {"not-this", "does not match: name `k3sv1` is not one of `rke2*`"},
      {"other", "does not match: name `k3sv1` is not one of `rke2*`"},
      {"any", "selects, but a more specific rule decides"},
      {"acme", "selects, not satisfied: image-policy"},
      {"partner", "does not match: not every signer is one of `eeeeeeeeeeee…`"},
  };
  EXPECT_EQ(world.Explained().trace, want);
  world.policy.rules.push_back(Deny("no", Entry("active")));
  const std::vector<TraceLine> denied = {want[0], {"no", "matches: denies"}};
  EXPECT_EQ(world.Explained().trace, denied) << "a deny spares the allow rules";
}

TEST(RulePrecedenceTest, OfManyRulesThatDoNotMatchTheTraceTellsOfTheFirst) {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.policy.rules.push_back(
        Allow("r" + std::to_string(i), Name("rke2-" + std::to_string(i))));
  }
  world.policy.rules.push_back(Allow("any", Name("*")));
  world.policy.rules.push_back(Deny("not-this", Name("rke2*")));
  const Decision decision = world.Explained();
  ASSERT_EQ(decision.trace.size(), 21u);
  EXPECT_EQ(decision.trace[19].rule, "r19");
  EXPECT_EQ(decision.trace[20], (TraceLine{"any", "selects: allows"}));
  EXPECT_EQ(decision.passed_over, 11u);
  Decision brief = decision;
  brief.trace.clear();
  brief.passed_over = 0;
  EXPECT_EQ(world.Decide(), brief) << "nobody asked for a trace";
}

}  // namespace
}  // namespace extgate
