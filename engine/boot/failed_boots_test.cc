#include "engine/boot/failed_boots.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

FailedBoot Boot(int number, bool rejected = true) {
  return {"active",
          absl::StrCat("2026-11-27T14:00:", 10 + number, "Z"),
          absl::StrCat("boot-", number),
          absl::StrCat("generation-", number),
          rejected,
          "passive.conf",
          {{ReasonCode::kSignerUntrusted, "`k3s` is signed by a stranger"}}};
}

TEST(FailedBootsTest, WhatIsWrittenIsReadBack) {
  const std::vector<FailedBoot> boots = {Boot(1), Boot(2, false)};
  const auto read_back = FailedBootsFromJson(FailedBootsToJson(boots));
  ASSERT_TRUE(read_back.ok()) << read_back.status();
  EXPECT_EQ(*read_back, boots);
}

TEST(FailedBootsTest, TheNewestAreKept) {
  std::vector<FailedBoot> boots;
  for (int i = 0; i < 40; ++i) boots.push_back(Boot(i));
  boots.back().violations.assign(100, boots.back().violations.front());
  const auto kept = FailedBootsFromJson(FailedBootsToJson(boots));
  ASSERT_TRUE(kept.ok()) << kept.status();
  ASSERT_EQ(kept->size(), kMostFailedBoots);
  EXPECT_EQ(kept->back().boot_id, "boot-39");
  EXPECT_EQ(kept->back().violations.size(), kMostFailedFindings);
}

TEST(FailedBootsTest, WhatSomebodyElseWroteIsOnlyText) {
  const auto boots = FailedBootsFromJson(
      R"({"boots":[{"entry":"a\u001b[2J","violations":[{"code":"allow-all"},)"
      R"({"code":"unsigned","detail":"x\ny"}]}],"more":1})");
  ASSERT_TRUE(boots.ok()) << boots.status();
  ASSERT_EQ(boots->size(), 1u);
  EXPECT_THAT(boots->front().entry, Not(HasSubstr("\x1b")));
  ASSERT_EQ(boots->front().violations.size(), 1u);
  EXPECT_THAT(boots->front().violations[0].detail, Not(HasSubstr("\n")));
  EXPECT_FALSE(boots->front().rejected);
  for (const char* broken : {"", "[]", "{\"boots\":1}", "{"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(FailedBootsFromJson(broken).status()))
        << broken;
  }
}

TEST(FailedBootsTest, TwoPlacesMakeOneList) {
  EXPECT_EQ(MergeFailedBoots({Boot(2)}, {Boot(1), Boot(2)}),
            (std::vector<FailedBoot>{Boot(1), Boot(2)}));
  EXPECT_THAT(MergeFailedBoots({}, {}), IsEmpty());
}

TEST(FailedBootsTest, AnEntryThatCameUpWellIsForgotten) {
  FailedBoot other = Boot(2);
  other.entry = "edge";
  EXPECT_EQ(WithoutEntry({Boot(1), other}, "active"),
            std::vector<FailedBoot>{other});
}

TEST(FailedBootsTest, OnlyWhatHadNoOtherTryIsRejected) {
  EXPECT_TRUE(IsRejected({Boot(2, false), Boot(1)}, "active"));
  EXPECT_FALSE(IsRejected({Boot(1)}, "passive"));
  EXPECT_FALSE(IsRejected({Boot(2, false)}, "active"));
}

TEST(FailedBootsTest, ASentenceSaysWhichAndWhenAndWhy) {
  EXPECT_EQ(Sentence(Boot(1)),
            "`active` was failed at 2026-11-27T14:00:11Z: signer-untrusted: "
            "`k3s` is signed by a stranger");
}

}  // namespace
}  // namespace extgate
