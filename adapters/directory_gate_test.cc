// What a rule says of the tree inside, of a plain directory on this machine:
// from its files to what is staged.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/directory_tree.h"
#include "adapters/testing/temp_root.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/content.h"
#include "policy/reason.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTree[] = "/var/lib/extensions/x";

struct Row {
  std::string name;
  std::string content;  // what the rule says, but for its action
  // False where this test may not make it.
  std::function<bool(const TempRoot&)> make;
  std::string detail;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::string In(const TempRoot& root, const std::string& path) {
  return root.At(kTree + path);
}

bool Set(const std::string& path, const char* name, absl::string_view value) {
  return lsetxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
}

bool Device(const std::string& path, mode_t type, unsigned major,
            unsigned minor) {
  return mknod(path.c_str(), type | 0600, makedev(major, minor)) == 0;
}

// Of what a file may do: cap_net_raw, effective (struct vfs_cap_data).
constexpr absl::string_view kCapability(
    "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00",
    20);

std::vector<Row> Rows() {
  return {
      {"Setuid", "setuid",
       [](const TempRoot& root) {
         return chmod(In(root, "/usr/bin/tool").c_str(), 04755) == 0;
       },
       "/usr/bin/tool"},
      {"Capabilities", "capabilities",
       [](const TempRoot& root) {
         return Set(In(root, "/usr/bin/tool"), "security.capability",
                    kCapability);
       },
       "/usr/bin/tool"},
      {"Devices", "devices",
       [](const TempRoot& root) {
         return Device(In(root, "/usr/bin/null"), S_IFCHR, 1, 3);
       },
       "/usr/bin/null"},
      {"Whiteout", "whiteouts",
       [](const TempRoot& root) {
         return Device(In(root, "/usr/bin/gone"), S_IFCHR, 0, 0);
       },
       "/usr/bin/gone"},
      {"Opaque", "whiteouts",
       [](const TempRoot& root) {
         return Set(In(root, "/usr/bin"), "trusted.overlay.opaque", "y");
       },
       "/usr/bin"},
      {"OpaqueToUsers", "whiteouts",
       [](const TempRoot& root) {
         return Set(In(root, "/usr/bin"), "user.overlay.opaque", "y");
       },
       "/usr/bin"},
      {"Outside", "outside",
       [](const TempRoot& root) {
         root.Symlink("usr/bin", absl::StrCat(kTree, "/bin"));
         return true;
       },
       "/bin"},
      {"TypeConflict", "type_conflict",
       [](const TempRoot& root) {
         root.Directory(absl::StrCat(kTree, "/usr/sbin"));
         return true;
       },
       "/usr/sbin"},
      {"Shadow", "shadow",
       [](const TempRoot& root) {
         root.File(absl::StrCat(kTree, "/usr/bin/ls"));
         return true;
       },
       "/usr/bin/ls"},
  };
}

std::string RuleWith(const std::string& content) {
  return absl::StrCat(
      "extension_policy:\n"
      "  mode: enforcing\n"
      "  image_policy: root=unprotected+absent\n"
      "  rules:\n"
      "    - id: r\n"
      "      match: {name: [x]}\n"
      "      verdict: allow\n"
      "      content: {",
      content, "}\n");
}

void MakeTree(const TempRoot& root) {
  root.File(
      absl::StrCat(kTree, "/usr/lib/extension-release.d/extension-release.x"),
      "ID=_any\n");
  root.File(absl::StrCat(kTree, "/usr/bin/tool"), "x");
}

// Decides about the tree below `root` by that rule, and stages it or not.
struct GateRun {
  FakeHost host;
  Report report;

  GateRun(const TempRoot& root, const std::string& content) {
    host.AddPolicy(RuleWith(content));
    host.facts.os_release = {{"ID", "debian"}, {"VERSION_ID", "13"}};
    host.facts.architecture = Architecture::kX8664;
    host.facts.systemd_version = 257;
    host.own_tree = {{"usr", FileType::kDirectory},
                     {"usr/bin", FileType::kDirectory},
                     {"usr/bin/ls", FileType::kRegular},
                     {"usr/lib", FileType::kDirectory},
                     {"usr/sbin", FileType::kSymlink}};
    Candidate candidate;
    candidate.path = kTree;
    candidate.file_name = "x";
    candidate.kind = Container::kDirectory;
    candidate.place = Place::kSearched;
    host.candidates = {candidate};
    host.trees[kTree] = [&root]() -> std::unique_ptr<Filesystem> {
      auto tree = DirectoryTree::Open(root.places().root(), kTree);
      EXPECT_TRUE(tree.ok()) << tree.status();
      return tree.ok() ? *std::move(tree) : nullptr;
    };
    auto result = Apply(host.ports(), {});
    EXPECT_TRUE(result.ok()) << result.status();
    if (result.ok()) report = result->report;
  }
};

class DirectoryGateTest : public ::testing::TestWithParam<Row> {};

TEST_P(DirectoryGateTest, DeniedWhereTheRuleSaysSo) {
  const Row& row = GetParam();
  TempRoot root;
  MakeTree(root);
  if (!row.make(root)) GTEST_SKIP() << "this test may not make it";
  const GateRun run(root, row.content + ": deny");
  ASSERT_THAT(run.report.images, SizeIs(1));
  const ReportedImage& image = run.report.images[0];
  EXPECT_EQ(image.verdict, Verdict::kDeny);
  ASSERT_THAT(image.reasons, SizeIs(1));
  EXPECT_EQ(image.reasons[0].code, ReasonCode::kForbiddenContent);
  EXPECT_THAT(image.reasons[0].detail, HasSubstr("rule `r`: " + row.content));
  EXPECT_THAT(image.reasons[0].detail, HasSubstr("`" + row.detail + "`"));
}

TEST_P(DirectoryGateTest, AllowedWhereItAsksForAllElse) {
  const Row& row = GetParam();
  TempRoot root;
  MakeTree(root);
  if (!row.make(root)) GTEST_SKIP() << "this test may not make it";
  std::string others;
  for (const auto& [kind, word] : Words<ContentKind>::kTable) {
    absl::StrAppend(&others, others.empty() ? "" : ", ", word, ": ",
                    row.content == word ? "allow" : "deny");
  }
  const GateRun run(root, others);
  ASSERT_THAT(run.report.images, SizeIs(1));
  EXPECT_EQ(run.report.images[0].verdict, Verdict::kAllow);
  EXPECT_THAT(run.report.images[0].reasons, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, DirectoryGateTest, ::testing::ValuesIn(Rows()),
                         [](const auto& row) { return row.param.name; });

TEST(DirectoryGateMoreTest, PatternsOnPaths) {
  TempRoot root;
  MakeTree(root);
  for (const auto& [pattern, denied] :
       {std::pair("/usr/bin/*", true), std::pair("/usr/**/tool", true),
        std::pair("/usr/sbin/**", false)}) {
    const GateRun run(root, absl::StrCat("deny: [\"", pattern, "\"]"));
    ASSERT_THAT(run.report.images, SizeIs(1));
    EXPECT_EQ(run.report.images[0].verdict,
              denied ? Verdict::kDeny : Verdict::kAllow)
        << pattern;
  }
}

}  // namespace
}  // namespace extgate
