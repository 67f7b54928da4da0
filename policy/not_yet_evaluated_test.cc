#include "policy/not_yet_evaluated.h"

#include <optional>
#include <string>
#include <vector>

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

TEST(NotYetEvaluatedTest, WhatIsNotActedOnIsNotedAndCarried) {
  const auto read = ReadPolicyText(
      "extension_policy:\n"
      "  fail_boot: {entries: [active, a], when: retry, fallback: reboot}\n"
      "  measure: {pcr: 14}\n",
      "p", SourceKind::kPolicyFile);
  ASSERT_TRUE(read.value.has_value());
  const auto compiled = CompilePolicy(*read.value, std::nullopt);
  EXPECT_TRUE(compiled.diagnostics.empty());
  ASSERT_TRUE(compiled.value.has_value());
  EXPECT_EQ(compiled.value->failable_entries,
            (std::vector<std::string>{"active", "a"}));
  EXPECT_EQ(compiled.value->fail_when, FailWhen::kRetry);
  EXPECT_EQ(compiled.value->fail_fallback, FailFallback::kReboot);
  EXPECT_EQ(compiled.value->measure->pcr, 14);
  const std::vector<Diagnostic> notes = FindNotActedOn(*read.value);
  ASSERT_EQ(notes.size(), 4u);
  for (const Diagnostic& note : notes) {
    EXPECT_EQ(note.code, DiagnosticCode::kNotActedOn);
    EXPECT_EQ(note.severity, Severity::kNote);
  }
  EXPECT_EQ(notes[0].span.line, 2);
  EXPECT_EQ(notes[3].span.line, 3);
  EXPECT_TRUE(FindNotActedOn({}).empty());
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
