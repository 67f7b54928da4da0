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

TEST(DirectoryTest, OnOfferIsWithheldAndSaidSo) {
  for (const char* keys :
       {kAdmitsTree, "  mode: permissive\n", "  mode: disabled\n"}) {
    FakeHost host = HostWith(keys);
    AddTree(host, "/.extra/sysext/tree", Place::kOffered);
    const Report report = MustApply(host);
    EXPECT_EQ(Find(report, "tree").action, Action::kWithhold);
    EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
    EXPECT_THAT(report.diagnostics,
                Contains(Field(&Diagnostic::code, DiagnosticCode::kNotStaged)));
  }
}

TEST(DirectoryTest, IsLeftWhereSystemdTakesItFirst) {
  FakeHost host = HostWith(kAdmitsTree);
  AddTree(host, "/etc/extensions/tree", Place::kOverriding);
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "tree").action, Action::kLeave);
  EXPECT_EQ(Find(report, "tree").runtime_enforcement,
            RuntimeEnforcement::kNone);
  EXPECT_FALSE(host.covered);
  EXPECT_THAT(report.violations, IsEmpty());
}

TEST(DirectoryTest, BelowACoverIsWithheldAndSaidSo) {
  FakeHost host = HostWith(kAdmitsTree);
  AddTree(host, "/etc/extensions/tree", Place::kOverriding);
  host.Offer("/etc/extensions/wrongkey.raw", ImageOf("wrongkey", &Stranger()),
             Place::kOverriding);
  const Report report = MustApply(host);
  EXPECT_TRUE(host.covered);
  EXPECT_EQ(Find(report, "tree").verdict, Verdict::kAllow);
  EXPECT_EQ(Find(report, "tree").action, Action::kWithhold);
  EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
  EXPECT_THAT(report.diagnostics,
              Contains(Field(&Diagnostic::code, DiagnosticCode::kNotStaged)));
}

TEST(DirectoryTest, DeniedWhereSystemdTakesItFirstIsCovered) {
  FakeHost host = HostWith("  mode: enforcing\n");
  AddTree(host, "/etc/extensions/tree", Place::kOverriding);
  MustApply(host);
  EXPECT_TRUE(host.covered);
}

}  // namespace
}  // namespace extgate
