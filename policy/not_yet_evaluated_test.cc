#include "policy/not_yet_evaluated.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/compiled_policy.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

struct Case {
  const char* keys;  // the inside of a flow mapping
  int column;        // of what is refused, within `keys`
};

// Whoever lets evaluation heed a key takes its line out here too.
constexpr Case kRefused[] = {
    {"staging: link", 10},
    {"merge: {hierarchies: [/usr]}", 22},
    {"fail_boot: {entries: [active]}", 22},
    {"fail_boot: {when: now}", 19},
    {"fail_boot: {fallback: withhold}", 23},
    {"measure: {pcr: 14}", 10},
};

TEST(NotYetEvaluatedTest, ARefusedKeyStopsThePolicy) {
  const std::string start = "extension_policy: {";
  for (const Case& test : kRefused) {
    const auto read = ReadPolicyText(absl::StrCat(start, test.keys, "}"), "p",
                                     SourceKind::kPolicyFile);
    ASSERT_TRUE(read.value.has_value()) << test.keys;
    EXPECT_TRUE(read.diagnostics.empty()) << test.keys;
    const auto compiled = CompilePolicy(*read.value, std::nullopt);
    EXPECT_FALSE(compiled.value.has_value()) << test.keys;
    ASSERT_EQ(compiled.diagnostics.size(), 1u) << test.keys;
    const Diagnostic& diagnostic = compiled.diagnostics[0];
    EXPECT_EQ(diagnostic.code, DiagnosticCode::kUnknownKey) << test.keys;
    EXPECT_EQ(diagnostic.severity, Severity::kError) << test.keys;
    EXPECT_EQ(diagnostic.span.line, 1) << test.keys;
    EXPECT_EQ(diagnostic.span.column,
              test.column + static_cast<int>(start.size()))
        << test.keys;
  }
}

TEST(NotYetEvaluatedTest, WhatIsEvaluatedIsLeftAlone) {
  const auto read = ReadPolicyText(
      "extension_policy: {mode: enforcing, staging: copy, version: 2, "
      "sources: [/a], merge: {timeout: 60s}, "
      "critical: [mode], "
      "trust: {efi: [], require_unexpired: true, sets: {acme: {files: "
      "[/a.crt]}}}, rules: [{id: a, match: "
      "{name: x, signer: [acme]}, verdict: allow, "
      "required: true, mode: permissive, until: 2027-01-31}]}",
      "p", SourceKind::kPolicyFile);
  ASSERT_TRUE(read.value.has_value());
  EXPECT_TRUE(FindNotYetEvaluated(*read.value).empty());
  EXPECT_TRUE(FindNotYetEvaluated({}).empty());
}

}  // namespace
}  // namespace extgate
