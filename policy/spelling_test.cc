#include "policy/spelling.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(EditDistanceTest, Table) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("mode", "mode"), 0);
  EXPECT_EQ(EditDistance("mod", "mode"), 1);
  EXPECT_EQ(EditDistance("mdoe", "mode"), 1);
  EXPECT_EQ(EditDistance("on-violation", "on_violation"), 0);
  EXPECT_EQ(EditDistance("Mode", "mode"), 0);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance(std::string(65, 'a'), std::string(65, 'a')), 0);
  EXPECT_EQ(EditDistance(std::string(65, 'a'), "a"), 64);
}

TEST(EditDistanceTest, IsSymmetric) {
  const absl::string_view words[] = {"mode", "mdeo", "trust", "", "rules"};
  for (const auto a : words) {
    for (const auto b : words) {
      EXPECT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << " " << b;
    }
  }
}

TEST(ClosestTest, SuggestsOnlyWhatIsNear) {
  const absl::string_view words[] = {"mode", "rules", "trust", "mode_floor"};
  EXPECT_EQ(Closest("moed", words), "mode");
  EXPECT_EQ(Closest("rule", words), "rules");
  EXPECT_EQ(Closest("mode-flor", words), "mode_floor");
  EXPECT_EQ(Closest("bananas", words), "");
  EXPECT_EQ(Closest("x", words), "");
}

}  // namespace
}  // namespace extgate
