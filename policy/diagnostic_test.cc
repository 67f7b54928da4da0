#include "policy/diagnostic.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(SourceSpanTest, PrintsWhatIsKnown) {
  EXPECT_EQ(ToString(SourceSpan{"/oem/90.yaml", 3, 7}), "/oem/90.yaml:3:7");
  EXPECT_EQ(ToString(SourceSpan{"/oem/90.yaml", 3, 0}), "/oem/90.yaml:3");
  EXPECT_EQ(ToString(SourceSpan{"/oem/90.yaml", 0, 7}), "/oem/90.yaml");
  EXPECT_EQ(ToString(SourceSpan{}), "");
}

TEST(DiagnosticTest, PrintsPlaceSeverityMessageCodeAndHelp) {
  const Diagnostic diagnostic = {DiagnosticCode::kUnknownKey,
                                 Severity::kError,
                                 {"p.yaml", 2, 3},
                                 "the key `mod` is not known",
                                 "did you mean `mode`?"};
  EXPECT_EQ(ToString(diagnostic),
            "p.yaml:2:3: error: the key `mod` is not known (unknown-key)\n"
            "  help: did you mean `mode`?");
}

TEST(DiagnosticTest, LeavesOutWhatIsEmpty) {
  const Diagnostic diagnostic = {
      DiagnosticCode::kNoPolicy, Severity::kNote, {}, "no policy", ""};
  EXPECT_EQ(ToString(diagnostic), "note: no policy (no-policy)");
}

TEST(HasErrorsTest, OnlyErrorsCount) {
  const Diagnostic note = {
      DiagnosticCode::kNoPolicy, Severity::kNote, {}, "", ""};
  const Diagnostic warning = {
      DiagnosticCode::kNotAuthorised, Severity::kWarning, {}, "", ""};
  const Diagnostic error = {
      DiagnosticCode::kBadDigest, Severity::kError, {}, "", ""};
  EXPECT_FALSE(HasErrors({}));
  EXPECT_FALSE(HasErrors({note, warning}));
  EXPECT_TRUE(HasErrors({note, error, warning}));
}

// docs/policy-verbs.md, under lint.
TEST(DescribeTest, ThePageHasARowForEachCodeOfTheRegistry) {
  std::ifstream file("docs/policy-verbs.md");
  ASSERT_TRUE(file.good());
  std::ostringstream page;
  page << file.rdbuf();
  std::string rows;
  for (const auto& [code, word] : Words<DiagnosticCode>::kTable) {
    EXPECT_STRNE(Describe(code), "") << word;
    absl::StrAppend(&rows, "| `", word, "` | ", Describe(code), " |\n");
  }
  EXPECT_NE(page.str().find("| Code | What it is |\n|---|---|\n" + rows + "\n"),
            std::string::npos)
      << "write into docs/policy-verbs.md:\n"
      << rows;
}

}  // namespace
}  // namespace extgate
