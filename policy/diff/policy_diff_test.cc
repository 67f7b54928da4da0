#include "policy/diff/policy_diff.h"

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/decision_fixture.h"
#include "policy/policy_reader.h"
#include "policy/reference_evaluator.h"

namespace extgate {
namespace {

Policy Read(const std::string& keys) {
  auto read = ReadPolicyText(absl::StrCat("extension_policy:\n", keys), "p",
                             SourceKind::kPolicyFile);
  for (const Diagnostic& diagnostic : read.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic) << "\n" << keys;
  }
  return std::move(read.value).value_or(Policy());
}

// The verdict of the oracle too.
bool Allows(const DiffWitness& witness, const SignatureStanding& standing,
            const Policy& policy) {
  const Decision decision = Evaluate(witness.image, standing, witness.host,
                                     Compiled(policy), witness.overlap);
  const ReferenceDecision reference = ReferenceEvaluate(
      witness.image, standing, witness.host, policy, witness.overlap);
  EXPECT_EQ(decision.verdict, reference.verdict);
  return reference.verdict == Verdict::kAllow;
}

PolicyDiff Diff(const Policy& before, const Policy& after) {
  const CompiledPolicy old_one = Compiled(before);
  const CompiledPolicy new_one = Compiled(after);
  PolicyDiff diff = ComparePolicies({before, old_one}, {after, new_one});
  if (diff.looser) {
    EXPECT_FALSE(Allows(*diff.looser, diff.looser->before, before));
    EXPECT_TRUE(Allows(*diff.looser, diff.looser->after, after));
  }
  if (diff.stricter) {
    EXPECT_TRUE(Allows(*diff.stricter, diff.stricter->before, before));
    EXPECT_FALSE(Allows(*diff.stricter, diff.stricter->after, after));
  }
  return diff;
}

std::string RuleOf(const std::string& id, const std::string& match,
                   const std::string& more = "verdict: allow") {
  return absl::StrCat("    - {id: ", id, ", match: {", match, "}, ", more,
                      "}\n");
}

constexpr char kOpen[] = "root=verity+signed+absent:usr=verity+signed+absent";

struct Row {
  std::string name;
  std::string before;
  std::string after;
  Relation relation;
};

std::vector<Row> Rows() {
  const std::string hash(64, 'a');
  const std::string rules = "  rules:\n";
  const std::string deny = "  default: deny\n  rules:\n";
  using R = Relation;
  return {
      {"Nothing", "  version: 1\n", "  mode: permissive\n", R::kEquivalent},
      {"Mode", "  mode: permissive\n", "  mode: enforcing\n", R::kStricter},
      {"Default", "  default: deny\n", "  default: allow\n", R::kLooser},
      {"ImagePolicy", "  image_policy: root=signed\n",
       "  image_policy: root=verity+signed\n", R::kLooser},
      {"TwoImagePolicies", "  image_policy: root=signed\n",
       "  image_policy: usr=signed\n", R::kIncomparable},
      {"IdAndOrder", deny + RuleOf("a", "name: [x]") + RuleOf("b", "name: [y]"),
       deny + RuleOf("c", "name: [y]") + RuleOf("d", "name: [x]"),
       R::kEquivalent},
      {"OneListForTwoRules",
       deny + RuleOf("a", "name: [x]") + RuleOf("b", "name: [y]"),
       deny + RuleOf("a", "name: [x, y]"), R::kEquivalent},
      {"PartOfAGlob", deny + RuleOf("a", "name: [\"k3s*\"]"),
       deny + RuleOf("a", "name: [\"k3s*\"]") +
           RuleOf("b", "name: [\"k3sv1*\"]"),
       R::kEquivalent},
      {"AllowOfWhatIsAllowed", "  mode: permissive\n",
       rules + RuleOf("a", "name: [x]"), R::kEquivalent},
      {"DenyByName", "  mode: permissive\n",
       rules + RuleOf("a", "name: [\"x*\"]", "verdict: deny"), R::kStricter},
      {"DenyWithin", rules + RuleOf("a", "name: [\"x*\"]", "verdict: deny"),
       rules + RuleOf("a", "name: [\"x*\"]", "verdict: deny") +
           RuleOf("b", "name: [\"*x*y\", \"xx\"], class: [confext]",
                  "verdict: deny"),
       R::kStricter},
      {"DenyHidden", rules + RuleOf("a", "name: [\"x*\"]", "verdict: deny"),
       rules + RuleOf("a", "name: [\"x*\"]", "verdict: deny") +
           RuleOf("b", "name: [xy]", "verdict: deny"),
       R::kEquivalent},
      {"WiderGlob", deny + RuleOf("a", "name: [\"x[ab]*\"]"),
       deny + RuleOf("a", "name: [\"x[a-c]*\"]"), R::kLooser},
      {"OtherGlob", deny + RuleOf("a", "name: [\"a*\"]"),
       deny + RuleOf("a", "name: [\"*a\"]"), R::kIncomparable},
      {"Relaxed", rules + RuleOf("a", "name: [x]"),
       rules + RuleOf("a", "name: [x]",
                      absl::StrCat("verdict: allow, image_policy: ", kOpen)),
       R::kLooser},
      {"RelaxedUnderASpecificOne",
       rules + RuleOf("s", absl::StrCat("root_hash: [", hash, "]")),
       rules + RuleOf("s", absl::StrCat("root_hash: [", hash, "]")) +
           RuleOf("a", absl::StrCat("root_hash: [", hash, "]"),
                  "verdict: allow, image_policy: root=verity+signed"),
       R::kLooser},
      {"RootHash", "  mode: permissive\n",
       rules + RuleOf("a", absl::StrCat("root_hash: [", hash, "]"),
                      "verdict: deny"),
       R::kStricter},
      {"Sha256", "  default: deny\n",
       deny + RuleOf("a", absl::StrCat("sha256: [", hash, "]")), R::kLooser},
      {"Pinned", deny + RuleOf("a", "name: [x]"),
       deny + RuleOf("a", absl::StrCat("name: [x], root_hash: [", hash, "]")),
       R::kStricter},
      {"Signer",
       deny + RuleOf("a", absl::StrCat("signer: [\"sha256:", hash, "\"]")),
       deny + RuleOf("a", absl::StrCat("signer: [\"sha256:", hash,
                                       "\", \"sha256:", std::string(64, 'b'),
                                       "\"]")),
       R::kLooser},
      {"SignerAndName",
       deny + RuleOf("a", absl::StrCat("signer: [\"sha256:", hash, "\"]")),
       deny + RuleOf("a", absl::StrCat("name: [x], signer: [\"sha256:", hash,
                                       "\"]")),
       R::kStricter},
      {"Class", deny + RuleOf("a", "name: [x], class: [sysext]"),
       deny + RuleOf("a", "name: [x]"), R::kLooser},
      {"Architecture", deny + RuleOf("a", "name: [x], architecture: [arm64]"),
       deny + RuleOf("a", "name: [x], architecture: [x86-64]"),
       R::kIncomparable},
      {"Entry", deny + RuleOf("a", "entries: [active]"),
       deny + RuleOf("a", "entries: [active, passive]"), R::kLooser},
      {"Entries", "  entries: [{match: x, entries: [active]}]\n",
       "  mode: permissive\n", R::kLooser},
      {"Version", deny + RuleOf("a", "name: [\"k*\"], version: \">=1.29\""),
       deny + RuleOf("a", "name: [\"k*\"], version: \">=1.30\""), R::kStricter},
      {"VersionSaidOtherwise",
       deny + RuleOf("a", "name: [\"k*\"], version: \">=1, <2\""),
       deny + RuleOf("a", "name: [\"k*\"], version: \"<2, >=1\""),
       R::kEquivalent},
      {"VersionShifted",
       deny + RuleOf("a", "name: [\"k*\"], version: \">=1, <2\""),
       deny + RuleOf("a", "name: [\"k*\"], version: \">=1.5, <3\""),
       R::kIncomparable},
      {"Content", rules + RuleOf("a", "name: [x]"),
       rules +
           RuleOf("a", "name: [x]", "verdict: allow, content: {setuid: deny}"),
       R::kStricter},
      {"OtherContent",
       rules + RuleOf("a", "name: [x]",
                      "verdict: allow, content: {deny: [\"/usr/lib/**\"]}"),
       rules + RuleOf("a", "name: [x]",
                      "verdict: allow, content: {deny: [\"/usr/bin/*\"]}"),
       R::kIncomparable},
  };
}

TEST(ComparePolicies, SaysWhichWay) {
  for (const Row& row : Rows()) {
    const PolicyDiff diff = Diff(Read(row.before), Read(row.after));
    EXPECT_STREQ(ToWord(diff.relation), ToWord(row.relation)) << row.name;
  }
}

TEST(ComparePolicies, TheOtherWayRoundItIsTheOpposite) {
  for (const Row& row : Rows()) {
    const PolicyDiff diff = Diff(Read(row.after), Read(row.before));
    Relation opposite = row.relation;
    if (row.relation == Relation::kLooser) opposite = Relation::kStricter;
    if (row.relation == Relation::kStricter) opposite = Relation::kLooser;
    EXPECT_STREQ(ToWord(diff.relation), ToWord(opposite)) << row.name;
  }
}

TEST(ComparePolicies, TrustHasAWitness) {
  Policy more = Read("  mode: permissive\n");
  more.trust.certificates = {Text("PEM")};
  const PolicyDiff diff = Diff(Policy(), more);
  EXPECT_EQ(diff.relation, Relation::kLooser);
  ASSERT_TRUE(diff.looser.has_value());
  EXPECT_EQ(diff.looser->before.state, SignatureState::kUntrusted);
  EXPECT_EQ(diff.looser->after.state, SignatureState::kTrusted);
  Policy revoked;
  revoked.trust.revoked = {Text(HexOf('a'))};
  EXPECT_EQ(Diff(Policy(), revoked).relation, Relation::kStricter);
}

TEST(ComparePolicies, ARuleThatOnlyReportsIsLooser) {
  const std::string rules = "  rules:\n";
  const Policy deny = Read(rules + RuleOf("a", "name: [x]", "verdict: deny"));
  const Policy reports =
      Read(rules + RuleOf("b", "name: [x]", "verdict: deny, mode: permissive"));
  const Policy a_while = Read(
      rules + RuleOf("a", "name: [x]",
                     "verdict: deny, mode: permissive, until: 2027-01-31"));
  const auto relation = [](const Policy& before, const Policy& after) {
    const CompiledPolicy old_one = Compiled(before);
    const CompiledPolicy new_one = Compiled(after);
    return ComparePolicies({before, old_one}, {after, new_one}).relation;
  };
  EXPECT_EQ(relation(deny, reports), Relation::kLooser);
  EXPECT_EQ(relation(reports, deny), Relation::kStricter);
  EXPECT_EQ(relation(deny, a_while), Relation::kLooser);
  EXPECT_EQ(relation(reports, a_while), Relation::kStricter);
  EXPECT_EQ(relation(Policy(), reports), Relation::kStricter);
}

TEST(ComparePolicies, RequiredAndTrustSets) {
  const std::string rules = "  rules:\n";
  const std::string name = "name: [x]";
  EXPECT_EQ(
      Diff(Read(rules + RuleOf("a", name)),
           Read(rules + RuleOf("a", name, "verdict: allow, required: true")))
          .relation,
      Relation::kStricter);
  Policy sets;
  sets.trust.sets["acme"].certificates = {Text("PEM")};
  Policy with_rule = sets;
  with_rule.default_verdict = {RuleVerdict::kDeny, {}};
  sets.default_verdict = {RuleVerdict::kDeny, {}};
  Rule rule = RuleNamed("a", RuleVerdict::kAllow);
  rule.match.signer_sets = {Text("acme")};
  with_rule.rules = {rule};
  const PolicyDiff diff = Diff(sets, with_rule);
  EXPECT_EQ(diff.relation, Relation::kLooser);
  ASSERT_TRUE(diff.looser.has_value());
  EXPECT_EQ(diff.looser->after.signers[0].sets.size(), 1u);
}

TEST(ComparePolicies, TellsExpressionsApart) {
  const std::string deny = "  default: deny\n  rules:\n";
  const auto with = [&](const std::string& name) {
    return Read(deny + RuleOf("a", "name: [\"" + name + "\"]"));
  };
  const PolicyDiff diff = Diff(with("re:k3s[0-9]+"), with("re:k3s[0-9]*"));
  EXPECT_EQ(diff.relation, Relation::kLooser);
  EXPECT_EQ(diff.undecided, std::vector<std::string>());
  ASSERT_TRUE(diff.looser.has_value());
  EXPECT_EQ(diff.looser->image.release.value()->name, "k3s");
  EXPECT_EQ(Diff(with("re:(a|b)c"), with("re:ac|bc")).relation,
            Relation::kEquivalent);
  EXPECT_EQ(Diff(with("k3s*"), with("re:k3s.*")).relation,
            Relation::kEquivalent);
  EXPECT_EQ(Diff(with("k3s?"), with("re:k3s[0-9]")).relation,
            Relation::kStricter);
}

// `kas` and `k3s` are both cut out of `k*`, and only one of them has a version
// below 2.
TEST(ComparePolicies, TellsVersionsApartThatOtherNamesCut) {
  const std::string hash(64, 'b');
  const std::string old_rule =
      RuleOf("a", "name: [\"k*\"], version: \"<2\"", "verdict: deny");
  const auto with = [&](const std::string& name) {
    return Read("  rules:\n" + old_rule +
                RuleOf("b", "name: [\"" + name + "\"]", "verdict: deny"));
  };
  const Policy without = Read("  rules:\n" + old_rule);
  EXPECT_EQ(Diff(without, with("k?s")).relation, Relation::kStricter);
  EXPECT_EQ(Diff(without, with("k1?")).relation, Relation::kStricter);
  const PolicyDiff diff = Diff(without, with("k1.[0-9]"));
  EXPECT_EQ(diff.relation, Relation::kEquivalent);
  EXPECT_EQ(diff.undecided, std::vector<std::string>());
}

TEST(ComparePolicies, TellsPathsApart) {
  const auto with = [&](const std::string& content) {
    return Read(
        "  rules:\n" +
        RuleOf("a", "name: [x]", "verdict: allow, content: {" + content + "}"));
  };
  EXPECT_EQ(Diff(with("deny: [\"/usr/**\"]"),
                 with("deny: [\"/usr/**\", \"/usr/lib/*\"]"))
                .relation,
            Relation::kEquivalent);
  EXPECT_EQ(Diff(with("deny: [\"/usr/lib/[a-m]*\"]"),
                 with("deny: [\"/usr/lib/[a-k]*\"]"))
                .relation,
            Relation::kLooser);
  EXPECT_EQ(Diff(with("shadow: deny"), with("type_conflict: deny")).relation,
            Relation::kIncomparable);
  EXPECT_EQ(Diff(with("setuid: deny"), with("setuid: deny, deny: [\"/a/b\"]"))
                .relation,
            Relation::kStricter);
}

// Trusted one by one, in two ways, and together by neither alone.
TEST(ComparePolicies, TellsSignersApartTogether) {
  Policy both;
  both.trust.sets["acme"].certificates = {Text("PEM")};
  Policy each = both;
  Rule rule = RuleNamed("a", RuleVerdict::kAllow);
  rule.match.signers = {Text(HexOf('a'))};
  each.rules = {rule};
  rule.match.signer_sets = {Text("acme")};
  both.rules = {rule};
  rule.match.signers.clear();
  rule.id = Text("b");
  each.rules.push_back(rule);
  const PolicyDiff diff = Diff(each, both);
  EXPECT_EQ(diff.relation, Relation::kLooser);
  ASSERT_TRUE(diff.looser.has_value());
  EXPECT_EQ(diff.looser->after.signers.size(), 2u);
}

// (The oracle does not read such expressions.)
TEST(ComparePolicies, SaysWhatIsNotDecided) {
  const auto undecided = [](const Policy& before, const Policy& after) {
    const CompiledPolicy old_one = Compiled(before);
    const CompiledPolicy new_one = Compiled(after);
    return ComparePolicies({before, old_one}, {after, new_one}).undecided;
  };
  const std::string deny = "  default: deny\n  rules:\n";
  const auto with = [&](const std::string& name) {
    return Read(deny + RuleOf("a", "name: ['" + name + "']"));
  };
  EXPECT_EQ(undecided(with("re:k3s\\pL+"), with("re:k3s\\pL*.?")),
            (std::vector<std::string>{
                "the names of `re:k3s\\pL*.?` are tried by example",
                "the names of `re:k3s\\pL+` are tried by example"}));
  // A deny rule more cannot loosen, and that it tightens is seen.
  EXPECT_TRUE(undecided(Read("  rules: []\n"),
                        Read("  rules:\n" + RuleOf("a", "name: ['re:k3s\\pL*']",
                                                   "verdict: deny")))
                  .empty());
}

TEST(ComparePolicies, ThousandRulesOfWhichTwoDiffer) {
  Policy before;
  before.default_verdict = {RuleVerdict::kDeny, {}};
  for (int i = 0; i < 1000; ++i) {
    Rule rule = RuleNamed(absl::StrCat("r", i), RuleVerdict::kAllow);
    if (i % 2 == 0) {
      rule.match.names = {Text(absl::StrCat("app-", 1000 + i, "-*"))};
    } else {
      rule.match.root_hashes = {
          Text(absl::StrCat(std::string(60, '0'), 1000 + i))};
    }
    before.rules.push_back(rule);
  }
  Policy after = before;
  after.rules[10].match.names = {Text("app-1010-1*")};
  after.rules[11].image_policy = {Parsed(kOpen), {}};
  const auto start = std::chrono::steady_clock::now();
  const PolicyDiff diff = Diff(before, after);
  EXPECT_EQ(diff.relation, Relation::kIncomparable);
  after.default_verdict = {RuleVerdict::kAllow, {}};
  EXPECT_EQ(Diff(before, after).relation, Relation::kLooser);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace extgate
