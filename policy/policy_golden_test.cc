// Every file of testdata/policies read and compared with what is expected of
// it. See the README there for how to update.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/example_policies.h"
#include "policy/policy.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

WithDiagnostics<std::optional<Policy>> Read(const ExamplePolicy& example,
                                            const std::string& text) {
  return ReadPolicyText(text, example.name, example.kind);
}

std::string Lines(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    absl::StrAppend(&lines, ToString(diagnostic), "\n");
  }
  return lines;
}

TEST(PolicyGoldenTest, GoodFilesReadWithoutDiagnostics) {
  const auto examples = ExamplePolicies("good");
  ASSERT_GE(examples.size(), 8u);
  for (const ExamplePolicy& example : examples) {
    const auto result = Read(example, example.text);
    EXPECT_TRUE(result.value.has_value()) << example.path;
    EXPECT_EQ(Lines(result.diagnostics), "") << example.path;
  }
}

TEST(PolicyGoldenTest, GoodFilesPrintToTheSamePolicy) {
  for (const ExamplePolicy& example : ExamplePolicies("good")) {
    const auto policy = Read(example, example.text).value;
    ASSERT_TRUE(policy.has_value()) << example.path;
    const std::string text = CanonicalText(*policy);
    const auto again = ReadPolicyText(text, "again", SourceKind::kPolicyFile);
    ASSERT_TRUE(again.value.has_value()) << text << Lines(again.diagnostics);
    EXPECT_EQ(*again.value, *policy) << text;
    EXPECT_EQ(CanonicalText(*again.value), text);
  }
}

TEST(PolicyGoldenTest, BadFilesSayExactlyWhatIsExpected) {
  const auto examples = ExamplePolicies("bad");
  ASSERT_GE(examples.size(), 15u);
  for (const ExamplePolicy& example : examples) {
    const auto result = Read(example, example.text);
    EXPECT_FALSE(result.value.has_value()) << example.path;
    EXPECT_FALSE(result.diagnostics.empty()) << example.path;
    ExpectGolden(example, Lines(result.diagnostics));
  }
}

// Every error of a mutated file says on which line it is, and an error never
// comes with a policy.
void ExpectTotal(const ExamplePolicy& example, const std::string& text) {
  const auto result = Read(example, text);
  if (HasErrors(result.diagnostics)) {
    ASSERT_FALSE(result.value.has_value()) << example.path << "\n" << text;
  }
  for (const Diagnostic& diagnostic : result.diagnostics) {
    ASSERT_GT(diagnostic.span.line, 0) << text << ToString(diagnostic);
    ASSERT_GT(diagnostic.span.column, 0) << text << ToString(diagnostic);
  }
}

TEST(PolicyMutationTest, CutAtEveryByte) {
  for (const ExamplePolicy& example : ExamplePolicies("good")) {
    const std::string& text = example.text;
    for (size_t size = 0; size < text.size(); ++size) {
      ExpectTotal(example, text.substr(0, size));
    }
  }
}

void ReadWithBitFlipped(const ExamplePolicy& example, std::string text,
                        size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  ExpectTotal(example, text);
}

TEST(PolicyMutationTest, GoodFilesFlippedAtEveryBit) {
  for (const ExamplePolicy& example : ExamplePolicies("good")) {
    const std::string& text = example.text;
    for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
      ReadWithBitFlipped(example, text, bit);
    }
  }
}

TEST(PolicyMutationTest, BadFilesFlippedAtOneBitOfEveryByte) {
  for (const ExamplePolicy& example : ExamplePolicies("bad")) {
    const std::string& text = example.text;
    for (size_t byte = 0; byte < text.size(); ++byte) {
      ReadWithBitFlipped(example, text, 8 * byte + byte % 8);
    }
  }
}

}  // namespace
}  // namespace extgate
