// Whole runs with `staging: link`.
#include "engine/in_place.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kLink[] = "  mode: enforcing\n  staging: link\n";
constexpr char kPath[] = "/var/lib/acme/good.raw";

// Systemd 260, `good` on offer, and a policy of these keys.
FakeHost HostWithGood(const std::string& keys = kLink,
                      const std::string& path = kPath) {
  FakeHost host = HostWith(keys);
  host.facts.systemd_version = 260;
  host.Offer(path, ImageOf("good", &Vendor()));
  return host;
}

std::vector<std::string> NotesOfCopies(const Report& report) {
  std::vector<std::string> notes;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.code == DiagnosticCode::kCopied) {
      notes.push_back(diagnostic.message);
    }
  }
  return notes;
}

void ExpectCopied(FakeHost& host, const std::string& why) {
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "good").action, Action::kStage) << why;
  ASSERT_THAT(Staged(host), Contains("good")) << why;
  EXPECT_THAT(host.copies, Not(IsEmpty())) << why;
  EXPECT_THAT(
      NotesOfCopies(report),
      Contains(testing::AllOf(HasSubstr("`good` is copied"), HasSubstr(why))));
}

TEST(InPlaceTest, WhatSystemdChecksItselfIsLinkedTo) {
  FakeHost host = HostWithGood();
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "good").action, Action::kStage);
  EXPECT_EQ(Find(report, "good").runtime_enforcement,
            RuntimeEnforcement::kSignature);
  EXPECT_THAT(host.sets[ImageClass::kSysext],
              ElementsAre(SetEntry{SetEntry::Kind::kFile, "good", kPath}));
  EXPECT_THAT(host.copies, IsEmpty());
  EXPECT_THAT(NotesOfCopies(report), IsEmpty());
  EXPECT_EQ(report.sysext.image_policy, "root=signed+absent:usr=signed+absent");
}

TEST(InPlaceTest, NothingIsLinkedToUnlessThePolicySaysSo) {
  for (const char* keys : {"  mode: enforcing\n  staging: auto\n",
                           "  mode: enforcing\n  staging: copy\n",
                           "  mode: disabled\n  staging: link\n"}) {
    FakeHost host = HostWithGood(keys);
    MustApply(host);
    EXPECT_THAT(host.copies, SizeIs(1)) << keys;
  }
}

TEST(InPlaceTest, ADeniedImageIsNoMoreStagedThanAsACopy) {
  FakeHost host = HostWithGood();
  host.Offer("/var/lib/acme/bad.raw", ImageOf("bad", &Stranger()));
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "bad").action, Action::kWithhold);
  EXPECT_THAT(host.sets[ImageClass::kSysext], SizeIs(1));
  EXPECT_THAT(host.copies, IsEmpty());
}

TEST(InPlaceTest, OlderVersionsGetACopy) {
  for (int version : {0, 252, 257, 258}) {
    FakeHost host = HostWithGood();
    host.facts.systemd_version = version;
    ExpectCopied(host, version == 0 ? "unknown version"
                                    : absl::StrCat("systemd ", version));
  }
  FakeHost host = HostWithGood();
  host.facts.systemd_version = 259;
  MustApply(host);
  EXPECT_THAT(host.copies, IsEmpty());
}

TEST(InPlaceTest, AFileThatDoesNotStayIsCopied) {
  FakeHost extra = HostWithGood(kLink, "/.extra/sysext/good.raw");
  ExpectCopied(extra, "initrd");
  FakeHost foreign = HostWithGood();
  foreign.candidates[0].place = Place::kForeign;
  ExpectCopied(foreign, "where the set itself is put");
  FakeHost device = HostWithGood();
  device.candidates[0].block_device = true;
  ExpectCopied(device, "block device");
  // The stranger's image makes the cover necessary.
  FakeHost covered = HostWithGood(kLink, "/etc/extensions/good.raw");
  covered.Offer("/etc/extensions/bad.raw", ImageOf("bad", &Stranger()));
  for (Candidate& candidate : covered.candidates) {
    candidate.place = Place::kOverriding;
  }
  ExpectCopied(covered, "covered");
}

// systemd would take it for another image than was decided about.
TEST(InPlaceTest, AFileWithASidecarIsCopied) {
  FakeHost host = HostWithGood();
  host.sidecars[kPath] = "/var/lib/acme/good.roothash";
  ExpectCopied(host, "/var/lib/acme/good.roothash");
}

TEST(InPlaceTest, ARuleOnTheFilesDigestNeedsACopy) {
  FakeHost host = HostWithGood(
      absl::StrCat(kLink, "  rules:\n    - {id: a, match: {sha256: ['",
                   std::string(64, 'a'), "']}, verdict: deny}\n"));
  ExpectCopied(host, "digest of the file");
}

// What admits the unsigned one would admit it in the place of the other.
TEST(InPlaceTest, AnUnsignedImageOfTheSetMakesAllOfThemCopies) {
  FakeHost host = HostWithGood(absl::StrCat(
      kLink,
      "  rules:\n    - {id: a, match: {name: [plain]}, verdict: allow, "
      "image_policy: 'root=verity+signed+absent:usr=absent'}\n"));
  host.Offer("/var/lib/acme/plain.raw", ImageOf("plain", nullptr));
  ExpectCopied(host, "without a signature that counts");
  EXPECT_THAT(Staged(host), ElementsAre("good", "plain"));
  EXPECT_THAT(host.copies, SizeIs(2));
}

// An untrusted image in permissive switches all checks off, or falls back.
TEST(InPlaceTest, SoDoesAStrangersImageInPermissive) {
  FakeHost host = HostWithGood("  mode: permissive\n  staging: link\n");
  host.Offer("/var/lib/acme/bad.raw", ImageOf("bad", &Stranger()));
  ExpectCopied(host, "without a signature that counts");
  EXPECT_THAT(host.copies, SizeIs(2));
}

TEST(InPlaceTest, ADryRunPlansTheLink) {
  FakeHost host = HostWithGood();
  ApplyOptions options;
  options.act = ApplyOptions::Act::kDryRun;
  auto result = Apply(host.ports(), options);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->plan.sysext.set,
              ElementsAre(SetEntry{SetEntry::Kind::kFile, "good", kPath}));
}

}  // namespace
}  // namespace extgate
