// The tables of closed words, walked both ways.
#include "policy/values.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "policy/content.h"
#include "policy/diagnostic.h"
#include "policy/facts.h"
#include "policy/handling.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"

namespace extgate {
namespace {

template <typename E>
class WordsTest : public testing::Test {};

using Enumerations =
    testing::Types<Mode, OnViolation, Unmergeable, RuleVerdict, ImageClass,
                   Authority, Verdict, Action, RuntimeEnforcement, Designator,
                   EfiList, VerityD, Architecture, Container, SignatureState,
                   ReasonCode, Severity, DiagnosticCode, FileType, ContentKind,
                   ContentAction, RuleMode, Staging, FailWhen, FailFallback>;
TYPED_TEST_SUITE(WordsTest, Enumerations);

TYPED_TEST(WordsTest, EveryEnumeratorReadsBackFromItsWord) {
  for (const auto& [value, word] : Words<TypeParam>::kTable) {
    EXPECT_EQ(ToWord(value), std::string(word));
    EXPECT_EQ(FromWord<TypeParam>(word), value) << word;
  }
}

// A table has its enumerators in order and leaves none out in between; what
// comes after the last one has no word.
TYPED_TEST(WordsTest, TableIsInOrderWithoutGaps) {
  int next = 0;
  for (const auto& [value, word] : Words<TypeParam>::kTable) {
    EXPECT_EQ(static_cast<int>(value), next) << word;
    ++next;
  }
  EXPECT_EQ(std::string(ToWord(static_cast<TypeParam>(next))), "");
}

TYPED_TEST(WordsTest, WordsAreDistinctAndOfOneForm) {
  std::set<std::string> words;
  for (const auto& [value, word] : Words<TypeParam>::kTable) {
    EXPECT_TRUE(words.insert(word).second) << word << " is there twice";
    EXPECT_EQ(std::string(word).find_first_not_of(
                  "abcdefghijklmnopqrstuvwxyzPKEMO0123456789-_"),
              std::string::npos)
        << word;
  }
}

TYPED_TEST(WordsTest, OtherTextsAreNoWords) {
  for (const auto& entry : Words<TypeParam>::kTable) {
    const std::string word = entry.second;
    EXPECT_FALSE(FromWord<TypeParam>(" " + word).has_value());
    EXPECT_FALSE(FromWord<TypeParam>(word + " ").has_value());
    EXPECT_FALSE(FromWord<TypeParam>(word + std::string(1, '\0')).has_value());
  }
  EXPECT_FALSE(FromWord<TypeParam>("").has_value());
}

TEST(AllWordsTest, ListsThemInTheOrderOfTheTable) {
  EXPECT_EQ(AllWords<Mode>(), "disabled, permissive, enforcing");
}

TEST(FromWordTest, TruthValuesHaveOneSpellingEach) {
  EXPECT_EQ(FromWord<bool>("true"), true);
  EXPECT_EQ(FromWord<bool>("false"), false);
  for (const char* word : {"True", "yes", "on", "1", "no", ""}) {
    EXPECT_FALSE(FromWord<bool>(word).has_value()) << word;
  }
}

TEST(FromWordTest, CaseMatters) {
  EXPECT_EQ(FromWord<EfiList>("db"), EfiList::kDb);
  EXPECT_FALSE(FromWord<EfiList>("DB").has_value());
  EXPECT_FALSE(FromWord<Mode>("Enforcing").has_value());
}

}  // namespace
}  // namespace extgate
