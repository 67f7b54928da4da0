#include "engine/pipeline.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/image_builder.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The set of the truth table: good, and every kind of bad.
void OfferAll(FakeHost& host) {
  static const auto& images =
      *new std::vector<std::pair<std::string, std::string>>{
          {"good", ImageOf("good", &Vendor())},
          {"wrongkey", ImageOf("wrongkey", &Stranger())},
          {"unsigned", ImageOf("unsigned", nullptr)},
          {"bare", Text(ErofsOf("bare"))},
          {"noise", std::string(1 << 20, 'n')},
          {"usronly", ImageOf("usronly", &Stranger(), Designator::kUsr)}};
  for (const auto& [name, bytes] : images) {
    host.Offer("/src/" + name + ".raw", bytes);
  }
}

TEST(PipelineTest, EnforcingStagesOnlyTheGoodOne) {
  FakeHost host = HostWith("  mode: enforcing\n");
  OfferAll(host);
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  EXPECT_THAT(host.copies, SizeIs(1));
  EXPECT_EQ(report.outcome, Outcome::kViolations);
  EXPECT_EQ(report.sysext.image_policy, kStrictImagePolicy);
  EXPECT_THAT(report.sysext.environment, IsEmpty());
  EXPECT_THAT(Codes(Find(report, "wrongkey")),
              ElementsAre(ReasonCode::kSignerUntrusted));
  EXPECT_THAT(Codes(Find(report, "unsigned")),
              ElementsAre(ReasonCode::kUnsigned));
  EXPECT_THAT(Codes(Find(report, "bare")), ElementsAre(ReasonCode::kUnsigned));
  EXPECT_THAT(Codes(Find(report, "noise")),
              ElementsAre(ReasonCode::kNotADiskImage));
  EXPECT_THAT(Codes(Find(report, "usronly")),
              ElementsAre(ReasonCode::kSignerUntrusted));
  EXPECT_EQ(Find(report, "good").runtime_enforcement,
            RuntimeEnforcement::kSignature);
}

TEST(PipelineTest, PermissiveStagesAllButTheNoise) {
  FakeHost host = HostWith("  mode: permissive\n");
  OfferAll(host);
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host),
              ElementsAre("bare", "good", "unsigned", "usronly", "wrongkey"));
  EXPECT_EQ(report.sysext.image_policy,
            "root=verity+signed+unprotected+absent:usr=signed+absent");
  EXPECT_THAT(report.sysext.environment, SizeIs(1));
  EXPECT_EQ(Find(report, "noise").action, Action::kWithhold);
}

TEST(PipelineTest, PermissiveAndEnforcingDecideAlike) {
  FakeHost permissive = HostWith("  mode: permissive\n");
  FakeHost enforcing = HostWith("  mode: enforcing\n");
  OfferAll(permissive);
  OfferAll(enforcing);
  const Report a = MustApply(permissive);
  const Report b = MustApply(enforcing);
  ASSERT_EQ(a.images.size(), b.images.size());
  for (size_t i = 0; i < a.images.size(); ++i) {
    EXPECT_EQ(a.images[i].verdict, b.images[i].verdict) << a.images[i].name;
    EXPECT_EQ(a.images[i].reasons, b.images[i].reasons) << a.images[i].name;
  }
}

TEST(PipelineTest, DisabledStagesEverythingUncheckedAndSaysNothing) {
  FakeHost host = HostWith("  mode: disabled\n");
  OfferAll(host);
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), SizeIs(6));
  EXPECT_THAT(host.owned_files, IsEmpty());
  EXPECT_EQ(report.outcome, Outcome::kOk);
  EXPECT_EQ(Find(report, "noise").verdict, Verdict::kUnchecked);
}

TEST(PipelineTest, DataThatContradictsItsTreeIsUnmergeableInEveryMode) {
  for (const char* mode : {"enforcing", "permissive"}) {
    FakeHost host = HostWith(absl::StrCat("  mode: ", mode, "\n"));
    TestImage options;
    options.data = ErofsOf("flipped");
    BuiltImage image = BuildImage(options);
    Bytes bytes = image.bytes();
    // In the payload, which no inspection reads.
    bytes[image.data.offset + image.data.size - 1] ^= 1;
    host.Offer("/src/flipped.raw", Text(bytes));
    const Report report = MustApply(host);
    EXPECT_THAT(Staged(host), IsEmpty()) << mode;
    EXPECT_THAT(host.copies, IsEmpty());
    EXPECT_EQ(Find(report, "flipped").verdict, Verdict::kUnmergeable);
    EXPECT_THAT(Codes(Find(report, "flipped")),
                Contains(ReasonCode::kVerityCorrupt));
  }
}

TEST(PipelineTest, AFileSwappedAfterTheFirstLookIsJudgedByItsCopy) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/k3s.raw", ImageOf("k3s", &Vendor()));
  const std::string evil = ImageOf("k3s", &Stranger());
  int opened = 0;
  host.on_open = [&](const std::string& path) {
    if (++opened == 2) host.files[path] = evil;
  };
  const Report report = MustApply(host);
  EXPECT_EQ(opened, 2);
  EXPECT_THAT(Staged(host), IsEmpty());
  EXPECT_NE(Find(report, "k3s").verdict, Verdict::kAllow);
}

TEST(PipelineTest, NoSpaceCostsThatImageAndNotTheBoot) {
  FakeHost host = HostWith("  mode: enforcing\n  on_violation: fail-boot\n");
  host.Offer("/src/a.raw", ImageOf("a", &Vendor()));
  host.Offer("/src/b.raw", ImageOf("b", &Vendor()));
  host.free_bytes = host.files["/src/a.raw"].size() + 100;
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("a"));
  EXPECT_EQ(Find(report, "b").action, Action::kWithhold);
  EXPECT_EQ(report.outcome, Outcome::kOk);
}

// What becomes of it is engine/boot/fail_boot_test.cc's.
TEST(PipelineTest, ADryRunSaysThatTheBootWouldBeFailed) {
  FakeHost host = HostWith("  mode: enforcing\n  on_violation: fail-boot\n");
  OfferAll(host);
  ApplyOptions options;
  options.act = ApplyOptions::Act::kDryRun;
  const auto result = Apply(host.ports(), options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->report.outcome, Outcome::kBootFailed);
  EXPECT_THAT(result->plan.sysext.set, IsEmpty());
  EXPECT_EQ(result->fate, std::nullopt);
}

TEST(PipelineTest, ImagesThatPolicyDropsAreGoneAfterTheNextRun) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  EXPECT_THAT(host.owned_files, SizeIs(3));  // certificate and two drop-ins
  host.policy_texts.clear();
  host.AddPolicy("extension_policy:\n  mode: enforcing\n");
  MustApply(host);
  EXPECT_THAT(Staged(host), IsEmpty());
  EXPECT_THAT(host.copies, IsEmpty());
  EXPECT_THAT(host.owned_files, SizeIs(2));  // the certificate is gone
}

TEST(PipelineTest, ARunLeavesThePackagedDropInAlone) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.packaged_drop_ins = {ImageClass::kSysext, ImageClass::kConfext};
  MustApply(host);
  EXPECT_THAT(host.owned_files, IsEmpty());
}

TEST(PipelineTest, DryRunChangesNothing) {
  FakeHost host = HostWith("  mode: enforcing\n");
  OfferAll(host);
  ApplyOptions options;
  options.act = ApplyOptions::Act::kDryRun;
  auto result = Apply(host.ports(), options);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->plan.sysext.set, SizeIs(1));
  EXPECT_THAT(host.sets, IsEmpty());
  EXPECT_THAT(host.copies, IsEmpty());
  EXPECT_THAT(host.owned_files, IsEmpty());
  EXPECT_THAT(host.report, IsEmpty());
}

TEST(PipelineTest, AnImageOfAnotherEntryIsNotEvenOpened) {
  FakeHost host = HostWith(
      "  mode: enforcing\n"
      "  entries:\n    - match: \"k3s*\"\n      entries: [passive]\n");
  host.Offer("/src/k3s.raw", ImageOf("k3s", &Vendor()));
  int opened = 0;
  host.on_open = [&](const std::string&) { ++opened; };
  const Report report = MustApply(host);
  EXPECT_EQ(opened, 0);
  EXPECT_EQ(Find(report, "k3s").verdict, Verdict::kNotApplicable);
  EXPECT_EQ(report.outcome, Outcome::kOk);
}

TEST(PipelineTest, ARuleOnTheFileDigestIsJudgedOnTheCopy) {
  FakeHost probe = HostWith("  mode: permissive\n");
  probe.Offer("/src/bare.raw", Text(ErofsOf("bare")));
  MustApply(probe);
  const std::string sha256 = probe.sets[ImageClass::kSysext][0].target;
  const std::string rules = absl::StrCat(
      "  mode: enforcing\n  rules:\n    - id: pinned\n      match: {sha256: [",
      sha256,
      "]}\n      verdict: allow\n      image_policy: "
      "root=unprotected+absent\n");
  FakeHost host = HostWith(rules);
  host.Offer("/src/bare.raw", Text(ErofsOf("bare")));
  host.Offer("/src/other.raw", Text(ErofsOf("other")));
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("bare"));
  EXPECT_EQ(Find(report, "bare").rule, "pinned");
  EXPECT_THAT(host.copies, SizeIs(1));

  // A dry run makes no copy and has to come to the same.
  ApplyOptions dry;
  dry.act = ApplyOptions::Act::kDryRun;
  auto planned = Apply(host.ports(), dry);
  ASSERT_TRUE(planned.ok());
  EXPECT_EQ(Find(planned->report, "bare").verdict, Verdict::kAllow);
  EXPECT_EQ(Find(planned->report, "other").verdict, Verdict::kDeny);
}

TEST(PipelineTest, AnInvalidPolicyIsRefusedWhereAPersonWaits) {
  FakeHost host = HostWith("  mode: lenient\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  ApplyOptions options;
  options.invalid_policy = ApplyOptions::InvalidPolicy::kRefuse;
  auto result = Apply(host.ports(), options);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->policy_refused);
  EXPECT_FALSE(result->report.diagnostics.empty());
  EXPECT_THAT(host.sets, IsEmpty());
  EXPECT_THAT(host.report, IsEmpty());
  EXPECT_FALSE(MustApply(host).images.empty());
}

TEST(PipelineTest, AnUnreadableFileIsWithheldAndNoViolation) {
  FakeHost host = HostWith("  mode: permissive\n");
  host.Offer("/src/k3s.raw", ImageOf("k3s", &Vendor()));
  host.unreadable_files = {"/src/k3s.raw"};
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "k3s").verdict, Verdict::kUnreadable);
  EXPECT_THAT(Staged(host), IsEmpty());
  EXPECT_EQ(report.outcome, Outcome::kOk);
}

TEST(PipelineTest, PolicyRequiredWithoutAnyPolicyLetsNothingMerge) {
  for (const char* words :
       {"quiet extgate.policy_required", "extgate.policy-required=yes",
        "extgate.mode=permissive extgate.policy_required"}) {
    FakeHost host;
    host.facts.systemd_version = 257;
    host.command_line = words;
    host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
    host.Offer("/var/lib/extensions/usronly.raw",
               ImageOf("usronly", &Stranger(), Designator::kUsr),
               Place::kSearched);
    const Report report = MustApply(host);
    EXPECT_THAT(Staged(host), IsEmpty()) << words;
    EXPECT_EQ(Find(report, "usronly").action, Action::kMask) << words;
    EXPECT_EQ(report.outcome, Outcome::kViolations) << words;
    EXPECT_THAT(
        report.diagnostics,
        Contains(Field(&Diagnostic::code, DiagnosticCode::kPolicyRequired)))
        << words;
    host.command_line = "quiet";
    MustApply(host);
    EXPECT_THAT(Staged(host), ElementsAre("good", "usronly")) << words;
  }
}

TEST(PipelineTest, LiveMediaAreLeftAsTheyAre) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.facts.entry = "live";
  host.Offer("/run/extensions/tool.raw", ImageOf("good", &Stranger()),
             Place::kForeign);
  const auto result = Apply(host.ports(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->report.images, IsEmpty());
  EXPECT_THAT(host.sets, IsEmpty());
  EXPECT_THAT(host.owned_files, IsEmpty());
  EXPECT_EQ(result->plan.sysext.hand_over, HandOver{});
  EXPECT_EQ(result->report.mode, Mode::kDisabled);
  EXPECT_NE(host.report, "");
}

TEST(PipelineTest, PolicyRequiredIsMetByAPolicyOfAnySource) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.command_line = "extgate.policy_required";
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
}

TEST(PipelineTest, NamesThatSystemdWouldNotTakeAreWithheld) {
  FakeHost host = HostWith("  mode: permissive\n");
  for (const char* path :
       {"/src/a\nb.raw", "/src/\xff.raw", "/src/...raw", "/src/.raw",
        "/src/\x1b[31m.raw", "/src/.#good.raw", "/src/good.img"}) {
    host.Offer(path, ImageOf("good", &Vendor()));
  }
  const Report report = MustApply(host);
  EXPECT_THAT(report.images, SizeIs(7));
  for (const ReportedImage& image : report.images) {
    EXPECT_EQ(image.verdict, Verdict::kDeny) << image.path;
    EXPECT_EQ(image.action, Action::kWithhold) << image.path;
    EXPECT_THAT(Codes(image), ElementsAre(ReasonCode::kNameMismatch))
        << image.path;
  }
  EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
  EXPECT_THAT(host.copies, IsEmpty());
  EXPECT_THAT(host.report, HasSubstr(R"("name": "a\\nb.raw")"));
  EXPECT_THAT(host.report, HasSubstr(R"("name": "\\xff.raw")"));
  EXPECT_THAT(host.report, HasSubstr(R"("name": "\\x1b[31m.raw")"));
}

TEST(PipelineTest, AQuoteInANameIsStagedAndEscapedInTheReport) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/q\"t.raw", ImageOf("q\"t", &Vendor()));
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "q\"t").action, Action::kStage);
  EXPECT_THAT(Staged(host), ElementsAre("q\"t"));
  EXPECT_THAT(host.report, HasSubstr(R"("name": "q\"t")"));
  auto read = ReportFromJson(host.report);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Find(*read, "q\"t").verdict, Verdict::kAllow);
}

TEST(PipelineTest, ExecutorSurvivesFailureOfEveryCall) {
  bool done = false;
  for (int call = 1; !done; ++call) {
    ASSERT_LT(call, 5000);
    FakeHost host = HostWith("  mode: enforcing\n");
    OfferAll(host);
    host.fail_call = call;
    auto result = Apply(host.ports(), {});
    done = host.calls < call;
    // Whatever failed: nothing but the good one is ever in a set, and a set
    // never names a copy that is not there.
    for (const auto& [image_class, set] : host.sets) {
      for (const SetEntry& entry : set) {
        EXPECT_EQ(entry.name, "good") << call;
        EXPECT_TRUE(host.copies.contains(entry.target)) << call;
      }
    }
    // And the next run converges.
    host.fail_call = 0;
    MustApply(host);
    EXPECT_THAT(Staged(host), ElementsAre("good")) << call;
    EXPECT_THAT(host.copies, SizeIs(1)) << call;
  }
}

TEST(PipelineTest, AnyBitFlipInTheSignedPathNeverAllows) {
  TestImage options;
  options.data = ErofsOf("good");
  const BuiltImage image = BuildImage(options);
  FakeHost host = HostWith("  mode: enforcing\n");
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  host.Offer("/src/good.raw", Text(image.bytes()));
  const Candidate candidate = host.candidates.front();
  const auto decide = [&] {
    Looks looks({candidate}, host, host);
    return Decide(looks, Depth::kContents,
                  {loaded.policy, loaded.trust, host.facts}, host);
  };
  const DecidedImage before = decide();
  ASSERT_EQ(before.decision.verdict, Verdict::kAllow);
  // GPT header, its entries, the superblock, the top hash block, the signature
  // JSON. Every bit of each is flipped in the tests of the parsers; here one a
  // byte, through to the verdict.
  const std::vector<ByteRange> ranges = {
      {512, 92},
      {1024, 3 * 128},
      {image.verity.offset, 512},
      {image.verity.offset + 4096, 512},
      {image.signature.offset, image.json.size()}};
  std::string& bytes = host.files["/src/good.raw"];
  for (const ByteRange& range : ranges) {
    for (uint64_t at = range.offset; at < range.offset + range.size; ++at) {
      const char bit = static_cast<char>(1 << (at % 8));
      bytes[at] = static_cast<char>(bytes[at] ^ bit);
      const DecidedImage after = decide();
      bytes[at] = static_cast<char>(bytes[at] ^ bit);
      if (after.decision.verdict != Verdict::kAllow) continue;
      // Only a byte that says nothing may change without a denial: then all
      // that was read and judged is the same.
      EXPECT_EQ(after.facts.verity, before.facts.verity) << at;
      EXPECT_EQ(after.facts.layout, before.facts.layout) << at;
      EXPECT_EQ(after.standing, before.standing) << at;
    }
  }
}

ApplyResult Merge(FakeHost& host) {
  ApplyOptions options;
  options.reuse = ApplyOptions::Reuse::kYes;
  auto result = Apply(host.ports(), options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : ApplyResult{};
}

FakeHost HostThatDecided() {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.Offer("/src/wrongkey.raw", ImageOf("wrongkey", &Stranger()));
  EXPECT_FALSE(Merge(host).reused);
  return host;
}

TEST(ReuseTest, AnUnchangedMachineKeepsItsDecision) {
  FakeHost host = HostThatDecided();
  int opened = 0;
  host.on_open = [&](const std::string&) { ++opened; };
  const std::string kept = host.report;
  const ApplyResult again = Merge(host);
  EXPECT_TRUE(again.reused);
  EXPECT_EQ(opened, 0);
  EXPECT_EQ(ReportToJson(again.report), kept);
  EXPECT_EQ(again.report.sysext.image_policy,
            "root=signed+absent:usr=signed+absent");
  // Whoever asks for a new decision gets one.
  EXPECT_FALSE(Apply(host.ports(), {})->reused);
  EXPECT_EQ(opened, 3);  // two looks, and one source to copy from
}

constexpr char kPermissiveRule[] =
    "  mode: enforcing\n"
    "  on_violation: fail-boot\n"
    "  rules:\n"
    "    - {id: no-good, match: {name: good}, verdict: deny,\n"
    "       mode: permissive, until: 2027-01-31}\n";

TEST(PermissiveRuleTest, ReportsAndStagesUntilItsEnd) {
  FakeHost host = HostWith(kPermissiveRule);
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.facts.date = *UtcTime::Parse("2027-01-30T23:59:59Z");
  const Report before = MustApply(host);
  EXPECT_EQ(before.outcome, Outcome::kOk);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  const ReportedImage& image = Find(before, "good");
  EXPECT_EQ(image.verdict, Verdict::kDeny);
  EXPECT_EQ(image.action, Action::kStage);
  ASSERT_THAT(image.excused_by, SizeIs(1));
  EXPECT_EQ(image.excused_by[0].rule, "no-good");
  host.facts.date = *UtcTime::Parse("2027-01-31");
  const Report after = MustApply(host);
  EXPECT_EQ(after.outcome, Outcome::kViolations);
  EXPECT_THAT(Staged(host), IsEmpty());
  EXPECT_THAT(Find(after, "good").excused_by, IsEmpty());
}

TEST(RequiredTest, ComesFirstWhereThereIsNotRoomForAll) {
  FakeHost host = HostWith(
      "  mode: enforcing\n"
      "  rules:\n"
      "    - {id: r, match: {name: [b]}, verdict: allow, required: true}\n");
  host.Offer("/src/a.raw", ImageOf("a", &Vendor()));
  host.Offer("/src/b.raw", ImageOf("b", &Vendor()));
  host.free_bytes = host.files["/src/a.raw"].size() + 100;
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("b"));
  EXPECT_EQ(report.outcome, Outcome::kOk);
}

TEST(ReuseTest, WhatDidNotFitIsTriedAgain) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.free_bytes = 100;
  EXPECT_FALSE(Merge(host).reused);
  EXPECT_THAT(Staged(host), IsEmpty());
  host.free_bytes = host.files["/src/good.raw"].size() + 100;
  EXPECT_FALSE(Merge(host).reused);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  EXPECT_TRUE(Merge(host).reused);
}

TEST(ReuseTest, TheDateCountsByTheRulesThatItEnds) {
  FakeHost host = HostWith(kPermissiveRule);
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  EXPECT_FALSE(Merge(host).reused);
  host.facts.date = *UtcTime::Parse("2027-01-30");
  EXPECT_TRUE(Merge(host).reused);
  host.facts.date = *UtcTime::Parse("2027-01-31");
  EXPECT_FALSE(Merge(host).reused);
  EXPECT_THAT(Staged(host), IsEmpty());
}

TEST(ReuseTest, WhateverTheDecisionWasMadeFromMakesItAnew) {
  const std::pair<const char*, std::function<void(FakeHost&)>> kChanges[] = {
      {"an image", [](FakeHost& host) { host.files["/src/good.raw"] += "x"; }},
      {"one more image",
       [](FakeHost& host) {
         host.Offer("/src/more.raw", ImageOf("more", &Vendor()));
       }},
      {"one less", [](FakeHost& host) { host.candidates.pop_back(); }},
      {"policy",
       [](FakeHost& host) {
         host.AddPolicy("extension_policy: {default: deny}\n");
       }},
      {"the command line",
       [](FakeHost& host) { host.command_line = "extgate.mode=permissive"; }},
      {"trust",
       [](FakeHost& host) {
         host.verity_directory.push_back(
             {"/usr/lib/verity.d/a.crt", Stranger().certificate().pem});
       }},
      {"systemd", [](FakeHost& host) { host.facts.systemd_version = 259; }},
      {"the system",
       [](FakeHost& host) { host.facts.os_release["VERSION_ID"] = "14"; }},
      {"the boot", [](FakeHost& host) { host.boot_id = "another"; }},
      {"the entry", [](FakeHost& host) { host.facts.entry = "passive"; }},
      {"the copies", [](FakeHost& host) { host.copies.clear(); }},
      {"the set", [](FakeHost& host) { host.sets.clear(); }},
      {"the files", [](FakeHost& host) { host.owned_files.clear(); }},
      {"the report", [](FakeHost& host) { host.report = "{"; }},
      {"no report", [](FakeHost& host) { host.report.clear(); }},
      {"a mask",
       [](FakeHost& host) {
         host.candidates[0].masked_by = "/etc/extensions/good";
       }},
      {"a directory, which has no stamp",
       [](FakeHost& host) { host.candidates[1].kind = Container::kDirectory; }},
  };
  for (const auto& [what, change] : kChanges) {
    FakeHost host = HostThatDecided();
    change(host);
    EXPECT_FALSE(Merge(host).reused) << what;
  }
}

// What systemd would take first, of which one image is denied.
FakeHost HostWithOverriding() {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/etc/extensions/good.raw", ImageOf("good", &Vendor()),
             Place::kOverriding);
  host.Offer("/etc/extensions/wrongkey.raw", ImageOf("wrongkey", &Stranger()),
             Place::kOverriding);
  return host;
}

TEST(CoverTest, WhatEnforcingDeniesIsCoveredAndTheRestStaged) {
  FakeHost host = HostWithOverriding();
  const Report report = MustApply(host);
  EXPECT_THAT(host.covered, ElementsAre(kOverridingDirectory));
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  EXPECT_EQ(Find(report, "wrongkey").action, Action::kWithhold);
  ASSERT_THAT(report.violations, SizeIs(1));
  EXPECT_EQ(report.violations[0].code, ReasonCode::kSignerUntrusted);
}

TEST(CoverTest, GoesWhenNothingNeedsItAnyMore) {
  FakeHost host = HostWithOverriding();
  MustApply(host);
  host.candidates.pop_back();
  const Report report = MustApply(host);
  EXPECT_THAT(host.covered, IsEmpty());
  EXPECT_THAT(Staged(host), IsEmpty());
  EXPECT_EQ(Find(report, "good").action, Action::kLeave);
}

TEST(CoverTest, GoesWithTheGate) {
  FakeHost host = HostWithOverriding();
  MustApply(host);
  host.policy_texts.clear();
  host.AddPolicy("extension_policy: {mode: disabled}\n");
  MustApply(host);
  EXPECT_THAT(host.covered, IsEmpty());
}

TEST(CoverTest, ACoverThatFailsIsABypassAndNoFailure) {
  FakeHost host = HostWithOverriding();
  host.can_cover = false;
  const Report report = MustApply(host);
  EXPECT_THAT(host.covered, IsEmpty());
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  ASSERT_THAT(report.violations, SizeIs(2));
  EXPECT_EQ(report.violations[1].code, ReasonCode::kBypass);
}

TEST(CoverTest, ADryRunPlansIt) {
  FakeHost host = HostWithOverriding();
  ApplyOptions options;
  options.act = ApplyOptions::Act::kDryRun;
  auto result = Apply(host.ports(), options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->plan.covers, ElementsAre(kOverridingDirectory));
  EXPECT_THAT(host.covered, IsEmpty());
}

}  // namespace
}  // namespace extgate
