// The index never keeps a rule back that is about an image, and offers few that
// are not.
#include "policy/rule_index.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/compiled_policy.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"
#include "policy/matcher.h"

namespace extgate {
namespace {

Subject SubjectNamed(absl::string_view inside, absl::string_view outside) {
  Subject subject;
  subject.inside_name = inside;
  subject.outside_name = outside;
  return subject;
}

CompiledPolicy CompiledRules(std::vector<Rule> rules) {
  Policy policy;
  policy.rules = std::move(rules);
  return Compiled(policy);
}

bool IsOffered(const Rule& rule, const Subject& subject) {
  const RuleCandidates found = CompiledRules({rule}).index.Find(subject);
  const bool denies = rule.verdict.value == RuleVerdict::kDeny;
  EXPECT_TRUE((denies ? found.allow : found.deny).empty());
  return !(denies ? found.deny : found.allow).empty();
}

TEST(RuleIndexTest, ByName) {
  const struct {
    const char* pattern;
    const char* name;
    bool offered;
  } kCases[] = {
      {"k3s", "k3s", true},
      {"k3s", "k3sv1", false},
      {"k3sv*", "k3sv1", true},
      {"k3sv*", "k3sv", true},
      {"k3sv*", "k3s", false},
      {"*-debug", "k3s-debug", true},
      {"*-debug", "k3s-debug2", false},
      // By the longer end alone: the matcher sees to the rest.
      {"k3sv*-x", "k3sv1", true},
      {"k*-debug", "x-debug", true},
      // Nothing to tell names apart by.
      {"*", "k3s", true},
      {"*3*", "rke2", true},
      {"?[ab]?", "", true},
      {"re:k3sv[0-9]+", "k3sv1", true},
      {"re:k3sv[0-9]+", "k3svx", false},
      {"re:k3sv[0-9]+", "rke2", false},
      {"re:.*[0-9]", "rke2", true},
      {"re:.*[0-9]", "rke", false},
      // Not UTF-8.
      {"\xc3*", "\xc3x", true},
      {"\xff", "\xff", true},
      {"\xff", "\xfe", false},
  };
  for (RuleVerdict verdict : {RuleVerdict::kAllow, RuleVerdict::kDeny}) {
    for (const auto& c : kCases) {
      Rule rule = RuleNamed("r", verdict);
      rule.match.names = {Text(c.pattern)};
      for (const Subject& subject :
           {SubjectNamed(c.name, c.name), SubjectNamed(c.name, "-"),
            SubjectNamed("-", c.name)}) {
        EXPECT_EQ(IsOffered(rule, subject),
                  c.offered || IsOffered(rule, SubjectNamed("-", "-")))
            << c.pattern << " of " << c.name;
      }
    }
  }
}

TEST(RuleIndexTest, LongNamesAreFiledUnderSomeOfTheirBytes) {
  const std::string longer(100, 'a');
  Rule rule = RuleNamed("r", RuleVerdict::kDeny);
  for (const std::string& pattern :
       {longer, longer + "*", "*" + longer, "re:" + longer + ".*"}) {
    rule.match.names = {Text(pattern)};
    EXPECT_TRUE(IsOffered(rule, SubjectNamed(longer, longer))) << pattern;
    EXPECT_FALSE(IsOffered(rule, SubjectNamed("a", "a"))) << pattern;
  }
}

TEST(RuleIndexTest, ByDigestsAndSigners) {
  const RootHash root_hash = RootHashOf('a');
  const FileDigest sha256 = FileDigestOf('b');
  const std::vector<Signer> signers = TrustedStanding().signers;
  Subject with = SubjectNamed("k3s", "k3s");
  with.root_hash = with.whole_root_hash = &root_hash;
  with.sha256 = &sha256;
  with.signers = signers;
  const Subject without = SubjectNamed("k3s", "k3s");
  for (RuleVerdict verdict : {RuleVerdict::kAllow, RuleVerdict::kDeny}) {
    Rule by_root_hash = RuleNamed("r", verdict);
    by_root_hash.match.root_hashes = {Text(HexOf('9')), Text(HexOf('a'))};
    Rule by_sha256 = RuleNamed("r", verdict);
    by_sha256.match.sha256 = {Text(HexOf('b'))};
    Rule by_signer = RuleNamed("r", verdict);
    by_signer.match.signers = {Text(HexOf('c'))};
    by_signer.match.names = {Text("*")};
    for (const Rule& rule : {by_root_hash, by_sha256, by_signer}) {
      EXPECT_TRUE(IsOffered(rule, with));
      EXPECT_FALSE(IsOffered(rule, without));
    }
    // The bytes of one are not looked for among the others.
    by_root_hash.match.root_hashes = {Text(HexOf('b')), Text(HexOf('c'))};
    EXPECT_FALSE(IsOffered(by_root_hash, with));
  }
}

TEST(RuleIndexTest, ARuleThatNamesATrustSetIsForEveryImage) {
  CompiledRule rule;
  rule.verdict = RuleVerdict::kDeny;
  rule.signers = {FingerprintOf('c')};
  rule.signer_sets = {"acme"};
  EXPECT_EQ(RuleIndex({rule}).Find(SubjectNamed("a", "a")).deny,
            RuleNumbers{0});
}

TEST(RuleIndexTest, APinBesideANameSelectsNothing) {
  const RootHash root_hash = RootHashOf('a');
  Subject subject = SubjectNamed("k3s", "k3s");
  subject.root_hash = subject.whole_root_hash = &root_hash;
  Rule rule = RuleNamed("r", RuleVerdict::kAllow);
  rule.match.names = {Text("k3s")};
  rule.match.root_hashes = {Text(HexOf('9'))};
  EXPECT_TRUE(IsOffered(rule, subject)) << "it denies by digest-mismatch";
  rule.verdict.value = RuleVerdict::kDeny;
  EXPECT_FALSE(IsOffered(rule, subject));
}

TEST(RuleIndexTest, APatternThatWasNotParsedIsForEveryImage) {
  CompiledRule rule;
  rule.verdict = RuleVerdict::kDeny;
  rule.names = {NamePattern()};
  EXPECT_EQ(RuleIndex({rule}).Find(SubjectNamed("a", "a")).deny,
            RuleNumbers{0});
}

// Each alone is well within its bounds, all together are not.
TEST(RuleIndexTest, WhereTheLibraryFailsEveryExpressionIsAsked) {
  std::vector<Rule> rules;
  for (int i = 0; i < 60; ++i) {
    rules.push_back(RuleNamed(absl::StrCat("r", i), i % 2 == 0
                                                        ? RuleVerdict::kDeny
                                                        : RuleVerdict::kAllow));
    rules.back().match.names = {Text(absl::StrCat("re:", i, "\\pL{3}|k", i))};
  }
  const CompiledPolicy policy = CompiledRules(rules);
  EXPECT_EQ(policy.index.Find(SubjectNamed("a", "a")).deny.size(), 30u);
  EXPECT_EQ(policy.index.Find(SubjectNamed("a", "a")).allow.size(), 30u);
  ImageFacts image = GoodImage();
  image.name = image.release.value()->name = "k8";
  EXPECT_EQ(Evaluate(image, TrustedStanding(), DebianHost(), policy).rule,
            "r8");
}

TEST(RuleIndexTest, AnIndexOfOtherRulesIsNotBelieved) {
  CompiledPolicy policy;
  CompiledRule rule;
  rule.id = "no";
  rule.verdict = RuleVerdict::kDeny;
  rule.names = {*NamePattern::Parse("k3s*")};
  policy.rules = {rule};
  EXPECT_EQ(Evaluate(GoodImage(), TrustedStanding(), DebianHost(), policy).rule,
            "no");
}

TEST(RuleIndexTest, OfManyRulesFewAreOffered) {
  constexpr int kRules = 20000;
  std::vector<Rule> rules;
  for (int i = 0; i < kRules; ++i) {
    rules.push_back(RuleNamed(absl::StrCat("r", i), RuleVerdict::kAllow));
    rules.back().match.names = {Text(i % 2 == 0 ? absl::StrCat("app", i, "-*")
                                                : absl::StrCat("*-x", i))};
  }
  const CompiledPolicy policy = CompiledRules(rules);
  size_t offered = 0;
  for (int i = 0; i < kRules; ++i) {
    const std::string name =
        i % 2 == 0 ? absl::StrCat("app", i, "-1") : absl::StrCat("app-x", i);
    const RuleNumbers found = policy.index.Find(SubjectNamed(name, name)).allow;
    ASSERT_TRUE(absl::c_linear_search(found, static_cast<uint32_t>(i))) << name;
    offered += found.size();
  }
  EXPECT_EQ(offered, size_t{kRules});
}

class Generator {
 public:
  Rule DrawRule() {
    Rule rule =
        RuleNamed("r", Chance(2) ? RuleVerdict::kDeny : RuleVerdict::kAllow);
    RuleMatch& match = rule.match;
    while (match == RuleMatch{}) {
      for (int n = Up(3); n > 0; --n) match.names.push_back(Text(Pattern()));
      if (Chance(5)) match.root_hashes = {Text(Hex()), Text(Hex())};
      if (Chance(5)) match.sha256 = {Text(Hex())};
      if (Chance(3)) match.signers = {Text(Hex())};
      if (Chance(5)) match.signers.push_back(Text(Hex()));
      if (Chance(8)) match.entries = {Text("active")};
    }
    return rule;
  }

  std::string Name() {
    std::string name;
    for (int n = Up(6); n > 0; --n) name += "ab\xc3\xa9"[Up(3)];
    return name;
  }

  std::string Hex() { return HexOf("abc"[Up(2)]); }
  bool Chance(int n) { return Up(n - 1) == 0; }
  int Up(int most) { return static_cast<int>(random_() % (most + 1)); }

 private:
  std::string Pattern() {
    if (Chance(6)) {
      const char* const kExpressions[] = {"re:a+b?", "re:ab.*", "re:b|ab",
                                          "re:(?i)A.*", "re:[ab]b"};
      return kExpressions[Up(4)];
    }
    const char* const kParts[] = {"a", "b", "*", "?", "[ab]", "\xc3", "\xa9"};
    std::string pattern = kParts[Up(6)];
    for (int n = Up(4); n > 0; --n) pattern += kParts[Up(6)];
    return pattern;
  }

  std::mt19937 random_{1};
};

TEST(RuleIndexTest, EveryRuleThatMatchesIsOffered) {
  Generator draw;
  int matching = 0;
  int kept_back = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Rule> rules;
    for (int n = draw.Up(40); n > 0; --n) rules.push_back(draw.DrawRule());
    const CompiledPolicy policy = CompiledRules(rules);
    for (int i = 0; i < 30; ++i) {
      ImageFacts image = GoodImage();
      image.name = draw.Name();
      image.release.value()->name = draw.Chance(2) ? image.name : draw.Name();
      image.verity.value()->root_hash = *RootHash::Parse(draw.Hex());
      image.signature.value()->root_hash = image.verity.value()->root_hash;
      image.sha256 = *FileDigest::Parse(draw.Hex());
      SignatureStanding standing = TrustedStanding();
      standing.signers[0].sha256 = *Fingerprint::Parse(draw.Hex());
      const HostFacts host = DebianHost();
      const Subject subject = SubjectOf(image, standing, host);
      const RuleCandidates found = policy.index.Find(subject);
      for (const RuleNumbers* numbers : {&found.deny, &found.allow}) {
        ASSERT_TRUE(absl::c_is_sorted(*numbers));
        ASSERT_EQ(std::adjacent_find(numbers->begin(), numbers->end()),
                  numbers->end());
      }
      for (uint32_t number = 0; number < policy.rules.size(); ++number) {
        const CompiledRule& rule = policy.rules[number];
        const bool denies = rule.verdict == RuleVerdict::kDeny;
        const bool matches =
            denies ? DenyMatches(rule, subject) : AllowSelects(rule, subject);
        const bool offered =
            absl::c_linear_search(denies ? found.deny : found.allow, number);
        ASSERT_TRUE(offered || !matches)
            << image.name << "\n"
            << Dump(policy) << "rule number " << number;
        matching += matches;
        kept_back += !offered;
      }
    }
  }
  EXPECT_GT(matching, 10000);
  EXPECT_GT(kept_back, 50000);
}

}  // namespace
}  // namespace extgate
