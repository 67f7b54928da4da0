#include "engine/remedy/suggestion.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/testing/one_image.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kEnforcing[] = "  mode: enforcing\n";

// What the report of a run on `host` suggests, written down and read back.
Suggestions Suggest(FakeHost& host) {
  const auto report = ReportFromJson(ReportToJson(MustApply(host)));
  EXPECT_TRUE(report.ok()) << report.status();
  auto suggested = SuggestRules(report.value_or(Report()), host.ports());
  EXPECT_TRUE(suggested.value.has_value());
  return std::move(suggested.value).value_or(Suggestions());
}

// The verdict of `name` in a run with the suggested file beside the policy.
Verdict WithFile(FakeHost host, const Suggestions& suggested,
                 const std::string& name) {
  host.AddPolicy(suggested.added.text, suggested.added.authority);
  return Find(MustApply(host), name).verdict;
}

std::vector<std::string> Whys(const Suggestions& suggested) {
  std::vector<std::string> whys;
  for (const LeftDenied& left : suggested.left) {
    whys.push_back(absl::StrCat(left.path, ": ", left.why));
  }
  return whys;
}

TEST(SuggestRules, AllowsWhatWasDeniedAndNoOtherContentOfThatName) {
  FakeHost host = HostWith(kEnforcing);
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.Offer("/src/strange.raw", ImageOf("strange", &Stranger()));
  host.Offer("/src/unsigned.raw", ImageOf("unsigned", nullptr));
  const Suggestions suggested = Suggest(host);
  EXPECT_THAT(Whys(suggested), IsEmpty());
  ASSERT_EQ(suggested.rules.size(), 2u);
  EXPECT_EQ(suggested.rules[0].path, "/src/strange.raw");
  EXPECT_THAT(suggested.rules[0].allows, HasSubstr("by root_hash "));
  EXPECT_EQ(suggested.added.authority, Authority::kLocal);
  EXPECT_THAT(suggested.added.text, Not(HasSubstr("name:")));
  EXPECT_THAT(suggested.added.text, HasSubstr("root_hash:"));
  EXPECT_THAT(suggested.added.text, HasSubstr("sysext"));
  EXPECT_EQ(WithFile(host, suggested, "strange"), Verdict::kAllow);
  EXPECT_EQ(WithFile(host, suggested, "unsigned"), Verdict::kAllow);
  EXPECT_EQ(WithFile(host, suggested, "good"), Verdict::kAllow);
  FakeHost other = HostWith(kEnforcing);
  other.Offer("/src/strange.raw",
              ImageOf("strange", &Stranger(), Designator::kUsr));
  other.Offer("/src/unsigned.raw", ImageOf("unsigned", &Stranger()));
  EXPECT_EQ(WithFile(other, suggested, "strange"), Verdict::kDeny);
}

TEST(SuggestRules, IsAPolicyFile) {
  FakeHost host = HostWith(kEnforcing);
  host.Offer("/src/strange.raw", ImageOf("strange", &Stranger()));
  const Suggestions suggested = Suggest(host);
  auto read = ReadPolicyText(suggested.added.text, suggested.added.path,
                             SourceKind::kPolicyFile);
  EXPECT_THAT(read.diagnostics, IsEmpty());
  ASSERT_TRUE(read.value.has_value());
  ASSERT_EQ(read.value->rules.size(), 1u);
  EXPECT_EQ(read.value->rules[0].id.value, suggested.rules[0].id);
  EXPECT_EQ(suggested.added.path, "/etc/extgate/policy.d/90-suggested.yaml");
}

TEST(SuggestRules, WhatTheVendorSignedNeedsNoWeakerImagePolicy) {
  FakeHost host = HostWith("  default: deny\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  const Suggestions suggested = Suggest(host);
  ASSERT_EQ(suggested.rules.size(), 1u);
  EXPECT_THAT(suggested.added.text, Not(HasSubstr("image_policy")));
  EXPECT_EQ(WithFile(host, suggested, "good"), Verdict::kAllow);
}

TEST(SuggestRules, ByVersionAndByPin) {
  FakeHost host = HostWith(
      "  mode: enforcing\n  rules:\n    - id: r\n      match: {name: "
      "[\"good*\"], version: \">=2\"}\n      verdict: allow\n");
  host.Offer("/src/good1.raw", ImageOf("good1", &Vendor()));
  const Suggestions suggested = Suggest(host);
  ASSERT_EQ(suggested.rules.size(), 1u);
  EXPECT_EQ(WithFile(host, suggested, "good1"), Verdict::kAllow);
}

// A rule for `name` with this verdict.
std::string DenyNamed(const std::string& name) {
  return absl::StrCat(kEnforcing,
                      "  rules:\n    - id: no\n      match: {name: [", name,
                      "]}\n      verdict: deny\n");
}

TEST(SuggestRules, NeverOverADenyRule) {
  FakeHost host = HostWith(DenyNamed("strange"));
  host.Offer("/src/strange.raw", ImageOf("strange", &Stranger()));
  const Suggestions suggested = Suggest(host);
  EXPECT_THAT(suggested.rules, IsEmpty());
  EXPECT_EQ(suggested.added.text, "");
  EXPECT_THAT(Whys(suggested),
              ElementsAre(HasSubstr("/src/strange.raw: no rule is to allow "
                                    "what is denied-by-rule")));
}

TEST(SuggestRules, NeverOverADenyRuleThatCameSince) {
  FakeHost host = HostWith(kEnforcing);
  host.Offer("/src/strange.raw", ImageOf("strange", &Stranger()));
  const Report report = MustApply(host);
  FakeHost now = HostWith(DenyNamed("strange"));
  auto suggested = SuggestRules(report, now.ports());
  ASSERT_TRUE(suggested.value.has_value());
  EXPECT_THAT(suggested.value->rules, IsEmpty());
  EXPECT_THAT(Whys(*suggested.value),
              ElementsAre(HasSubstr("the policy now says ")));
}

TEST(SuggestRules, NeverOverARevocation) {
  FakeHost host = HostWith(kEnforcing);
  host.policy_texts[0].text += absl::StrCat(
      "    revoked: [\"sha256:", Vendor().certificate().sha256.hex(), "\"]\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  const Suggestions suggested = Suggest(host);
  EXPECT_THAT(suggested.rules, IsEmpty());
  EXPECT_THAT(Whys(suggested), ElementsAre(HasSubstr("signer-revoked")));
}

TEST(SuggestRules, NeverOverARevocationThatCameSince) {
  FakeHost host = HostWith("  default: deny\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  const Report report = MustApply(host);
  host.policy_texts[0].text += absl::StrCat(
      "    revoked: [\"sha256:", Vendor().certificate().sha256.hex(), "\"]\n");
  auto suggested = SuggestRules(report, host.ports());
  ASSERT_TRUE(suggested.value.has_value());
  EXPECT_THAT(suggested.value->rules, IsEmpty());
  EXPECT_THAT(Whys(*suggested.value), ElementsAre(HasSubstr("signer-revoked")));
}

TEST(SuggestRules, NeverOverACorruptImage) {
  FakeHost host = HostWith(kEnforcing);
  Flipped([](const BuiltImage& image) {
    return image.data.offset + image.data.size - 1;
  })(host);
  host.Offer("/src/noise.raw", std::string(1 << 16, 'n'));
  const Suggestions suggested = Suggest(host);
  EXPECT_THAT(suggested.rules, IsEmpty());
  EXPECT_EQ(suggested.left.size(), 2u);
}

TEST(SuggestRules, NeverByNameAlone) {
  FakeHost host = HostWith(kEnforcing);
  host.Offer("/src/strange.raw", ImageOf("strange", &Stranger()));
  Report report = MustApply(host);
  report.images[0].root_hash = "";
  report.images[0].sha256 = "";
  auto suggested = SuggestRules(report, host.ports());
  ASSERT_TRUE(suggested.value.has_value());
  EXPECT_THAT(suggested.value->rules, IsEmpty());
  EXPECT_THAT(Whys(*suggested.value), ElementsAre(HasSubstr("a name alone")));
}

TEST(SuggestRules, UnderAFloorTheFileIsTheVendors) {
  FakeHost host = HostWith("  mode: enforcing\n  mode_floor: enforcing\n");
  host.Offer("/src/strange.raw", ImageOf("strange", &Stranger()));
  const Suggestions suggested = Suggest(host);
  ASSERT_EQ(suggested.rules.size(), 1u);
  EXPECT_EQ(suggested.added.authority, Authority::kVendor);
  EXPECT_EQ(suggested.added.path,
            "/usr/lib/extgate/policy.d/90-suggested.yaml");
  EXPECT_EQ(WithFile(host, suggested, "strange"), Verdict::kAllow);
}

TEST(SuggestRules, SaysWhenThePolicyAllowsItByNow) {
  FakeHost host = HostWith("  default: deny\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  const Report report = MustApply(host);
  FakeHost now = HostWith("");
  auto suggested = SuggestRules(report, now.ports());
  ASSERT_TRUE(suggested.value.has_value());
  EXPECT_THAT(Whys(*suggested.value),
              ElementsAre(HasSubstr("allows it by now, by `default`")));
}

}  // namespace
}  // namespace extgate
