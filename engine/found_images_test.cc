// Whole runs over what is not simply an image file in a source: versions,
// masks, plain directories.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/memory_tree.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(MaskTest, WhatIsMaskedIsNotCopied) {
  FakeHost host = HostWith("  mode: permissive\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.candidates[0].masked_by = "/etc/extensions/good";
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "good").verdict, Verdict::kAllow);
  EXPECT_EQ(Find(report, "good").action, Action::kLeave);
  EXPECT_THAT(host.copies, IsEmpty());
  EXPECT_THAT(Staged(host), IsEmpty());
}

// What is staged under the name that the directory of versions stands for.
TEST(VersionTest, AVersionIsStagedAsWhatItStandsFor) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.Offer("/src/good.raw.v/good_2.raw", ImageOf("good", &Vendor()));
  host.candidates[0].file_name = "good.raw";
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "good").path, "/src/good.raw.v/good_2.raw");
  EXPECT_EQ(Find(report, "good").verdict, Verdict::kAllow);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
}

TEST(SourcesTest, ImagesOfThePolicysSourcesAreDecidedAndStaged) {
  FakeHost host = HostWith("  mode: enforcing\n  sources: [/srv/acme]\n");
  host.Offer("/srv/acme/more.raw", ImageOf("more", &Vendor()));
  host.Offer("/srv/acme/bad.raw", ImageOf("bad", &Stranger()));
  host.candidates_of["/srv/acme"] = std::move(host.candidates);
  host.candidates.clear();
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("more"));
  EXPECT_EQ(Find(report, "bad").verdict, Verdict::kDeny);
}

// A plain directory that is a fine extension called `tree`.
void AddTree(FakeHost& host, const std::string& path, Place place) {
  Candidate candidate;
  candidate.path = path;
  candidate.file_name = path.substr(path.rfind('/') + 1);
  candidate.place = place;
  candidate.kind = Container::kDirectory;
  host.trees[path] = [name = candidate.file_name] {
    auto tree = std::make_unique<MemoryTree>();
    tree->File(
        absl::StrCat("/usr/lib/extension-release.d/extension-release.", name),
        "ID=_any\n");
    tree->File("/usr/share/x", "x");
    return MakeFilesystem(std::move(tree));
  };
  host.candidates.push_back(std::move(candidate));
}

// Enforcing, and a rule for `tree` as it is.
constexpr char kAdmitsTree[] =
    "  mode: enforcing\n"
    "  rules:\n"
    "    - id: tree\n"
    "      match: {name: [tree]}\n"
    "      verdict: allow\n"
    "      image_policy: root=unprotected+absent:usr=absent\n";

std::vector<SetEntry> Links(const std::string& target) {
  return {{SetEntry::Kind::kDirectory, "tree", target}};
}

TEST(DirectoryTest, IsUnsigned) {
  FakeHost host = HostWith("  mode: enforcing\n");
  AddTree(host, "/var/lib/extensions/tree", Place::kSearched);
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "tree").verdict, Verdict::kDeny);
  EXPECT_THAT(Codes(Find(report, "tree")), Contains(ReasonCode::kUnsigned));
  EXPECT_EQ(Find(report, "tree").action, Action::kMask);
  EXPECT_THAT(host.sets[ImageClass::kSysext],
              ElementsAre(SetEntry{SetEntry::Kind::kMask, "tree", ""}));
}

TEST(DirectoryTest, AsARuleAdmitsItIsLinkedTo) {
  for (Place place : {Place::kSearched, Place::kForeign}) {
    FakeHost host = HostWith(kAdmitsTree);
    AddTree(host, "/somewhere/tree", place);
    const Report report = MustApply(host);
    EXPECT_EQ(Find(report, "tree").verdict, Verdict::kAllow);
    EXPECT_EQ(Find(report, "tree").rule, "tree");
    EXPECT_EQ(Find(report, "tree").action, Action::kStage);
    EXPECT_EQ(Find(report, "tree").runtime_enforcement,
              RuntimeEnforcement::kNone);
    EXPECT_EQ(host.sets[ImageClass::kSysext], Links("/somewhere/tree"));
  }
}

// The one private copy of a tree, in the set.
void ExpectCopied(FakeHost& host) {
  ASSERT_THAT(host.tree_copies, SizeIs(1));
  EXPECT_THAT(host.sets[ImageClass::kSysext],
              ElementsAre(SetEntry{SetEntry::Kind::kTree, "tree",
                                   host.tree_copies.begin()->first}));
}

TEST(DirectoryTest, OnOfferIsStagedAsAPrivateCopy) {
  for (const char* keys :
       {kAdmitsTree, "  mode: permissive\n", "  mode: disabled\n"}) {
    FakeHost host = HostWith(keys);
    AddTree(host, "/.extra/sysext/tree", Place::kOffered);
    const Report report = MustApply(host);
    EXPECT_EQ(Find(report, "tree").action, Action::kStage);
    ExpectCopied(host);
  }
}

TEST(DirectoryTest, OnOfferIsNotCopiedWhereItIsDenied) {
  FakeHost host = HostWith("  mode: enforcing\n");
  AddTree(host, "/.extra/sysext/tree", Place::kOffered);
  const Report report = MustApply(host);
  EXPECT_THAT(Codes(Find(report, "tree")), Contains(ReasonCode::kUnsigned));
  EXPECT_EQ(Find(report, "tree").action, Action::kWithhold);
  EXPECT_THAT(host.tree_copies, IsEmpty());
  EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
}

// What counts is what is in the copy, whatever was there at the first look.
TEST(DirectoryTest, IsDecidedByItsCopy) {
  FakeHost host = HostWith(kAdmitsTree);
  AddTree(host, "/.extra/sysext/tree", Place::kOffered);
  int opened = 0;
  host.trees["/.extra/sysext/tree"] = [&opened] {
    auto tree = std::make_unique<MemoryTree>();
    tree->File("/usr/lib/extension-release.d/extension-release.tree",
               "ID=_any\n");
    if (++opened > 1) tree->File("/usr/lib/extgate/policy.d/50.yaml", "x");
    return MakeFilesystem(std::move(tree));
  };
  const Report report = MustApply(host);
  EXPECT_EQ(opened, 2);
  EXPECT_THAT(Codes(Find(report, "tree")),
              Contains(ReasonCode::kForbiddenContent));
  EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
  EXPECT_THAT(host.tree_copies, IsEmpty());
}

TEST(DirectoryTest, WhatCannotBeCopiedIsWithheldAndSaidSo) {
  for (const auto& [error, code] :
       {std::pair(absl::FailedPreconditionError("a mount"),
                  DiagnosticCode::kNotStaged),
        std::pair(absl::ResourceExhaustedError("full"),
                  DiagnosticCode::kNoSpace)}) {
    FakeHost host = HostWith(kAdmitsTree);
    AddTree(host, "/.extra/sysext/tree", Place::kOffered);
    host.tree_error = error;
    const Report report = MustApply(host);
    EXPECT_EQ(Find(report, "tree").verdict, Verdict::kAllow);
    EXPECT_EQ(Find(report, "tree").action, Action::kWithhold);
    EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
    EXPECT_THAT(report.diagnostics, Contains(Field(&Diagnostic::code, code)));
  }
}

TEST(DirectoryTest, IsLeftWhereSystemdTakesItFirst) {
  FakeHost host = HostWith(kAdmitsTree);
  AddTree(host, "/etc/extensions/tree", Place::kOverriding);
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "tree").action, Action::kLeave);
  EXPECT_EQ(Find(report, "tree").runtime_enforcement,
            RuntimeEnforcement::kNone);
  EXPECT_THAT(host.covered, IsEmpty());
  EXPECT_THAT(report.violations, IsEmpty());
}

TEST(DirectoryTest, BelowACoverIsStagedAsAPrivateCopy) {
  FakeHost host = HostWith(kAdmitsTree);
  AddTree(host, "/etc/extensions/tree", Place::kOverriding);
  host.Offer("/etc/extensions/wrongkey.raw", ImageOf("wrongkey", &Stranger()),
             Place::kOverriding);
  const Report report = MustApply(host);
  EXPECT_THAT(host.covered, ElementsAre(kOverridingDirectory));
  EXPECT_EQ(Find(report, "tree").verdict, Verdict::kAllow);
  EXPECT_EQ(Find(report, "tree").action, Action::kStage);
  ExpectCopied(host);
}

// What makes systemd give up, whatever is decided of it.
TEST(HazardTest, IsCoveredInBothModesAndTheRestStaged) {
  for (const char* keys : {kAdmitsTree, "  mode: permissive\n"}) {
    FakeHost host = HostWith(keys);
    AddTree(host, "/var/lib/extensions/tree", Place::kSearched);
    Candidate loop;
    loop.path = "/var/lib/extensions/loop";
    loop.file_name = "loop";
    loop.place = Place::kSearched;
    loop.hazard = "a loop";
    host.candidates.push_back(loop);
    const Report report = MustApply(host);
    EXPECT_THAT(host.covered, ElementsAre("/var/lib/extensions"));
    ExpectCopied(host);
    EXPECT_THAT(report.violations,
                Not(Contains(Field(&Violation::code, ReasonCode::kBypass))));
    host.candidates.pop_back();
    MustApply(host);
    EXPECT_THAT(host.covered, IsEmpty());
    EXPECT_EQ(host.sets[ImageClass::kSysext],
              Links("/var/lib/extensions/tree"));
  }
}

TEST(HazardTest, IsABypassWhereItCannotBeCovered) {
  FakeHost host = HostWith("  mode: permissive\n");
  Candidate place;
  place.path = "/var/lib/extensions";
  place.place = Place::kSearched;
  place.hazard = "too many entries";
  host.candidates.push_back(place);
  host.can_cover = false;
  const Report report = MustApply(host);
  ASSERT_THAT(report.violations, SizeIs(1));
  EXPECT_EQ(report.violations[0].code, ReasonCode::kBypass);
}

TEST(DirectoryTest, DeniedWhereSystemdTakesItFirstIsCovered) {
  FakeHost host = HostWith("  mode: enforcing\n");
  AddTree(host, "/etc/extensions/tree", Place::kOverriding);
  MustApply(host);
  EXPECT_THAT(host.covered, ElementsAre(kOverridingDirectory));
}

}  // namespace
}  // namespace extgate
