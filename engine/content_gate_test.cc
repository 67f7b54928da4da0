// What a rule says of the tree inside, from images that mksquashfs and
// mkfs.erofs made to the report.
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/image_builder.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/content.h"
#include "policy/reason.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kName[] = "x";
constexpr char kPath[] = "/src/x.raw";

// A signed image of a tree with a release, some files and what the definitions
// of mksquashfs's pseudo files add.
std::string ImageWith(const std::vector<std::string>& pseudo_files,
                      const std::map<std::string, std::string>& links = {}) {
  const std::string tree = NewTemporaryPath("gate");
  WriteSourceFile(tree + "/usr/lib/extension-release.d/extension-release.x",
                  "ID=_any\n");
  WriteSourceFile(tree + "/usr/bin/tool", "x");
  for (const auto& [path, target] : links) {
    fs::create_directories(fs::path(tree + path).parent_path());
    fs::create_symlink(target, tree + path);
  }
  const std::string image = NewTemporaryPath("squashfs");
  std::string command =
      absl::StrCat("mksquashfs ", tree, " ", image, " -all-root");
  for (const std::string& line : pseudo_files) {
    absl::StrAppend(&command, " -p '", line, "'");
  }
  TestImage built;
  built.data = MakeImage(command, image);
  built.signer = &Vendor();
  return Text(BuildImage(built).bytes());
}

std::string RuleWith(const std::string& content) {
  return absl::StrCat(
      "  mode: enforcing\n"
      "  rules:\n"
      "    - id: r\n"
      "      match: {name: [x]}\n"
      "      verdict: allow\n"
      "      content: {",
      content, "}\n");
}

struct Row {
  std::string name;
  std::string content;  // what the rule says, but for its action
  std::vector<std::string> pseudo_files;
  std::map<std::string, std::string> links = {};
  std::string detail;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::vector<Row> Rows() {
  return {
      {"Setuid", "setuid", {"usr/bin/su f 4755 0 0 echo x"}, {}, "/usr/bin/su"},
      {"Setgid", "setuid", {"usr/bin/tool m 2755 0 0"}, {}, "/usr/bin/tool"},
      {"CharDevice",
       "devices",
       {"usr/lib/null c 0666 0 0 1 3"},
       {},
       "/usr/lib/null"},
      {"BlockDevice",
       "devices",
       {"usr/lib/sda b 0660 0 0 8 0"},
       {},
       "/usr/lib/sda"},
      {"Whiteout",
       "whiteouts",
       {"usr/bin/ls c 0000 0 0 0 0"},
       {},
       "/usr/bin/ls"},
      {"Outside",
       "outside",
       {"etc d 755 0 0", "etc/lost f 644 0 0 echo x"},
       {},
       "/etc/lost"},
      {"OutsideLink", "outside", {}, {{"/bin", "usr/bin"}}, "/bin"},
      {"TypeConflict",
       "type_conflict",
       {"usr/sbin d 755 0 0"},
       {},
       "/usr/sbin"},
      {"TypeConflictOfALink",
       "type_conflict",
       {},
       {{"/usr/share", "lib"}},
       "/usr/share"},
      {"Shadow", "shadow", {"usr/bin/ls f 755 0 0 echo x"}, {}, "/usr/bin/ls"},
  };
}

FakeHost HostOf(const std::string& content, const std::string& image) {
  FakeHost host = HostWith(RuleWith(content));
  host.own_tree = {
      {"usr", FileType::kDirectory},      {"usr/bin", FileType::kDirectory},
      {"usr/bin/ls", FileType::kRegular}, {"usr/lib", FileType::kDirectory},
      {"usr/sbin", FileType::kSymlink},   {"usr/share", FileType::kDirectory}};
  host.Offer(kPath, image);
  return host;
}

class ContentGateTest : public ::testing::TestWithParam<Row> {};

TEST_P(ContentGateTest, DeniedWhereTheRuleSaysSo) {
  const Row& row = GetParam();
  FakeHost host =
      HostOf(row.content + ": deny", ImageWith(row.pseudo_files, row.links));
  const Report report = MustApply(host);
  const ReportedImage& image = Find(report, kName);
  EXPECT_THAT(Codes(image), ElementsAre(ReasonCode::kForbiddenContent));
  ASSERT_EQ(image.reasons.size(), 1u);
  EXPECT_THAT(image.reasons[0].detail, HasSubstr("rule `r`: " + row.content));
  EXPECT_THAT(image.reasons[0].detail, HasSubstr("`" + row.detail + "`"));
  EXPECT_EQ(image.rule, "r");
  EXPECT_THAT(Staged(host), IsEmpty());
}

TEST_P(ContentGateTest, StagedWithAWarningWhereItSaysSo) {
  const Row& row = GetParam();
  FakeHost host =
      HostOf(row.content + ": warn", ImageWith(row.pseudo_files, row.links));
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre(kName));
  EXPECT_THAT(report.diagnostics,
              Contains(testing::AllOf(
                  Field(&Diagnostic::code, DiagnosticCode::kContent),
                  Field(&Diagnostic::message, HasSubstr(row.detail)))));
}

TEST_P(ContentGateTest, StagedInSilenceWhereItAsksForAllElse) {
  const Row& row = GetParam();
  std::string others;
  for (const auto& [kind, word] : Words<ContentKind>::kTable) {
    absl::StrAppend(&others, others.empty() ? "" : ", ", word, ": ",
                    row.content == word ? "allow" : "deny");
  }
  FakeHost host = HostOf(others, ImageWith(row.pseudo_files, row.links));
  // A whiteout hides a file of the host, which is a shadow too.
  if (row.content == "whiteouts") host.own_tree.erase("usr/bin/ls");
  const Report report = MustApply(host);
  EXPECT_THAT(Codes(Find(report, kName)), IsEmpty());
  EXPECT_THAT(Staged(host), ElementsAre(kName));
  EXPECT_THAT(report.diagnostics,
              testing::Not(Contains(
                  Field(&Diagnostic::code, DiagnosticCode::kContent))));
}

TEST_P(ContentGateTest, CheckDecidesAlikeThoughItLooksBeforeItKnowsTheRule) {
  const Row& row = GetParam();
  FakeHost host =
      HostOf(row.content + ": deny", ImageWith(row.pseudo_files, row.links));
  Looks looks(host.candidates, host, host);
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  const Report report =
      Check(host.ports(), host.facts, loaded, looks, Mode::kEnforcing);
  EXPECT_THAT(Codes(Find(report, kName)),
              ElementsAre(ReasonCode::kForbiddenContent));
}

INSTANTIATE_TEST_SUITE_P(All, ContentGateTest, ::testing::ValuesIn(Rows()),
                         [](const auto& row) { return row.param.name; });

TEST(ContentGateMoreTest, PatternsOnPaths) {
  struct Case {
    const char* pattern;
    bool denied;
  };
  const std::string image = ImageWith({}, {{"/usr/lib/units", "../share/sd"}});
  for (const Case& each :
       {Case{"/usr/bin/*", true}, Case{"/usr/**/tool", true},
        Case{"/usr/lib/units/**", true}, Case{"/usr/sbin/**", false},
        Case{"/usr/bin/tools", false}}) {
    FakeHost host =
        HostOf(absl::StrCat("deny: [\"", each.pattern, "\"]"), image);
    const Report report = MustApply(host);
    EXPECT_EQ(Staged(host).empty(), each.denied) << each.pattern;
    EXPECT_EQ(!Codes(Find(report, kName)).empty(), each.denied);
  }
}

TEST(ContentGateMoreTest, AHostThatCannotBeLookedAtDenies) {
  FakeHost host = HostOf("shadow: deny", ImageWith({}));
  host.own_tree_error = absl::PermissionDeniedError("not for you");
  const Report report = MustApply(host);
  EXPECT_THAT(Codes(Find(report, kName)),
              ElementsAre(ReasonCode::kForbiddenContent));
}

// The committed images hold what a sandbox may not make: attributes too.
TEST(ContentGateMoreTest, EveryKindOfTheCommittedImagesIsSeen) {
  for (const char* name : {"special.erofs", "special.squashfs"}) {
    const std::vector<uint8_t> bytes =
        ReadHostFile(absl::StrCat("testdata/images/", name));
    BufferReader reader(bytes);
    const ImageFacts facts = Inspect(reader, "x.raw", ImageClass::kSysext,
                                     Reach(Depth::kContents, TreeWalk::kYes));
    ASSERT_NE(facts.tree.value(), nullptr) << name;
    std::map<ContentKind, std::vector<std::string>> found;
    for (const TreeFile& file : facts.tree.value()->files) {
      for (const auto& [kind, word] : Words<ContentKind>::kTable) {
        if (IsOfKind(file, kind, {"/etc"})) {
          found[kind].push_back(file.path);
        }
      }
    }
    EXPECT_THAT(found[ContentKind::kSetuid],
                ElementsAre("usr/bin/all", "usr/bin/setgid", "usr/bin/setuid"));
    EXPECT_THAT(found[ContentKind::kCapabilities],
                ElementsAre("usr/bin/plain"));
    EXPECT_THAT(found[ContentKind::kDevices],
                ElementsAre("usr/lib/disk", "usr/lib/null"));
    EXPECT_THAT(found[ContentKind::kWhiteouts],
                ElementsAre("usr/lib", "usr/lib/sub", "usr/lib/whiteout"));
    EXPECT_EQ(found[ContentKind::kOutside].size(), 11u);
  }
}

// Signed images of trees whose only harm is in attributes, by the real tools;
// they are committed since a sandbox may not set all of these.
class ContentGateAttributeTest : public ::testing::TestWithParam<const char*> {
 protected:
  static FakeHost Host(const std::string& content) {
    TestImage built;
    built.data =
        ReadHostFile(absl::StrCat("testdata/images/gate.", GetParam()));
    built.signer = &Vendor();
    return HostOf(content, Text(BuildImage(built).bytes()));
  }
};

TEST_P(ContentGateAttributeTest, CapabilitiesAreDenied) {
  FakeHost host = Host("capabilities: deny");
  const Report report = MustApply(host);
  const ReportedImage& image = Find(report, kName);
  ASSERT_THAT(Codes(image), ElementsAre(ReasonCode::kForbiddenContent));
  EXPECT_THAT(image.reasons[0].detail,
              HasSubstr("rule `r`: capabilities: `/usr/bin/ping`"));
  EXPECT_THAT(Staged(host), IsEmpty());
}

// All six: opaque, redirect and whiteout, in `trusted.` and in `user.`.
TEST_P(ContentGateAttributeTest, AttributesOfOverlayfsAreDenied) {
  FakeHost host = Host("whiteouts: deny");
  const Report report = MustApply(host);
  const ReportedImage& image = Find(report, kName);
  ASSERT_THAT(Codes(image), ElementsAre(ReasonCode::kForbiddenContent));
  EXPECT_EQ(image.reasons[0].detail,
            "rule `r`: whiteouts: `/usr/lib/trusted-opaque`, "
            "`/usr/lib/trusted-redirect`, `/usr/lib/trusted-whiteout` and 3 "
            "more");
  EXPECT_THAT(Staged(host), IsEmpty());
}

TEST_P(ContentGateAttributeTest, StagedWhereTheRuleAsksForAllElse) {
  FakeHost host = Host(
      "capabilities: allow, whiteouts: allow, setuid: deny, devices: deny,"
      " outside: deny, type_conflict: deny, shadow: deny");
  const Report report = MustApply(host);
  EXPECT_THAT(Codes(Find(report, kName)), IsEmpty());
  EXPECT_THAT(Staged(host), ElementsAre(kName));
}

INSTANTIATE_TEST_SUITE_P(All, ContentGateAttributeTest,
                         ::testing::Values("erofs", "squashfs", "ext4"),
                         [](const auto& each) {
                           return std::string(each.param);
                         });

// Nothing is walked where no rule asks.
TEST(ContentGateMoreTest, WithoutARuleNoTreeIsWalkedOver) {
  FakeHost host = HostOf("setuid: allow", ImageWith({}));
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(WholeReach(loaded.policy).walk, TreeWalk::kNo);
  Looks looks(host.candidates, host, host);
  EXPECT_TRUE(looks.Next(WholeReach(loaded.policy)).tree.absent());
  FakeHost other = HostOf("setuid: warn", ImageWith({}));
  EXPECT_EQ(WholeReach(LoadPolicy(other.ports()).policy).walk, TreeWalk::kYes);
}

}  // namespace
}  // namespace extgate
