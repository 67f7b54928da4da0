#include "policy/not_acted_on.h"

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

TEST(NotActedOnTest, IsNotedAndCarried) {
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
  ASSERT_EQ(notes.size(), 1u);
  for (const Diagnostic& note : notes) {
    EXPECT_EQ(note.code, DiagnosticCode::kNotActedOn);
    EXPECT_EQ(note.severity, Severity::kNote);
  }
  EXPECT_EQ(notes[0].span.line, 3);
  EXPECT_TRUE(FindNotActedOn({}).empty());
}

TEST(NotActedOnTest, WhatIsActedOnIsLeftAlone) {
  const auto read = ReadPolicyText(
      "extension_policy: {mode: enforcing, staging: link, version: 2, "
      "sources: [/a], merge: {timeout: 60s, hierarchies: [/usr]}, "
      "critical: [mode], fail_boot: {entries: [a]}, "
      "trust: {efi: [], require_unexpired: true, sets: {acme: {files: "
      "[/a.crt]}}}, rules: [{id: a, match: "
      "{name: x, signer: [acme]}, verdict: allow, "
      "required: true, mode: permissive, until: 2027-01-31}]}",
      "p", SourceKind::kPolicyFile);
  ASSERT_TRUE(read.value.has_value());
  EXPECT_TRUE(FindNotActedOn(*read.value).empty());
}

}  // namespace
}  // namespace extgate
