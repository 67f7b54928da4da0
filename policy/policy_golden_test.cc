// Every file of testdata/policies read and compared with what is expected of
// it. See the README there for how to update.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

constexpr char kPolicies[] = "testdata/policies";

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> YamlFiles(const char* folder) {
  std::set<fs::path> sorted;
  for (const auto& entry :
       fs::directory_iterator(fs::path(kPolicies) / folder)) {
    if (entry.path().extension() == ".yaml") sorted.insert(entry.path());
  }
  return {sorted.begin(), sorted.end()};
}

WithDiagnostics<std::optional<Policy>> Read(const fs::path& path,
                                            const std::string& text) {
  const std::string name = path.filename().string();
  const SourceKind kind = absl::StartsWith(name, "cloud-config")
                              ? SourceKind::kCloudConfig
                              : SourceKind::kPolicyFile;
  return ReadPolicyText(text, name, kind);
}

std::string Lines(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    absl::StrAppend(&lines, ToString(diagnostic), "\n");
  }
  return lines;
}

TEST(PolicyGoldenTest, GoodFilesReadWithoutDiagnostics) {
  const auto files = YamlFiles("good");
  ASSERT_GE(files.size(), 8u);
  for (const fs::path& path : files) {
    const auto result = Read(path, ReadFile(path));
    EXPECT_TRUE(result.value.has_value()) << path;
    EXPECT_EQ(Lines(result.diagnostics), "") << path;
  }
}

TEST(PolicyGoldenTest, GoodFilesPrintToTheSamePolicy) {
  for (const fs::path& path : YamlFiles("good")) {
    const auto policy = Read(path, ReadFile(path)).value;
    ASSERT_TRUE(policy.has_value()) << path;
    const std::string text = CanonicalText(*policy);
    const auto again = ReadPolicyText(text, "again", SourceKind::kPolicyFile);
    ASSERT_TRUE(again.value.has_value()) << text << Lines(again.diagnostics);
    EXPECT_EQ(*again.value, *policy) << text;
    EXPECT_EQ(CanonicalText(*again.value), text);
  }
}

TEST(PolicyGoldenTest, BadFilesSayExactlyWhatIsExpected) {
  // Set by `bazel run`; a program started by hand is in the workspace.
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  const bool update = std::getenv("UPDATE_GOLDENS") != nullptr;
  const auto files = YamlFiles("bad");
  ASSERT_GE(files.size(), 15u);
  for (const fs::path& path : files) {
    const auto result = Read(path, ReadFile(path));
    EXPECT_FALSE(result.value.has_value()) << path;
    EXPECT_FALSE(result.diagnostics.empty()) << path;
    const std::string lines = Lines(result.diagnostics);
    fs::path golden = path;
    golden.replace_extension(".expected");
    if (update) {
      std::ofstream(fs::path(workspace == nullptr ? "." : workspace) / golden,
                    std::ios::binary)
          << lines;
    } else {
      EXPECT_EQ(lines, ReadFile(golden)) << path;
    }
  }
}

// Every error of a mutated file says on which line it is, and an error never
// comes with a policy.
void ExpectTotal(const fs::path& path, const std::string& text) {
  const auto result = Read(path, text);
  if (HasErrors(result.diagnostics)) {
    ASSERT_FALSE(result.value.has_value()) << path << "\n" << text;
  }
  for (const Diagnostic& diagnostic : result.diagnostics) {
    ASSERT_GT(diagnostic.span.line, 0) << text << ToString(diagnostic);
    ASSERT_GT(diagnostic.span.column, 0) << text << ToString(diagnostic);
  }
}

TEST(PolicyMutationTest, CutAtEveryByte) {
  for (const fs::path& path : YamlFiles("good")) {
    const std::string text = ReadFile(path);
    for (size_t size = 0; size < text.size(); ++size) {
      ExpectTotal(path, text.substr(0, size));
    }
  }
}

void ReadWithBitFlipped(const fs::path& path, std::string text, size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  ExpectTotal(path, text);
}

TEST(PolicyMutationTest, GoodFilesFlippedAtEveryBit) {
  for (const fs::path& path : YamlFiles("good")) {
    const std::string text = ReadFile(path);
    for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
      ReadWithBitFlipped(path, text, bit);
    }
  }
}

TEST(PolicyMutationTest, BadFilesFlippedAtOneBitOfEveryByte) {
  for (const fs::path& path : YamlFiles("bad")) {
    const std::string text = ReadFile(path);
    for (size_t byte = 0; byte < text.size(); ++byte) {
      ReadWithBitFlipped(path, text, 8 * byte + byte % 8);
    }
  }
}

}  // namespace
}  // namespace extgate
