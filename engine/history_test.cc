#include "engine/history.h"

#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

ReportedImage Image(const std::string& name, Verdict verdict,
                    ImageClass image_class = ImageClass::kSysext) {
  ReportedImage image;
  image.name = name;
  image.image_class = image_class;
  image.verdict = verdict;
  return image;
}

Report ReportAt(int minute, std::vector<ReportedImage> images) {
  Report report;
  report.time =
      absl::StrFormat("2026-11-22T%02d:%02d:00Z", minute / 60, minute % 60);
  report.boot_id = "6a1f8a7e-0000-4000-8000-000000000001";
  report.entry = "active";
  report.mode = Mode::kEnforcing;
  report.policy_sha256 = std::string(64, 'a');
  report.images = std::move(images);
  return report;
}

std::string WithRuns(const std::vector<Report>& reports) {
  std::string text;
  for (const Report& report : reports) text = WithRun(text, report);
  return text;
}

TEST(HistoryTest, ARunIsKeptAsItWas) {
  Report report =
      ReportAt(1, {Image("a", Verdict::kAllow), Image("b", Verdict::kDeny),
                   Image("c", Verdict::kDeny)});
  report.outcome = Outcome::kViolations;
  const History history = ParseHistory(WithRun("", report));
  EXPECT_EQ(history.unreadable, 0u);
  ASSERT_THAT(history.runs, SizeIs(1));
  const HistoryRun& run = history.runs[0];
  EXPECT_EQ(run.time, report.time);
  EXPECT_EQ(run.boot_id, report.boot_id);
  EXPECT_EQ(run.entry, "active");
  EXPECT_EQ(run.mode, Mode::kEnforcing);
  EXPECT_EQ(run.outcome, Outcome::kViolations);
  EXPECT_EQ(run.policy_sha256, report.policy_sha256);
  EXPECT_THAT(run.images,
              ElementsAre(Pair(Verdict::kAllow, 1), Pair(Verdict::kDeny, 2)));
  EXPECT_THAT(run.changes, IsEmpty());  // there was no run before
}

TEST(HistoryTest, WhatChangedAgainstTheRunBeforeIsTold) {
  const History history = ParseHistory(WithRuns({
      ReportAt(1,
               {Image("gone", Verdict::kAllow), Image("same", Verdict::kAllow),
                Image("turned", Verdict::kAllow)}),
      ReportAt(
          2, {Image("new", Verdict::kUnmergeable, ImageClass::kConfext),
              Image("same", Verdict::kAllow), Image("turned", Verdict::kDeny)}),
      ReportAt(
          3, {Image("new", Verdict::kUnmergeable, ImageClass::kConfext),
              Image("same", Verdict::kAllow), Image("turned", Verdict::kDeny)}),
  }));
  ASSERT_THAT(history.runs, SizeIs(3));
  EXPECT_THAT(history.runs[1].changes,
              ElementsAre(VerdictChange{"turned", ImageClass::kSysext,
                                        Verdict::kAllow, Verdict::kDeny},
                          VerdictChange{"new", ImageClass::kConfext,
                                        std::nullopt, Verdict::kUnmergeable},
                          VerdictChange{"gone", ImageClass::kSysext,
                                        Verdict::kAllow, std::nullopt}));
  EXPECT_THAT(history.runs[2].changes, IsEmpty());
}

TEST(HistoryTest, ABrokenRecordLosesOnlyItself) {
  const std::string text =
      WithRuns({ReportAt(1, {Image("a", Verdict::kAllow)}),
                ReportAt(2, {Image("a", Verdict::kDeny)}),
                ReportAt(3, {Image("a", Verdict::kAllow)})});
  std::vector<std::string> lines =
      absl::StrSplit(text, '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, SizeIs(4));
  for (size_t broken = 0; broken < lines.size(); ++broken) {
    for (const std::string& junk :
         {std::string("{"), std::string("\xff\0\x01", 3),
          lines[broken].substr(0, lines[broken].size() / 2),
          std::string(R"({"time":"x","mode":"lenient"})")}) {
      std::string damaged;
      for (size_t i = 0; i < lines.size(); ++i) {
        absl::StrAppend(&damaged, i == broken ? junk : lines[i], "\n");
      }
      const History rest = ParseHistory(damaged);
      EXPECT_EQ(rest.runs.size(), broken == 0 ? 3u : 2u) << broken << junk;
      EXPECT_TRUE(broken == 0 || rest.unreadable == 1) << broken << junk;
      // And the next run stands behind what is left, once more whole.
      const History next = ParseHistory(
          WithRun(damaged, ReportAt(4, {Image("a", Verdict::kDeny)})));
      ASSERT_EQ(next.runs.size(), rest.runs.size() + 1);
      EXPECT_THAT(next.runs.back().changes, SizeIs(broken % 3 == 0 ? 0 : 1));
    }
  }
}

TEST(HistoryTest, TheOldestGoFirst) {
  std::string text;
  for (int minute = 0; minute < 100; ++minute) {
    text = WithRun(text, ReportAt(minute, {Image("a", Verdict::kAllow)}));
  }
  const History history = ParseHistory(text);
  ASSERT_THAT(history.runs, SizeIs(kMostRuns));
  EXPECT_EQ(history.runs.front().time, "2026-11-22T00:36:00Z");
  EXPECT_EQ(history.runs.back().time, "2026-11-22T01:39:00Z");
}

// What JSON makes longest, what is cut, and what is plain.
std::string RandomText(std::mt19937& random) {
  const std::string kinds[] = {"<",    "\"", "\\",     "a",
                               "\xff", "\n", "\u2028", "\U000e0001"};
  std::string text;
  const size_t length = random() % 4 == 0 ? random() % 5000 : random() % 12;
  const std::string& kind = kinds[random() % std::size(kinds)];
  while (text.size() < length) text += kind;
  return absl::StrCat(text, random() % 50);
}

TEST(HistoryTest, ItNeverExceedsItsBoundsWhateverReportsCome) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 4; ++round) {
    std::string text;
    for (int run = 0; run < 150; ++run) {
      Report report = ReportAt(run, {});
      report.entry = RandomText(random);
      report.boot_id = RandomText(random);
      report.policy_sha256 = RandomText(random);
      const size_t images = random() % 3 == 0 ? random() % 400 : random() % 4;
      for (size_t i = 0; i < images; ++i) {
        report.images.push_back(Image(RandomText(random),
                                      static_cast<Verdict>(random() % 6),
                                      static_cast<ImageClass>(random() % 2)));
      }
      text = WithRun(text, report);
      ASSERT_LE(text.size(), kMostHistoryBytes);
      if (run % 10 != 9) continue;
      const History history = ParseHistory(text);
      ASSERT_LE(history.runs.size(), kMostRuns);
      ASSERT_EQ(history.unreadable, 0u);
      ASSERT_EQ(history.runs.back().time, report.time);
    }
  }
}

TEST(HistoryTest, JunkOfAnyLengthIsReplaced) {
  for (const std::string& junk :
       {std::string(1 << 20, 'x'), std::string(1 << 20, '\n'),
        std::string(100, '\0'), std::string("{}\n{}\n{}\n")}) {
    const std::string text =
        WithRun(junk, ReportAt(1, {Image("a", Verdict::kAllow)}));
    EXPECT_LE(text.size(), kMostHistoryBytes);
    EXPECT_THAT(ParseHistory(text).runs, SizeIs(1));
  }
}

TEST(HistoryTest, OfVerdictsThatAreNotAllKeptNothingIsMadeUp) {
  std::vector<ReportedImage> images;
  for (int i = 0; i < 2000; ++i) {
    images.push_back(
        Image(absl::StrCat("an-image-of-a-long-name-", i), Verdict::kAllow));
  }
  const History history =
      ParseHistory(WithRuns({ReportAt(1, images), ReportAt(2, images)}));
  EXPECT_THAT(history.runs.back().changes, IsEmpty());
  EXPECT_EQ(history.runs.back().images.at(Verdict::kAllow), 2000u);
}

TEST(HistoryTest, TheMostChangesAreNamedAndTheRestCounted) {
  std::vector<ReportedImage> images;
  for (int i = 0; i < 20; ++i) {
    images.push_back(Image(absl::StrCat("i", i), Verdict::kAllow));
  }
  const History history =
      ParseHistory(WithRuns({ReportAt(1, {}), ReportAt(2, images)}));
  EXPECT_THAT(history.runs.back().changes, SizeIs(kMostChanges));
  EXPECT_EQ(history.runs.back().more_changes, 4u);
}

TEST(HistoryTest, JsonHasItsFields) {
  const std::string json = HistoryToJson(
      ParseHistory(WithRuns({ReportAt(1, {Image("a", Verdict::kAllow)}),
                             ReportAt(2, {Image("a", Verdict::kDeny)})})));
  EXPECT_THAT(json, HasSubstr("\"before\": \"allow\""));
  EXPECT_THAT(json, HasSubstr("\"unreadable\": 0"));
}

// A run of the pipeline: one record a decision, none where nothing was decided.
TEST(HistoryTest, ADecisionIsKeptOnceAndADryRunIsNot) {
  FakeHost host;
  ApplyOptions dry;
  dry.act = ApplyOptions::Act::kDryRun;
  ASSERT_TRUE(Apply(host.ports(), dry).ok());
  EXPECT_FALSE(host.state.contains(kHistoryState));
  ApplyOptions options;
  options.reuse = ApplyOptions::Reuse::kYes;
  for (int run = 0; run < 3; ++run) {
    auto result = Apply(host.ports(), options);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->reused, run > 0);
  }
  EXPECT_THAT(ParseHistory(host.state[kHistoryState]).runs, SizeIs(1));
}

TEST(HistoryTest, OnLiveMediaNothingIsKept) {
  FakeHost host;
  host.facts.entry = kLiveEntry;
  ASSERT_TRUE(Apply(host.ports(), {}).ok());
  EXPECT_FALSE(host.state.contains(kHistoryState));
}

TEST(HistoryTest, WhatCannotBeKeptIsANoteOfTheRun) {
  FakeHost host;
  host.fail_call = 1;
  const std::vector<Diagnostic> said = KeepHistory(ReportAt(1, {}), host);
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].code, DiagnosticCode::kStateUnkept);
  EXPECT_EQ(said[0].severity, Severity::kNote);
  EXPECT_THAT(said[0].message, HasSubstr("this run is not in the history: "));
}

}  // namespace
}  // namespace extgate
