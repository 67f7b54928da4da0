#include "engine/crypto/trial.h"

#include <map>

#include "gtest/gtest.h"

namespace extgate {
namespace {

// Goes through a trial in which a turn of `way` takes base[way] ticks, and
// every other one of a way ten times that. Returns the turns of each.
std::map<size_t, size_t> Hold(Trial& trial, const std::vector<uint64_t>& base) {
  std::map<size_t, size_t> turns;
  while (!trial.over()) {
    const size_t way = trial.way();
    const uint64_t disturbed = turns[way]++ % 2 == 0 ? 10 : 1;
    trial.Took(base.at(way) * disturbed);
  }
  return turns;
}

TEST(TrialTest, TheWayOfTheShortestTurnIsTheWay) {
  for (size_t quickest = 0; quickest < 3; ++quickest) {
    std::vector<uint64_t> base = {20, 30, 25};
    base[quickest] = 19;
    Trial trial(base.size());
    const auto turns = Hold(trial, base);
    EXPECT_EQ(trial.way(), quickest);
    for (size_t way = 0; way < base.size(); ++way) {
      EXPECT_EQ(turns.at(way), Trial::kTurns) << way;
    }
  }
}

TEST(TrialTest, OfOneWayThereIsNothingToFindOut) {
  const Trial trial(1);
  EXPECT_TRUE(trial.over());
  EXPECT_EQ(trial.way(), 0u);
}

}  // namespace
}  // namespace extgate
