// Ranges by cases, and against systemd-analyze.
#include "policy/version_range.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

VersionRange RangeOf(const std::string& text) {
  absl::StatusOr<VersionRange> range = VersionRange::Parse(text);
  EXPECT_TRUE(range.ok()) << range.status();
  return *std::move(range);
}

TEST(VersionRangeTest, Contains) {
  const struct {
    const char* range;
    const char* version;
    bool contained;
  } kCases[] = {
      {">=1.29, <1.31", "1.28.9", false},
      {">=1.29, <1.31", "1.29", true},
      {">=1.29, <1.31", "1.30.0+k3s1", true},
      {">=1.29, <1.31", "1.31~rc1", true},
      {">=1.29, <1.31", "1.31", false},
      // Numbers are numbers.
      {">=1.29", "1.100", true},
      {"<1.29", "1.3", true},
      {">1", "1", false},
      {">1", "1.0", true},
      {"<=1", "1", true},
      {"<=1", "1.0", false},
      {"=1.30", "1.30", true},
      {"=1.30", "1.30.0", false},
      {"=7", "007", true},
      {"!=1.30.4", "1.30.4", false},
      {"!=1.30.4", "1.30.5", true},
      {">=1,<2,!=1.5", "1.5", false},
      {">=1,<2,!=1.5", "1.6", true},
      {"  >=  1 ,  <  2 ", "1.9", true},
      {">=1_a+b~c^d-e", "2", true},
      // What is no version is in none.
      {"<9", "", false},
      {"!=9", "", false},
      {"<9", "_", false},
      {"<9", "~", false},
      {"<9", "a", true},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(RangeOf(c.range).Contains(c.version), c.contained)
        << c.range << " and " << c.version;
    EXPECT_EQ(RangeOf(c.range).text(), c.range);
  }
}

TEST(VersionRangeTest, Refusals) {
  const struct {
    const char* range;
    const char* message;
  } kCases[] = {
      {"", "`` does not begin with one of >=, >, <=, <, =, !="},
      {"1.29", "`1.29` does not begin with one of >=, >, <=, <, =, !="},
      {"~1.29", "`~1.29` does not begin with one of >=, >, <=, <, =, !="},
      {">=1,", "`` does not begin with one of >=, >, <=, <, =, !="},
      {">=", "`>=` has no version behind its `>=`"},
      {"==1", "`==1` has no version behind its `=`"},
      {">=1 <2", "`>=1 <2` has no version behind its `>=`"},
      {">=1.*", "`>=1.*` has no version behind its `>=`"},
      {">=2, <1", "no version is within `>=2, <1`"},
      {">1, <=1", "no version is within `>1, <=1`"},
      {">=1, <1", "no version is within `>=1, <1`"},
      {"=1, =2", "no version is within `=1, =2`"},
      {"=1, !=1", "no version is within `=1, !=1`"},
      {"<1, =1.5", "no version is within `<1, =1.5`"},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<VersionRange> range = VersionRange::Parse(c.range);
    ASSERT_FALSE(range.ok()) << c.range;
    EXPECT_EQ(range.status().message(), c.message);
  }
}

// systemd-analyze compare-versions A OPERATOR B (UAPI.10) as the oracle.
TEST(VersionRangeTest, AgreesWithSystemd) {
  const std::pair<const char*, const char*> kOperators[] = {
      {">=", "ge"}, {">", "gt"}, {"<=", "le"},
      {"<", "lt"},  {"=", "eq"}, {"!=", "ne"}};
  for (const char* version : {"1", "1~rc1", "1-1", "1.10", "1^a", "1a"}) {
    for (const char* bound : {"1", "1.9", "1a"}) {
      for (const auto& [sign, word] : kOperators) {
        const int status =
            std::system(absl::StrCat("systemd-analyze compare-versions '",
                                     version, "' ", word, " '", bound, "'")
                            .c_str());
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        EXPECT_EQ(RangeOf(absl::StrCat(sign, bound)).Contains(version),
                  WEXITSTATUS(status) == 0)
            << version << " " << sign << " " << bound;
      }
    }
  }
}

}  // namespace
}  // namespace extgate
