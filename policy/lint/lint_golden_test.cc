// Every file of testdata/policies/lint, and what is said about it: read alone,
// on 2027-01-01, for every version of systemd.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/lint/finding_text.h"
#include "policy/lint/lint.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

constexpr char kPolicies[] = "testdata/policies/lint";

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Said(const std::string& name, const std::string& text) {
  const auto read = ReadPolicyText(text, name,
                                   absl::StartsWith(name, "cloud-config")
                                       ? SourceKind::kCloudConfig
                                       : SourceKind::kPolicyFile);
  EXPECT_TRUE(read.value.has_value()) << name;
  EXPECT_TRUE(read.diagnostics.empty()) << name;
  const Policy policy = read.value.value_or(Policy());
  std::string said;
  SnippetsByPath snippets;
  snippets.emplace(name, Snippets(text));
  for (const auto& findings :
       {LintText(text, name),
        LintPolicy({policy,
                    policy.ModeOrDefault(),
                    {kOldestSystemd, kNewestSystemd},
                    UtcTime::Parse("2027-01-01").value()})}) {
    for (const Finding& finding : findings) {
      absl::StrAppend(&said, FindingText(finding, snippets));
    }
  }
  return said;
}

TEST(LintGoldenTest, EachFileGetsWhatIsExpected) {
  // Set by `bazel run`; a program started by hand is in the workspace.
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  const bool update = std::getenv("UPDATE_GOLDENS") != nullptr;
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kPolicies)) {
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  }
  ASSERT_GE(files.size(), 7u);
  for (const fs::path& path : files) {
    const std::string said = Said(path.filename().string(), ReadFile(path));
    fs::path golden = path;
    golden.replace_extension(".expected");
    if (update) {
      std::ofstream(fs::path(workspace == nullptr ? "." : workspace) / golden,
                    std::ios::binary)
          << said;
    } else {
      EXPECT_EQ(said, ReadFile(golden)) << path;
    }
  }
}

}  // namespace
}  // namespace extgate
