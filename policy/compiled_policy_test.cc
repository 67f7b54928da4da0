// Policies and what they compile to.
#include "policy/compiled_policy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

LocatedText At(const std::string& text, int line = 1) {
  return {text, {"p.yaml", line, 3}};
}

constexpr char kPlainHandling[] =
    "handling  staging=auto  merge.timeout=90s  fail_boot.entries=active"
    "  fail_boot.when=now  fail_boot.fallback=withhold\n";

std::string Hex(char digit) { return std::string(64, digit); }

// A rule's conditions, written in one go.
struct Match : RuleMatch {
  Match& Names(std::vector<LocatedText> list) {
    names = std::move(list);
    return *this;
  }
  Match& RootHashes(std::vector<LocatedText> list) {
    root_hashes = std::move(list);
    return *this;
  }
  Match& Sha256(std::vector<LocatedText> list) {
    sha256 = std::move(list);
    return *this;
  }
  Match& Signers(std::vector<LocatedText> list) {
    signers = std::move(list);
    return *this;
  }
  Match& Entries(std::vector<LocatedText> list) {
    entries = std::move(list);
    return *this;
  }
  Match& Classes(std::vector<Located<ImageClass>> list) {
    classes = std::move(list);
    return *this;
  }
};

Rule AllowRule(const std::string& id, RuleMatch match) {
  Rule rule;
  rule.id = At(id, 7);
  rule.match = std::move(match);
  rule.verdict.value = RuleVerdict::kAllow;
  return rule;
}

std::vector<DiagnosticCode> CodesOf(const std::vector<Diagnostic>& all) {
  std::vector<DiagnosticCode> codes;
  for (const Diagnostic& diagnostic : all) codes.push_back(diagnostic.code);
  return codes;
}

TEST(CompiledPolicyTest, AnEmptyPolicyIsTheBuiltInDefault) {
  const auto compiled = CompilePolicy({}, std::nullopt);
  ASSERT_TRUE(compiled.value.has_value());
  EXPECT_TRUE(compiled.diagnostics.empty());
  EXPECT_EQ(Dump(*compiled.value),
            "mode=permissive  floor=-  on_violation=skip  unmergeable=withhold"
            "  default=allow  image_policy=root=signed+absent:usr=signed+absent"
            "  needs_file_digest=no  needs_tree=no  needs_host_tree=no\n" +
                std::string(kPlainHandling));
}

TEST(CompiledPolicyTest, TheModeIsAtLeastTheFloor) {
  for (const auto& [mode, word] : Words<Mode>::kTable) {
    for (const auto& [floor, floor_word] : Words<Mode>::kTable) {
      Policy policy;
      policy.mode = {mode, {}};
      const auto compiled = CompilePolicy(policy, floor);
      ASSERT_TRUE(compiled.value.has_value());
      EXPECT_EQ(compiled.value->mode, std::max(mode, floor))
          << word << " under " << floor_word;
      EXPECT_EQ(compiled.value->floor, floor);
    }
  }
}

TEST(CompiledPolicyTest, DumpShowsEveryCondition) {
  Policy policy;
  policy.mode = {Mode::kEnforcing, {}};
  policy.default_verdict = {RuleVerdict::kDeny, {}};
  policy.entries.push_back({At("k3s*"), {At("active"), At("common")}});
  Rule rule = AllowRule("k3s", {});
  rule.match.names = {At("k3s*"), At("rke2*")};
  rule.match.root_hashes = {At(Hex('A'))};
  rule.match.sha256 = {At(Hex('b'))};
  rule.match.signers = {At("sha256:" + Hex('c')), At(Hex('d'))};
  rule.match.classes = {{ImageClass::kSysext, {}}};
  rule.match.architectures = {{Architecture::kX8664, {}},
                              {Architecture::kArm64, {}}};
  rule.match.entries = {At("active")};
  rule.image_policy = {ImagePolicy::Strict(), {}};
  policy.rules = {rule, AllowRule("by-name", Match().Names({At("?")}))};
  policy.rules[1].verdict.value = RuleVerdict::kDeny;
  policy.rules[1].id.span = {};
  const auto compiled = CompilePolicy(policy, std::nullopt);
  ASSERT_TRUE(compiled.value.has_value());
  EXPECT_EQ(Dump(*compiled.value),
            "mode=enforcing  floor=-  on_violation=skip  unmergeable=withhold"
            "  default=deny  image_policy=root=signed+absent:usr=signed+absent"
            "  needs_file_digest=yes  needs_tree=no  needs_host_tree=no\n" +
                std::string(kPlainHandling) +
                "entries k3s*  active|common\n"
                "rule k3s  allow  content  name=k3s*|rke2*  root_hash=" +
                Hex('a') + "  sha256=" + Hex('b') + "  signer=" + Hex('c') +
                "|" + Hex('d') +
                "  class=sysext  architecture=x86-64|arm64  entries=active"
                "  image_policy=root=signed+absent:usr=signed+absent"
                "  at p.yaml:7:3\n"
                "rule by-name  deny  name  name=?  at -\n");
}

TEST(CompiledPolicyTest, DumpShowsWhatIsBesideConditions) {
  CompiledPolicy policy;
  policy.require_unexpired = true;
  policy.staging = Staging::kLink;
  policy.sources = {"/a", "/b"};
  policy.merge_timeout = TimeSpan::OfSeconds(5);
  policy.merge_hierarchies = {"/usr", "/opt"};
  policy.failable_entries = {};
  policy.fail_when = FailWhen::kRetry;
  policy.fail_fallback = FailFallback::kReboot;
  policy.measure = MeasureTarget{14, ""};
  CompiledRule rule;
  rule.id = "a";
  rule.signer_sets = {"acme", "other"};
  rule.required = true;
  rule.permissive = true;
  rule.until = *UtcTime::Parse("2027-01-31");
  policy.rules = {rule};
  EXPECT_EQ(
      Dump(policy),
      "mode=permissive  floor=-  on_violation=skip  unmergeable=withhold"
      "  default=allow  image_policy=root=signed+absent:usr=signed+absent"
      "  require_unexpired"
      "  needs_file_digest=no  needs_tree=no  needs_host_tree=no\n"
      "handling  staging=link  merge.timeout=5s  fail_boot.entries="
      "  fail_boot.when=retry  fail_boot.fallback=reboot  sources=/a|/b"
      "  merge.hierarchies=/usr|/opt  measure=pcr14\n"
      "rule a  allow  attributes  signer_set=acme|other  required  permissive"
      "  until=2027-01-31  at -\n");
}

// Who builds one without a policy gets what an absent key means.
TEST(CompiledPolicyTest, ItsDefaultsAreThoseOfAPolicy) {
  CompiledPolicy policy;
  EXPECT_EQ(policy.staging, Policy().StagingOrDefault());
  EXPECT_EQ(policy.merge_timeout, Policy().MergeTimeoutOrDefault());
  EXPECT_EQ(policy.failable_entries, Policy().FailableEntriesOrDefault());
  EXPECT_EQ(policy.fail_when, Policy().FailWhenOrDefault());
  EXPECT_EQ(policy.fail_fallback, Policy().FailFallbackOrDefault());
}

TEST(CompiledPolicyTest, SpecificityByConditions) {
  const std::vector<LocatedText> kName = {At("a")};
  const std::vector<LocatedText> kHash = {At(Hex('1'))};
  const struct {
    RuleMatch match;
    Specificity want;
  } kCases[] = {
      {Match().RootHashes(kHash), Specificity::kContent},
      {Match().Sha256(kHash), Specificity::kContent},
      {Match().Names(kName).RootHashes(kHash).Signers(kHash),
       Specificity::kContent},
      {Match().Names(kName).Signers(kHash), Specificity::kSignerAndName},
      {Match().Signers(kHash).Entries(kName), Specificity::kSigner},
      {Match().Names(kName).Entries(kName), Specificity::kName},
      {Match().Entries(kName), Specificity::kAttributes},
      {Match().Classes({{ImageClass::kConfext, {}}}), Specificity::kAttributes},
  };
  for (const auto& c : kCases) {
    Policy policy;
    policy.rules = {AllowRule("r", c.match)};
    const auto compiled = CompilePolicy(policy, std::nullopt);
    ASSERT_TRUE(compiled.value.has_value());
    EXPECT_EQ(compiled.value->rules[0].specificity, c.want)
        << Dump(*compiled.value);
  }
}

TEST(CompiledPolicyTest, EveryProblemIsListedWhereItStands) {
  Policy policy;
  policy.entries.push_back({At("[", 2), {At("active")}});
  policy.rules = {
      AllowRule(
          "a",
          Match().Names({At("ok"), At("[z-a]", 9)}).RootHashes({At("12", 10)})),
      AllowRule("b", Match().Sha256({At("zz", 11)}).Signers({At("acme", 12)})),
      AllowRule("c", {}),
  };
  const auto compiled = CompilePolicy(policy, std::nullopt);
  EXPECT_FALSE(compiled.value.has_value());
  EXPECT_EQ(CodesOf(compiled.diagnostics),
            (std::vector<DiagnosticCode>{
                DiagnosticCode::kBadPattern, DiagnosticCode::kBadPattern,
                DiagnosticCode::kBadDigest, DiagnosticCode::kBadDigest,
                DiagnosticCode::kBadDigest, DiagnosticCode::kMissingKey}));
  ASSERT_EQ(compiled.diagnostics.size(), 6u);
  EXPECT_EQ(ToString(compiled.diagnostics[1].span), "p.yaml:9:3");
  EXPECT_EQ(compiled.diagnostics[1].message,
            "pattern `[z-a]`: a range from high to low");
  EXPECT_EQ(compiled.diagnostics[2].message,
            "`root_hash`: `12` has 2 hex digits, expected 32 to 128");
  EXPECT_EQ(compiled.diagnostics[5].message,
            "rule `c` has no condition in its `match`");
}

TEST(CompiledPolicyTest, AVersionIsOfOneStar) {
  const struct {
    std::vector<LocatedText> names;
    const char* version;
    bool compiles;
  } kCases[] = {
      {{At("k3sv*")}, ">=1", true}, {{At("k3sv*"), At("*")}, ">=1", true},
      {{At("k3s")}, ">=1", false},  {{At("k3sv*"), At("k3s")}, ">=1", false},
      {{At("*v*")}, ">=1", false},  {{At("re:k3sv.*")}, ">=1", false},
      {{}, ">=1", false},           {{At("k3sv*")}, "1", false},
  };
  for (const auto& c : kCases) {
    Policy policy;
    policy.rules = {AllowRule("a", Match().Names(c.names))};
    policy.rules[0].match.version = At(c.version);
    const auto compiled = CompilePolicy(policy, std::nullopt);
    EXPECT_EQ(compiled.value.has_value(), c.compiles)
        << c.names.size() << " " << c.version;
    if (c.compiles) {
      EXPECT_NE(Dump(*compiled.value).find("  version=>=1  "),
                std::string::npos);
    } else {
      EXPECT_EQ(CodesOf(compiled.diagnostics).at(0),
                DiagnosticCode::kBadPattern);
    }
  }
}

}  // namespace
}  // namespace extgate
