#include "adapters/cli/explanation_text.h"
#include "adapters/cli/facts_text.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/status_text.h"
#include "adapters/cli/table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TableTest, ColumnsLineUpByCharactersAndTheLastIsRagged) {
  Table table({"A", "B", "C"});
  table.Add({{"\xC3\xA4\xC3\xB6"}, {"x"}, {"long text at the end"}});
  table.Add({{"abcd"}, {"yy"}, {"z"}});
  table.AddNote("more");
  EXPECT_EQ(table.Render(Colour::kOff),
            "A     B   C\n"
            "\xC3\xA4\xC3\xB6    x   long text at the end\n"
            "abcd  yy  z\n"
            "          more\n");
}

TEST(TableTest, ColourIsOnlyThereWhenAskedFor) {
  Table table({"A"});
  table.Add({{"bad", Tone::kBad}});
  EXPECT_THAT(table.Render(Colour::kOn), HasSubstr("\033[31mbad\033[0m"));
  EXPECT_THAT(table.Render(Colour::kOff), Not(HasSubstr("\033")));
}

ReportedImage Denied() {
  ReportedImage image;
  image.name = "k3s\n\033[31m";
  image.verdict = Verdict::kDeny;
  image.action = Action::kWithhold;
  image.reasons = {{ReasonCode::kSignerUntrusted, "signed by `CN=x`"},
                   {ReasonCode::kRootHashMismatch, "differs"}};
  return image;
}

TEST(ReportTextTest, SaysWhatIsExcusedAndWhatIsMissing) {
  Report report;
  report.mode = Mode::kEnforcing;
  report.images = {Denied()};
  report.images[0].action = Action::kStage;
  report.images[0].excused_by = {{"r", *UtcTime::Parse("2027-01-31")}};
  const std::string text = ReportText(report, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("would deny"));
  EXPECT_THAT(text, HasSubstr("excused: only by rule `r`, which is permissive "
                              "until 2027-01-31"));
  EXPECT_THAT(ImageText(report.images[0], Colour::kOff),
              HasSubstr("excused: only by rule `r`"));
  report.images.clear();
  report.violations = {{ReasonCode::kRequiredMissing, "rule `r`"}};
  EXPECT_THAT(ReportText(report, Colour::kOff),
              HasSubstr("required-missing: rule `r`\n"));
}

TEST(ReportTextTest, SaysWhatKeepsAnImageFromBeingStaged) {
  Report report;
  report.mode = Mode::kEnforcing;
  ReportedImage image;
  image.name = "big";
  image.path = "/a/big.raw";
  image.verdict = Verdict::kAllow;
  image.action = Action::kWithhold;
  report.images = {image};
  report.diagnostics = {{DiagnosticCode::kNoSpace,
                         Severity::kWarning,
                         {"/a/big.raw", 0, 0},
                         "`big` is withheld: no room",
                         "make room"}};
  EXPECT_THAT(ReportText(report, Colour::kOff),
              HasSubstr("withhold  no-space: `big` is withheld: no room\n"));
  Explanation explanation;
  explanation.now.images = report.images;
  explanation.remedies.resize(1);
  EXPECT_THAT(ExplanationText(explanation, Colour::kOff),
              HasSubstr("\nnothing is to be done\n"));
  explanation.last = report;
  const std::string text = ExplanationText(explanation, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("\nit was not staged: no-space: `big` is "
                              "withheld: no room\ndo: make room, then run "
                              "`extgate apply --now`\n"));
  EXPECT_THAT(text, Not(HasSubstr("nothing is to be done")));
}

TEST(ReportTextTest, ShowsEveryReasonAndEscapesNames) {
  Report report;
  report.mode = Mode::kEnforcing;
  report.outcome = Outcome::kViolations;
  report.images = {Denied()};
  const std::string text = ReportText(report, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("violations: enforcing"));
  EXPECT_THAT(text, HasSubstr("signer-untrusted: signed by `CN=x`"));
  EXPECT_THAT(text, HasSubstr("root-hash-mismatch: differs"));
  EXPECT_THAT(text, HasSubstr("k3s\\n\\x1b[31m"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
}

TEST(ReportTextTest, PermissiveSaysWouldDeny) {
  Report report;
  report.mode = Mode::kPermissive;
  report.images = {Denied()};
  EXPECT_THAT(ReportText(report, Colour::kOff), HasSubstr("would deny"));
}

TEST(ImageTextTest, RulesThatWerePassedOverAreCounted) {
  ReportedImage image = Denied();
  image.trace = {{"r0", "does not match: name"}, {"last", "matches: denies"}};
  EXPECT_THAT(ImageText(image, Colour::kOff), Not(HasSubstr("more that")));
  image.passed_over = 10;
  const std::string text = ImageText(image, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("considered: r0: does not match"));
  EXPECT_THAT(text, HasSubstr("considered: last: matches: denies"));
  EXPECT_THAT(text, HasSubstr("considered: 10 more that do not match"));
}

TEST(ReportTextTest, DiagnosticsComeWorstFirst) {
  const std::string text = DiagnosticsText(
      {{DiagnosticCode::kNoPolicy, Severity::kNote, {}, "a note", ""},
       {DiagnosticCode::kUnknownKey, Severity::kError, {"p", 1, 2}, "bad", ""}},
      {}, Colour::kOff);
  EXPECT_LT(text.find("p:1:2: error: bad"), text.find("a note"));
}

TEST(ReportTextTest, DiagnosticsShowTheLineWhereTheTextIsKnown) {
  SnippetsByPath sources;
  sources.emplace("p", Snippets("mode: loud\n"));
  const std::vector<Diagnostic> diagnostics = {
      {DiagnosticCode::kUnknownValue, Severity::kError, {"p", 1, 7}, "bad", ""},
      {DiagnosticCode::kUnknownKey, Severity::kError, {"q", 1, 7}, "bad", ""}};
  EXPECT_EQ(DiagnosticsText(diagnostics, sources, Colour::kOff),
            "p:1:7: error: bad (unknown-value)\n"
            "    1 | mode: loud\n"
            "      |       ^\n"
            "q:1:7: error: bad (unknown-key)\n");
}

TEST(FactsTextTest, SaysWhatIsBrokenAndWhere) {
  ImageFacts facts;
  facts.file_name = "x.raw";
  facts.name = "x";
  facts.container = Container::kGpt;
  facts.table = Malformed{"entry 3", "last LBA 12 is before first LBA 40"};
  facts.filesystem = Unsupported{"ext4"};
  const std::string text = FactsText(facts, {}, Colour::kOff);
  EXPECT_THAT(text, HasSubstr("partition table: broken: entry 3: last LBA 12"));
  EXPECT_THAT(text, HasSubstr("filesystem: not read: ext4"));
}

TEST(FactsTextTest, SaysWhatTheTreeHoldsAndHowItMeetsTheHost) {
  ImageFacts facts;
  facts.file_name = "x.raw";
  TreeFacts tree;
  for (int i = 0; i < 10; ++i) {
    TreeFile file;
    file.path = "usr/bin/" + std::to_string(i);
    file.type = FileType::kRegular;
    file.permissions = 04755;
    tree.files.push_back(file);
  }
  facts.tree = tree;
  HostOverlap overlap;
  overlap.conflicts = {{"usr/sbin", FileType::kDirectory, FileType::kSymlink}};
  overlap.shadowed = {"usr/bin/1"};
  const std::string text = FactsText(facts, {}, Colour::kOff, overlap);
  EXPECT_THAT(text, HasSubstr("  tree: 10 names\n"));
  EXPECT_THAT(text, HasSubstr("  setuid: /usr/bin/0, /usr/bin/1, "));
  EXPECT_THAT(text, HasSubstr(", /usr/bin/7 and 2 more\n"));
  EXPECT_THAT(text,
              HasSubstr("  type_conflict: /usr/sbin (directory over symlink)"));
  EXPECT_THAT(text, HasSubstr("  shadow: /usr/bin/1\n"));
  EXPECT_THAT(FactsText(facts, {}, Colour::kOff, Malformed{"host", "no"}),
              HasSubstr("  host: broken: host: no\n"));
}

UtcTime Time(const std::string& text) {
  return UtcTime::Parse(text).value_or(UtcTime());
}

TEST(AgeTextTest, IsInTheLargestUnitThatSaysSomething) {
  const UtcTime now = Time("2026-11-22T21:00:00Z");
  EXPECT_EQ(AgeText("2026-11-22T20:59:01Z", now), "59 s ago");
  EXPECT_EQ(AgeText("2026-11-22T20:10:00Z", now), "50 min ago");
  EXPECT_EQ(AgeText("2026-11-22T09:00:00Z", now), "12 h ago");
  EXPECT_EQ(AgeText("2026-11-02T21:00:00Z", now), "20 days ago");
  EXPECT_EQ(AgeText("2026-11-22T21:00:01Z", now), "");
  EXPECT_EQ(AgeText("some day", now), "");
}

TEST(StatusTextTest, ALineAnImageAndOneForAStranger) {
  Report report;
  report.time = "2026-11-22T20:00:00Z";
  report.mode = Mode::kEnforcing;
  report.policy_sha256 = "18a8";
  report.policy_changed = "2026-11-22T20:30:00Z";
  report.images.resize(1);
  report.images[0].reasons = {{ReasonCode::kUnsigned, "no signature"}};
  report.now = {{"k3s", ImageClass::kSysext, "/x/k3s.raw", Verdict::kDeny,
                 false, true, InForce::kNo, true},
                {"evil\033[1m", ImageClass::kConfext, "", std::nullopt, false,
                 true, InForce::kNo, true}};
  const std::string text =
      StatusText(report, Time("2026-11-22T21:00:00Z"), Colour::kOff);
  EXPECT_THAT(text, HasSubstr("sha256 18a8, revision 0, written "
                              "2026-11-22T20:30:00Z (30 min ago), after the "
                              "decision"));
  EXPECT_THAT(text, HasSubstr("k3s          sysext   deny     no      yes     "
                              "no        yes       unsigned: no signature"));
  EXPECT_THAT(text, HasSubstr("confext  -        no      yes     no"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  report.policy_changed = "2026-11-22T19:00:00Z";
  EXPECT_THAT(StatusText(report, Time("2026-11-22T21:00:00Z"), Colour::kOff),
              Not(HasSubstr("after the decision")));
}

}  // namespace
}  // namespace extgate
