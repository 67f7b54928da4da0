#include "engine/cases/case_run.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/cases/case_text.h"
#include "engine/facts_codec.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/inspect.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/cases/case_reader.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FilesInMemory : public CaseFiles {
 public:
  absl::StatusOr<std::string> Read(absl::string_view path) override {
    const auto found = files.find(std::string(path));
    if (found != files.end()) return found->second;
    return absl::NotFoundError(absl::StrCat("no file `", path, "`"));
  }
  std::map<std::string, std::string> files;
};

std::string FactsOf(const std::string& name, const TestSigner* signer) {
  const std::string bytes = ImageOf(name, signer);
  BufferReader reader(
      {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  return absl::StrCat(
      FactsToJson(Inspect(reader, name + ".raw", ImageClass::kSysext,
                          Depth::kContents)),
      "\n");
}

// A file of cases over good.json (by the vendor) and stranger.json.
std::vector<CaseResult> Run(const std::string& text) {
  FilesInMemory files;
  files.files = {{"good.json", FactsOf("good", &Vendor())},
                 {"stranger.json", FactsOf("strange", &Stranger())},
                 {"policy.yaml", PolicyTrustingVendor("  mode: enforcing\n")},
                 {"empty.yaml", "extension_policy: {}\n"},
                 {"broken.yaml", "extension_policy: {moode: x}\n"},
                 {"vendor.crt", Vendor().certificate().pem},
                 {"not.json", "{]"}};
  FakeHost host = HostWith("");
  auto read = ReadCases(text, "c.yaml", UtcTime());
  EXPECT_TRUE(read.value.has_value()) << text;
  std::vector<CaseResult> results;
  for (const PolicyCase& one : read.value.value_or(std::vector<PolicyCase>())) {
    results.push_back(RunCase(one, files, host.ports()));
  }
  return results;
}

// Of the only case; "error: …" when it could not be run.
std::vector<std::string> Failures(const std::string& keys) {
  const std::vector<CaseResult> results =
      Run(absl::StrCat("cases:\n  - name: a\n", keys));
  if (results.size() != 1) return {"not one case"};
  if (!HasErrors(results[0].diagnostics)) return results[0].failures;
  std::vector<std::string> errors;
  for (const Diagnostic& diagnostic : results[0].diagnostics) {
    if (diagnostic.severity == Severity::kError) {
      errors.push_back(ToString(diagnostic));
    }
  }
  return errors;
}

constexpr char kGood[] = "    policy: policy.yaml\n    facts: good.json\n";
constexpr char kStranger[] =
    "    policy: policy.yaml\n    facts: stranger.json\n";

TEST(RunCase, PassesWhereAllIsAsWanted) {
  EXPECT_THAT(Failures(absl::StrCat(kGood,
                                    "    want: {verdict: allow, rule: default, "
                                    "reasons: [], action: stage}\n")),
              IsEmpty());
  EXPECT_THAT(Failures(absl::StrCat(kStranger,
                                    "    want: {verdict: deny, reasons: "
                                    "[signer-untrusted], action: withhold}\n")),
              IsEmpty());
}

TEST(RunCase, SaysWhatIsOtherwise) {
  EXPECT_THAT(
      Failures(absl::StrCat(kGood,
                            "    want: {verdict: deny, rule: r, reasons: "
                            "[unsigned], action: withhold}\n")),
      ElementsAre("verdict: wanted `deny`, got `allow` (no reason against it)",
                  "rule: wanted `r`, got `default`",
                  "reasons: wanted `[unsigned]`, got `[]`",
                  "action: wanted `withhold`, got `stage`"));
  EXPECT_THAT(
      Failures(absl::StrCat(kStranger, "    want: {verdict: allow}\n")),
      ElementsAre(HasSubstr("got `deny` (signer-untrusted: signed by ")));
  // More reasons than wanted are a failure too.
  EXPECT_THAT(Failures(absl::StrCat(kStranger, "    want: {reasons: []}\n")),
              ElementsAre("reasons: wanted `[]`, got `[signer-untrusted]`"));
}

TEST(RunCase, TheModeTurnsTheActionAlone) {
  EXPECT_THAT(
      Failures(absl::StrCat(kStranger,
                            "    mode: permissive\n"
                            "    want: {verdict: deny, action: stage}\n")),
      IsEmpty());
}

TEST(RunCase, ARuleThatOnlyReportsDoesSoUntilItsTime) {
  const std::string keys =
      "    policy:\n"
      "      extension_policy:\n"
      "        mode: enforcing\n"
      "        rules:\n"
      "          - {id: a, match: {name: [good]}, verdict: deny,\n"
      "             mode: permissive, until: 2027-01-31}\n"
      "    facts: good.json\n"
      "    trust: [vendor.crt]\n";
  EXPECT_THAT(Failures(keys + "    host: {date: 2027-01-30}\n"
                              "    want: {verdict: deny, action: stage}\n"),
              IsEmpty());
  EXPECT_THAT(Failures(keys + "    host: {date: 2027-01-31}\n"
                              "    want: {verdict: deny, action: withhold}\n"),
              IsEmpty());
}

TEST(RunCase, TheCasesOwnTrustIsThatOfVerityD) {
  const std::string keys =
      "    policy: empty.yaml\n    facts: good.json\n"
      "    want: {verdict: allow}\n";
  EXPECT_THAT(Failures(keys), ElementsAre(HasSubstr("signer-untrusted")));
  EXPECT_THAT(Failures(keys + "    trust: [vendor.crt]\n"), IsEmpty());
  EXPECT_THAT(Failures("    policy: {extension_policy: {trust: {verity_d: "
                       "none}}}\n    facts: good.json\n    want: {verdict: "
                       "allow}\n    trust: [vendor.crt]\n"),
              ElementsAre(HasSubstr("signer-untrusted")));
}

TEST(RunCase, TheHostIsThatOfTheCase) {
  const std::string keys =
      "    policy:\n"
      "      extension_policy:\n"
      "        entries: [{match: good, entries: [passive]}]\n"
      "    facts: good.json\n"
      "    trust: [vendor.crt]\n";
  EXPECT_THAT(Failures(keys + "    host: {entry: active}\n"
                              "    want: {reasons: [wrong-entry], action: "
                              "withhold}\n"),
              IsEmpty());
  EXPECT_THAT(Failures(keys + "    host: {entry: passive}\n"
                              "    want: {verdict: allow}\n"),
              IsEmpty());
  EXPECT_THAT(Failures(absl::StrCat(kGood,
                                    "    host: {architecture: arm64}\n"
                                    "    want: {reasons: "
                                    "[wrong-architecture]}\n")),
              IsEmpty());
}

TEST(RunCase, WhatCannotBeReadIsNoFailureButAnError) {
  const std::string want = "    want: {verdict: deny}\n";
  EXPECT_THAT(Failures("    policy: none.yaml\n    facts: good.json\n" + want),
              ElementsAre("c.yaml:3:13: error: `policy`: no file `none.yaml` "
                          "(file-unreadable)"));
  EXPECT_THAT(Failures("    policy: empty.yaml\n    facts: none\n" + want),
              ElementsAre(HasSubstr("c.yaml:4:12: error: `facts`: ")));
  EXPECT_THAT(Failures("    policy: empty.yaml\n    facts: not.json\n" + want),
              ElementsAre(HasSubstr("c.yaml:4:12: error: `facts`: not ")));
  EXPECT_THAT(Failures("    policy: empty.yaml\n    facts: {nam: x}\n" + want),
              ElementsAre(HasSubstr("c.yaml:4:12: error: `facts`: ")));
  EXPECT_THAT(Failures(absl::StrCat(kGood, want, "    trust: [none.crt]\n")),
              ElementsAre(HasSubstr("c.yaml:6:13: error: `trust`: ")));
  EXPECT_THAT(
      Failures("    policy: broken.yaml\n    facts: good.json\n" + want),
      testing::Contains(HasSubstr("broken.yaml:1:20: error: ")));
  // In the policy of a case its own line.
  EXPECT_THAT(Failures("    policy:\n      extension_policy:\n"
                       "        moode: x\n    facts: good.json\n" +
                       want),
              testing::Contains(HasSubstr("c.yaml:5:9: error: ")));
}

CaseResult Result(const std::string& path, const std::string& name,
                  std::vector<std::string> failures) {
  return {{name, {path, 7, 3}}, std::move(failures), {}};
}

std::vector<CaseResult> Three() {
  std::vector<CaseResult> results = {
      Result("a.yaml", "good # 1", {}),
      Result("a.yaml", "<\"bad\">", {"it's `a`", "and b"}),
      Result("b.yaml", "broken", {})};
  results[2].diagnostics = {
      {DiagnosticCode::kNoPolicy, Severity::kNote, {}, "a note", ""},
      {DiagnosticCode::kFileUnreadable,
       Severity::kError,
       {"b.yaml", 9, 1},
       "`facts`: gone",
       ""}};
  return results;
}

TEST(CasesToText, ForPeople) {
  EXPECT_EQ(CasesToText(Three(), CaseFormat::kText),
            "ok    a.yaml:7: good # 1\n"
            "FAIL  a.yaml:7: <\"bad\">\n"
            "      it's `a`\n"
            "      and b\n"
            "ERROR b.yaml:7: broken\n"
            "      b.yaml:9:1: `facts`: gone\n"
            "3 cases, 1 failed, 1 could not be run\n");
}

TEST(CasesToText, Tap) {
  EXPECT_EQ(CasesToText(Three(), CaseFormat::kTap),
            "TAP version 13\n"
            "1..3\n"
            "ok 1 - good \\# 1\n"
            "not ok 2 - <\"bad\">\n"
            "  ---\n"
            "  at: 'a.yaml:7'\n"
            "  message:\n"
            "    - 'it''s `a`'\n"
            "    - 'and b'\n"
            "  ...\n"
            "not ok 3 - broken\n"
            "  ---\n"
            "  at: 'b.yaml:7'\n"
            "  message:\n"
            "    - 'b.yaml:9:1: `facts`: gone'\n"
            "  ...\n");
}

TEST(CasesToText, Junit) {
  EXPECT_EQ(
      CasesToText(Three(), CaseFormat::kJunit),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites tests=\"3\" failures=\"1\" errors=\"1\">\n"
      "  <testsuite name=\"a.yaml\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
      "    <testcase classname=\"a.yaml\" name=\"good # 1\" line=\"7\"/>\n"
      "    <testcase classname=\"a.yaml\" name=\"&lt;&quot;bad&quot;&gt;\" "
      "line=\"7\">\n"
      "      <failure message=\"it's `a`\">a.yaml:7: it's `a`; and b"
      "</failure>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "  <testsuite name=\"b.yaml\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
      "    <testcase classname=\"b.yaml\" name=\"broken\" line=\"7\">\n"
      "      <error message=\"b.yaml:9:1: `facts`: gone\">b.yaml:7: "
      "b.yaml:9:1: `facts`: gone</error>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

}  // namespace
}  // namespace extgate
