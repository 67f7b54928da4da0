// Images with a root and a usr partition, made by systemd-repart, from their
// bytes to what is staged and what systemd is told.
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/reason.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kName[] = "x";
constexpr char kRelease[] = "/lib/extension-release.d/extension-release.x";

// How a partition is protected; a signature is by Vendor().
enum class Protected { kPlain, kVerity, kSigned };

struct Both {
  std::map<std::string, std::string> root = {{"/usr/lib/hidden", "x"},
                                             {"/opt/x/tool", "x"}};
  std::map<std::string, std::string> usr = {{kRelease, "ID=_any\n"}};
  Protected of_root = Protected::kPlain;
  Protected of_usr = Protected::kSigned;
  const TestSigner* signer = &Vendor();
};

void Define(const std::string& directory, const std::string& type,
            const Bytes& filesystem, Protected how) {
  const std::string data = NewTemporaryPath("fs");
  std::ofstream(data, std::ios::binary) << Text(filesystem);
  const auto partition = [&](const std::string& suffix,
                             const std::string& more) {
    WriteSourceFile(
        absl::StrCat(directory, "/", type, suffix, ".conf"),
        absl::StrCat(
            "[Partition]\nType=", type, suffix, "\n", more,
            how == Protected::kPlain ? "" : "VerityMatchKey=" + type + "\n"));
  };
  partition("", absl::StrCat("CopyBlocks=", data, "\n",
                             how == Protected::kPlain ? "" : "Verity=data\n"));
  if (how == Protected::kPlain) return;
  partition("-verity", "Verity=hash\nMinimize=best\n");
  if (how == Protected::kSigned) {
    partition("-verity-sig", "Verity=signature\n");
  }
}

std::string Made(const Both& both) {
  const std::string definitions = NewTemporaryPath("definitions");
  Define(definitions, "root", ErofsFrom(both.root), both.of_root);
  Define(definitions, "usr", ErofsFrom(both.usr), both.of_usr);
  const std::string key = NewTemporaryPath("pem");
  const std::string certificate = NewTemporaryPath("pem");
  WriteSourceFile(key, both.signer->private_key_pem());
  WriteSourceFile(certificate, both.signer->certificate().pem);
  const std::string image = NewTemporaryPath("raw");
  return Text(MakeImage(
      absl::StrCat("systemd-repart --no-pager --definitions=", definitions,
                   " --empty=create --size=auto --dry-run=no --seed=random"
                   " --private-key=",
                   key, " --certificate=", certificate, " ", image),
      image));
}

// A rule that admits a root partition without a tree.
std::string Lax(const std::string& match, const std::string& more = "") {
  return absl::StrCat(
      "  mode: enforcing\n  default: deny\n"
      "  rules:\n    - id: r\n      match: {",
      match,
      "}\n      verdict: allow\n"
      "      image_policy: root=unprotected+absent:usr=signed+absent\n",
      more);
}

FakeHost Offering(const Both& both, const std::string& keys) {
  FakeHost host = HostWith(keys);
  host.Offer("/src/x.raw", Made(both));
  return host;
}

constexpr char kStrict[] = "  mode: enforcing\n";

TEST(RootAndUsrTest, UnsignedRootBesideSignedUsrIsDenied) {
  FakeHost host = Offering({}, kStrict);
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, kName).designator, "root+usr");
  EXPECT_THAT(Codes(Find(report, kName)), ElementsAre(ReasonCode::kUnsigned));
  EXPECT_THAT(Find(report, kName).reasons[0].detail,
              HasSubstr("root partition below usr"));
  EXPECT_THAT(Staged(host), IsEmpty());
}

TEST(RootAndUsrTest, StagedWhereARuleAdmitsIt) {
  FakeHost host = Offering({}, Lax("name: [x]"));
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, kName).verdict, Verdict::kAllow);
  EXPECT_EQ(Find(report, kName).runtime_enforcement, RuntimeEnforcement::kNone);
  EXPECT_THAT(Staged(host), ElementsAre("x"));
  EXPECT_EQ(report.sysext.image_policy,
            "root=signed+unprotected+absent:usr=signed+absent");
}

TEST(RootAndUsrTest, PermissiveStagesWhatSystemdWouldMerge) {
  FakeHost host = Offering({.of_usr = Protected::kPlain}, "");
  EXPECT_EQ(Find(MustApply(host), kName).verdict, Verdict::kDeny);
  EXPECT_THAT(Staged(host), ElementsAre("x"));
}

TEST(RootAndUsrTest, AStrangerOnUsrIsNamedBesideTheUnsignedRoot) {
  FakeHost host = Offering({.signer = &Stranger()}, kStrict);
  EXPECT_THAT(Codes(Find(MustApply(host), kName)),
              ElementsAre(ReasonCode::kUnsigned, ReasonCode::kSignerUntrusted));
  FakeHost lax = Offering({.signer = &Stranger()}, Lax("name: [x]"));
  EXPECT_THAT(Codes(Find(MustApply(lax), kName)),
              ElementsAre(ReasonCode::kSignerUntrusted));
}

TEST(RootAndUsrTest, UnsignedUsrIsNotASignedOne) {
  for (Protected how : {Protected::kPlain, Protected::kVerity}) {
    FakeHost host = Offering({.of_usr = how}, Lax("name: [x]"));
    EXPECT_THAT(Codes(Find(MustApply(host), kName)),
                ElementsAre(ReasonCode::kUnsigned));
    EXPECT_THAT(Staged(host), IsEmpty());
  }
}

// Both signed, root signed alone, root with a tree: what systemd refuses.
TEST(RootAndUsrTest, ATreeOfRootIsUnmergeable) {
  for (Protected of_root : {Protected::kVerity, Protected::kSigned}) {
    for (Protected of_usr :
         {Protected::kPlain, Protected::kVerity, Protected::kSigned}) {
      FakeHost host = Offering({.of_root = of_root, .of_usr = of_usr},
                               "  mode: permissive\n");
      const Report report = MustApply(host);
      const ReportedImage& image = Find(report, kName);
      EXPECT_EQ(image.verdict, Verdict::kUnmergeable);
      EXPECT_THAT(Codes(image), ElementsAre(ReasonCode::kLayoutAmbiguous));
      EXPECT_THAT(image.reasons[0].detail,
                  HasSubstr("no version of systemd merges both"));
      EXPECT_THAT(Staged(host), IsEmpty());
    }
  }
}

TEST(RootAndUsrTest, TheReleaseOfUsrCountsAndThatBelowItDoesNot) {
  Both only_below;
  only_below.root[absl::StrCat("/usr", kRelease)] = "ID=_any\n";
  only_below.usr = {{"/share/x", "x"}};
  FakeHost host = Offering(only_below, Lax("name: [x]"));
  EXPECT_THAT(Codes(Find(MustApply(host), kName)),
              ElementsAre(ReasonCode::kReleaseMissing));
  Both two;
  two.root[absl::StrCat("/usr", kRelease)] = "ID=haiku\n";
  FakeHost other = Offering(two, Lax("name: [x]"));
  EXPECT_EQ(Find(MustApply(other), kName).verdict, Verdict::kAllow);
}

TEST(RootAndUsrTest, ContentIsJudgedAsItWouldBeMerged) {
  Both hidden;
  hidden.root["/usr/lib/extgate/policy.d/x.yaml"] = "x";
  FakeHost below = Offering(hidden, Lax("name: [x]"));
  EXPECT_EQ(Find(MustApply(below), kName).verdict, Verdict::kAllow)
      << "usr is mounted over it";
  Both seen;
  seen.usr["/lib/extgate/policy.d/x.yaml"] = "x";
  FakeHost above = Offering(seen, Lax("name: [x]"));
  EXPECT_THAT(Codes(Find(MustApply(above), kName)),
              ElementsAre(ReasonCode::kForbiddenContent));
  Both outside;
  outside.root["/srv/x"] = "x";
  FakeHost gate =
      Offering(outside, Lax("name: [x]", "      content: {outside: deny}\n"));
  EXPECT_THAT(Codes(Find(MustApply(gate), kName)),
              ElementsAre(ReasonCode::kForbiddenContent));
}

TEST(RootAndUsrTest, ARootWithoutUsrCannotBeMountedOn) {
  Both none;
  none.root = {{"/opt/x/tool", "x"}};
  FakeHost host = Offering(none, Lax("name: [x]"));
  EXPECT_THAT(Codes(Find(MustApply(host), kName)),
              ElementsAre(ReasonCode::kFilesystemUnsupported));
}

}  // namespace
}  // namespace extgate
