#include "policy/diff/policy_diff.h"

#include <chrono>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/decision_fixture.h"
#include "policy/image_sketch.h"
#include "policy/policy_printer.h"
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
                                     Compiled(policy), HostOverlap());
  const ReferenceDecision reference = ReferenceEvaluate(
      witness.image, standing, witness.host, policy, HostOverlap());
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

TEST(ComparePolicies, SaysWhatIsNotDecided) {
  const std::string deny = "  default: deny\n  rules:\n";
  const PolicyDiff diff =
      Diff(Read(deny + RuleOf("a", "name: [\"re:k3s[0-9]+\"]")),
           Read(deny + RuleOf("a", "name: [\"re:k3s[0-9]*\"]")));
  EXPECT_FALSE(diff.undecided.empty());
  // The names of the new rule are cut out of those with a version: `kas` has
  // one below 2, `k3s` has not.
  const std::string old_rule =
      RuleOf("a", "name: [\"k*\"], version: \"<2\"", "verdict: deny");
  EXPECT_FALSE(Diff(Read("  rules:\n" + old_rule),
                    Read("  rules:\n" + old_rule +
                         RuleOf("b", absl::StrCat("name: [\"k?s\"], sha256: [",
                                                  std::string(64, 'b'), "]"))))
                   .undecided.empty());
  // A deny rule more cannot loosen, and that it tightens is seen.
  EXPECT_TRUE(Diff(Read("  rules: []\n"),
                   Read("  rules:\n" +
                        RuleOf("a", "name: [\"re:k3s.*\"]", "verdict: deny")))
                  .undecided.empty());
}

// ---- random -----------------------------------------------------------------

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  bool OneIn(uint32_t n) { return random_() % n == 0; }
  const char* Word(std::initializer_list<const char*> words) {
    return words.begin()[random_() % words.size()];
  }
  std::string Hex() { return HexOf(*Word({"a", "b", "c"})); }

  Rule DrawRule(int number) {
    Rule rule = RuleNamed(absl::StrCat("r", number),
                          OneIn(3) ? RuleVerdict::kDeny : RuleVerdict::kAllow);
    RuleMatch& match = rule.match;
    while (match == RuleMatch{}) {
      if (OneIn(2))
        match.names = {Text(Word(
            {"k*", "*s", "k3s", "k?s", "[k-m]*", "*", "k3s*", "*1", "k_*"}))};
      if (OneIn(6)) match.names.push_back(Text(Word({"x", "k*1", "*3*"})));
      if (OneIn(6)) {
        match.names = {Text(Word({"k*", "k3s*"}))};
        match.version = Text(Word({">=1", "<2", ">=1.5, <3", "=2", "!=1"}));
      }
      if (OneIn(6)) match.root_hashes = {Text(Hex())};
      if (OneIn(8)) match.sha256 = {Text(Hex())};
      if (OneIn(4)) match.signers = {Text(absl::StrCat("sha256:", Hex()))};
      if (OneIn(8)) match.signers.push_back(Text("sha256:" + Hex()));
      if (OneIn(8)) match.classes = {{ImageClass::kConfext, {}}};
      if (OneIn(8)) match.architectures = {{Architecture::kArm64, {}}};
      if (OneIn(8)) match.entries = {Text(Word({"active", "passive"}))};
    }
    if (OneIn(3)) rule.image_policy = {DrawImagePolicy(), {}};
    return rule;
  }

  ImagePolicy DrawImagePolicy() {
    return Parsed(Word({"root=signed+absent:usr=signed+absent",
                        "root=verity+signed+absent:usr=absent",
                        "root=unprotected+verity+signed", "*", "-",
                        "usr=signed+read-only-on", "root=signed:swap=absent",
                        "root=unprotected:usr=verity+signed"}));
  }

  Policy DrawPolicy() {
    Policy policy;
    if (OneIn(2)) policy.default_verdict = {RuleVerdict::kDeny, {}};
    if (OneIn(3)) policy.image_policy = {DrawImagePolicy(), {}};
    for (int n = static_cast<int>(random_() % 5); n > 0; --n) {
      policy.rules.push_back(DrawRule(n));
    }
    if (OneIn(5)) {
      policy.entries.push_back(
          {Text(Word({"k*", "*s", "x"})), {Text(Word({"active", "common"}))}});
    }
    return policy;
  }

  // `policy` with some of it changed.
  Policy Changed(Policy policy) {
    if (OneIn(5)) return DrawPolicy();
    if (!policy.rules.empty() && OneIn(2)) policy.rules.pop_back();
    if (OneIn(2)) policy.rules.push_back(DrawRule(9));
    if (!policy.rules.empty() && OneIn(3)) {
      policy.rules[0].image_policy = {DrawImagePolicy(), {}};
    }
    if (OneIn(8)) policy.entries.clear();
    if (OneIn(6)) policy.image_policy = {DrawImagePolicy(), {}};
    return policy;
  }

  DiffWitness DrawImage() {
    ImageSketch sketch;
    sketch.name = Word({"k", "k3s", "k3s1", "x", "s", "k1.5", "k3s2", "k2~",
                        "m1", "kas", "y3y", "k3s1.7", "k0"});
    sketch.image_class = OneIn(4) ? ImageClass::kConfext : ImageClass::kSysext;
    sketch.designator = OneIn(3) ? Designator::kUsr : Designator::kRoot;
    sketch.root_below = sketch.designator == Designator::kUsr && OneIn(4);
    sketch.architecture =
        OneIn(4) ? Architecture::kArm64 : Architecture::kX8664;
    if (OneIn(8)) sketch.architecture = std::nullopt;
    sketch.root_hash = RootHashOf(*Word({"a", "b", "c", "e"}));
    sketch.sha256 = FileDigestOf(*Word({"a", "b", "c", "e"}));
    if (OneIn(3)) sketch.helpers = SketchedHelpers::kTree;
    if (OneIn(5)) sketch.helpers = SketchedHelpers::kNone;
    if (OneIn(4)) sketch.other_designators = {"swap"};
    if (OneIn(3)) sketch.data_attributes = uint64_t{1} << (59 + random_() % 2);
    const bool trusted = !OneIn(3);
    do {
      sketch.signers.push_back({"CN=a", "CN=a, serial 1",
                                FingerprintOf(*Word({"a", "b", "c", "e"})),
                                trusted, false, ""});
    } while (OneIn(3));
    DiffWitness drawn;
    drawn.image = FactsOf(sketch);
    if (OneIn(5)) drawn.image.name += Word({"_1", "+2", "_s"});
    drawn.image.tree = TreeFacts();
    drawn.before = drawn.after = StandingOf(sketch);
    drawn.host = DebianHost();
    if (sketch.architecture) drawn.host.architecture = sketch.architecture;
    drawn.host.entry = Word({"active", "passive", "", "custom"});
    return drawn;
  }

 private:
  std::mt19937 random_;
};

// Where a random image shows a difference, diff has reported that direction.
TEST(ComparePolicies, NoRandomImageDiffersUnseen) {
  int differed = 0;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Generator generator(seed);
    const Policy before = generator.DrawPolicy();
    const Policy after = generator.Changed(before);
    const PolicyDiff diff = Diff(before, after);
    for (int i = 0; i < 60; ++i) {
      const DiffWitness drawn = generator.DrawImage();
      const auto allows = [&](const Policy& policy) {
        return ReferenceEvaluate(drawn.image, drawn.before, drawn.host, policy,
                                 HostOverlap())
                   .verdict == Verdict::kAllow;
      };
      const bool was = allows(before);
      const bool is = allows(after);
      if (was == is) continue;
      ++differed;
      const bool seen =
          is ? diff.looser.has_value() : diff.stricter.has_value();
      EXPECT_TRUE(seen || !diff.undecided.empty())
          << "seed " << seed << ": " << drawn.image.name << " is "
          << (is ? "allowed" : "denied") << " now\n"
          << CanonicalText(before) << CanonicalText(after);
      if (!seen) break;
    }
  }
  EXPECT_GT(differed, 500);
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
