// Every file of testdata/policies/lint, and what is said about it: read alone,
// on 2027-01-01, for every version of systemd.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/example_policies.h"
#include "policy/lint/finding_text.h"
#include "policy/lint/lint.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

std::string Said(const ExamplePolicy& example) {
  const std::string& name = example.name;
  const std::string& text = example.text;
  const auto read = ReadPolicyText(text, name, example.kind);
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
  const auto examples = ExamplePolicies("lint");
  ASSERT_GE(examples.size(), 7u);
  for (const ExamplePolicy& example : examples) {
    ExpectGolden(example, Said(example));
  }
}

}  // namespace
}  // namespace extgate
