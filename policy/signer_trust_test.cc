// Trust sets and expiry, from who signed to the decision.
#include "policy/signer_trust.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

constexpr int64_t kEnd = 1893455999;  // of TrustedStanding()'s certificate

// By `signers` in order: "db", whom every rule trusts, with cccc…; "acme" and
// "beta", of the set of that name, with aaaa… and bbbb…; "both" of both sets;
// "stranger".
SignatureStanding SignedBy(const std::vector<std::string>& signers) {
  SignatureStanding standing;
  standing.state = SignatureState::kTrusted;
  for (const std::string& who : signers) {
    Signer signer = TrustedStanding().signers[0];
    signer.subject = "CN=" + who;
    if (who != "db") {
      signer.trusted = false;
      standing.state = SignatureState::kUntrusted;
      signer.sha256 = FingerprintOf(who == "acme"   ? 'a'
                                    : who == "beta" ? 'b'
                                                    : 'd');
      signer.sets = {who};
    }
    if (who == "both") signer.sets = {"acme", "beta"};
    if (who == "stranger") {
      signer.sets = {};
      signer.not_after.reset();
    }
    standing.signers.push_back(signer);
  }
  return standing;
}

Rule NamingSets(RuleVerdict verdict, const std::vector<std::string>& sets) {
  Rule rule = RuleNamed("r", verdict);
  for (const std::string& set : sets) {
    rule.match.signer_sets.push_back(Text(set));
  }
  return rule;
}

// Knows the sets acme and beta.
Policy WithRules(std::vector<Rule> rules) {
  Policy policy;
  policy.trust.sets["acme"];
  policy.trust.sets["beta"];
  policy.rules = std::move(rules);
  return policy;
}

// "allow by r", "deny by default: signer-untrusted"; each code once.
std::string Outcome(const SignatureStanding& standing, const Policy& policy,
                    const HostFacts& host = DebianHost()) {
  const Decision decision =
      Evaluate(GoodImage(), standing, host, Compiled(policy));
  std::string text =
      std::string(ToWord(decision.verdict)) + " by " + decision.rule;
  for (const Reason& reason : decision.reasons) {
    text += std::string(" ") + ToWord(reason.code);
  }
  return text;
}

TEST(TrustSetTest, AnAllowNeedsEverySignerInASetThatItNames) {
  const struct {
    std::vector<std::string> signers;
    std::vector<std::string> sets;
    const char* want;
  } kCases[] = {
      {{"acme"}, {"acme"}, "allow by r"},
      {{"both"}, {"acme"}, "allow by r"},
      {{"both"}, {"beta"}, "allow by r"},
      {{"acme", "beta"}, {"acme", "beta"}, "allow by r"},
      {{"acme"}, {"beta"}, "deny by default signer-untrusted"},
      {{"acme", "beta"},
       {"acme"},
       "deny by default signer-untrusted signer-"
       "untrusted"},
      {{"acme", "stranger"},
       {"acme"},
       "deny by default signer-untrusted "
       "signer-untrusted"},
      {{"stranger"}, {"acme"}, "deny by default signer-untrusted"},
      // Trusted by every rule, but it is another that this one is about.
      {{"db"}, {"acme"}, "allow by default"},
      {{"acme", "db"}, {"acme"}, "deny by default signer-untrusted"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Outcome(SignedBy(test.signers),
                      WithRules({NamingSets(RuleVerdict::kAllow, test.sets)})),
              test.want)
        << test.signers[0] << " " << test.sets[0];
  }
}

TEST(TrustSetTest, OnlyRulesThatNameASetTrustIt) {
  Rule by_name = RuleNamed("n", RuleVerdict::kAllow);
  by_name.match.names = {Text("k3s*")};
  // A fingerprint is of a certificate that is trusted elsewhere.
  Rule by_fingerprint = RuleNamed("f", RuleVerdict::kAllow);
  by_fingerprint.match.signers = {Text("sha256:" + HexOf('a'))};
  EXPECT_EQ(Outcome(SignedBy({"acme"}), WithRules({by_name})),
            "deny by n signer-untrusted");
  EXPECT_EQ(Outcome(SignedBy({"acme"}), WithRules({by_fingerprint})),
            "deny by default signer-untrusted");
  EXPECT_EQ(Outcome(SignedBy({"acme"}), WithRules({})),
            "deny by default signer-untrusted");
  by_name.match.signer_sets = {Text("acme")};
  EXPECT_EQ(Outcome(SignedBy({"acme"}), WithRules({by_name})), "allow by n");
}

TEST(TrustSetTest, ASetAndAFingerprintTogether) {
  Rule rule = NamingSets(RuleVerdict::kAllow, {"acme"});
  rule.match.signers = {Text("sha256:" + HexOf('c'))};
  EXPECT_EQ(Outcome(SignedBy({"acme"}), WithRules({rule})), "allow by r");
  EXPECT_EQ(Outcome(SignedBy({"db"}), WithRules({rule})), "allow by r");
  EXPECT_EQ(Outcome(SignedBy({"db", "acme"}), WithRules({rule})), "allow by r");
  EXPECT_EQ(Outcome(SignedBy({"db", "beta"}), WithRules({rule})),
            "deny by default signer-untrusted");
  // Listed, but trusted by nobody that this rule names.
  rule.match.signers = {Text(HexOf('b'))};
  EXPECT_EQ(Outcome(SignedBy({"beta"}), WithRules({rule})),
            "deny by default signer-untrusted");
}

TEST(TrustSetTest, ADenyNeedsOneSignerInASetThatItNames) {
  const Policy policy = WithRules({NamingSets(RuleVerdict::kDeny, {"acme"})});
  EXPECT_EQ(Outcome(SignedBy({"db"}), policy), "allow by default");
  for (const auto& signers : std::vector<std::vector<std::string>>{
           {"acme"}, {"db", "acme"}, {"stranger", "both"}}) {
    EXPECT_EQ(Outcome(SignedBy(signers), policy), "deny by r denied-by-rule");
  }
  // Revoked and expired ones are still of the set.
  SignatureStanding revoked = SignedBy({"acme"});
  revoked.signers[0].revoked = true;
  EXPECT_EQ(Outcome(revoked, policy),
            "deny by r signer-revoked denied-by-rule");
}

TEST(TrustSetTest, ARevokedSignerIsInNoSet) {
  SignatureStanding revoked = SignedBy({"acme"});
  revoked.signers[0].revoked = true;
  Rule rule = NamingSets(RuleVerdict::kAllow, {"acme"});
  EXPECT_EQ(Outcome(revoked, WithRules({rule})),
            "deny by default signer-untrusted signer-revoked");
  rule.image_policy = {Parsed("*"), {}};
  EXPECT_EQ(Outcome(revoked, WithRules({rule})),
            "deny by default signer-untrusted signer-revoked");
}

TEST(TrustSetTest, AnUndefinedSetHasNobodyInItAndCouldMeanAnybody) {
  EXPECT_EQ(Outcome(SignedBy({"acme"}),
                    WithRules({NamingSets(RuleVerdict::kAllow, {"none"})})),
            "deny by default signer-untrusted");
  const Policy denies = WithRules({NamingSets(RuleVerdict::kDeny, {"none"})});
  for (const char* who : {"db", "acme", "stranger"}) {
    EXPECT_EQ(Outcome(SignedBy({who}), denies), "deny by r denied-by-rule");
  }
  SignatureStanding unreadable;
  unreadable.state = SignatureState::kInvalid;
  EXPECT_EQ(Outcome(unreadable, denies), "deny by r denied-by-rule");
  // Nobody signed it at all.
  EXPECT_EQ(Outcome({}, denies), "deny by default unsigned");
}

TEST(TrustSetTest, ASetInDoubtCouldMeanAnybody) {
  CompiledPolicy policy =
      Compiled(WithRules({NamingSets(RuleVerdict::kDeny, {"beta"})}));
  const auto decide = [&] {
    return Evaluate(GoodImage(), SignedBy({"db"}), DebianHost(), policy)
        .verdict;
  };
  DoubtSets({"acme"}, policy);
  EXPECT_EQ(decide(), Verdict::kAllow);
  DoubtSets({"acme", "beta"}, policy);
  EXPECT_EQ(decide(), Verdict::kDeny);
}

TEST(ExpiryTest, TheLastSecondOfACertificateCounts) {
  Policy policy;
  HostFacts host = DebianHost();
  for (const int64_t after : {-1, 0, 1}) {
    host.date = UtcTime::FromSeconds(kEnd + after);
    policy.trust.require_unexpired.reset();
    EXPECT_EQ(Outcome(SignedBy({"db"}), policy, host), "allow by default");
    policy.trust.require_unexpired = {true, {}};
    EXPECT_EQ(
        Outcome(SignedBy({"db"}), policy, host),
        after <= 0 ? "allow by default" : "deny by default signer-expired");
  }
}

TEST(ExpiryTest, NoRuleTrustsWhoHasExpired) {
  HostFacts host = DebianHost();
  host.date = UtcTime::FromSeconds(kEnd + 1);
  Rule by_fingerprint = RuleNamed("f", RuleVerdict::kAllow);
  by_fingerprint.match.signers = {Text(HexOf('c'))};
  Policy policy =
      WithRules({NamingSets(RuleVerdict::kAllow, {"acme"}), by_fingerprint});
  policy.trust.require_unexpired = {true, {}};
  EXPECT_EQ(Outcome(SignedBy({"acme"}), policy, host),
            "deny by default signer-expired");
  EXPECT_EQ(Outcome(SignedBy({"db"}), policy, host),
            "deny by default signer-expired");
  // A denial is not over with the certificate.
  policy.rules = {NamingSets(RuleVerdict::kDeny, {"acme"})};
  EXPECT_EQ(Outcome(SignedBy({"acme"}), policy, host),
            "deny by r denied-by-rule");
}

TEST(ExpiryTest, OneOfSeveralSuffices) {
  Policy policy;
  policy.trust.require_unexpired = {true, {}};
  SignatureStanding standing = SignedBy({"db", "db"});
  EXPECT_EQ(Outcome(standing, policy), "allow by default");
  standing.signers[1].not_after = UtcTime();
  EXPECT_EQ(Outcome(standing, policy), "deny by default signer-expired");
}

// What is signed by strangers has no certificate that could be looked at.
TEST(ExpiryTest, AStrangerDoesNotExpire) {
  Policy policy;
  policy.trust.require_unexpired = {true, {}};
  EXPECT_EQ(Outcome(StrangersStanding(), policy),
            "deny by default signer-untrusted");
}

TEST(CountedStandingTest, IsWhatTheDecidingRuleSaw) {
  const SignatureStanding seen = SignedBy({"acme"});
  for (const char* set : {"acme", "beta"}) {
    const CompiledPolicy policy =
        Compiled(WithRules({NamingSets(RuleVerdict::kAllow, {set})}));
    const HostFacts host = DebianHost();
    const Decision decision = Evaluate(GoodImage(), seen, host, policy);
    const SignatureStanding counted =
        CountedStanding(seen, decision, host, policy);
    const bool trusted = std::string(set) == "acme";
    EXPECT_EQ(counted.state,
              trusted ? SignatureState::kTrusted : SignatureState::kUntrusted);
    EXPECT_EQ(counted.signers[0].trusted, trusted);
  }
}

}  // namespace
}  // namespace extgate
