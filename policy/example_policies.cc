// Ways in: ExamplePolicies, ExpectGolden.
#include "policy/example_policies.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

std::vector<ExamplePolicy> ExamplePolicies(const std::string& folder) {
  std::set<fs::path> sorted;
  for (const auto& entry :
       fs::directory_iterator(fs::path("testdata/policies") / folder)) {
    if (entry.path().extension() == ".yaml") sorted.insert(entry.path());
  }
  std::vector<ExamplePolicy> examples;
  for (const fs::path& path : sorted) {
    const std::string name = path.filename().string();
    const SourceKind kind = absl::StartsWith(name, "cloud-config")
                                ? SourceKind::kCloudConfig
                                : SourceKind::kPolicyFile;
    examples.push_back({path.string(), name, kind, ReadFile(path)});
  }
  return examples;
}

void ExpectGolden(const ExamplePolicy& example, const std::string& said) {
  fs::path golden = example.path;
  golden.replace_extension(".expected");
  if (std::getenv("UPDATE_GOLDENS") == nullptr) {
    EXPECT_EQ(said, ReadFile(golden)) << example.path;
    return;
  }
  // Set by `bazel run`; a program started by hand is in the workspace.
  const char* const workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  std::ofstream(fs::path(workspace == nullptr ? "." : workspace) / golden,
                std::ios::binary)
      << said;
}

}  // namespace extgate
