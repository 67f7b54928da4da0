// Way in: CheckData.
#include "engine/install/plan_check.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "engine/scrub.h"

namespace extgate {
namespace {

struct Obstacle {
  Placement placement = Placement::kNew;
  std::string why;  // "": there is none
};

Obstacle ObstacleOf(ImagePort& given, const Candidate& candidate) {
  const auto image = given.Open(candidate);
  if (!image.ok()) {
    return {Placement::kFailed, std::string(image.status().message())};
  }
  const ScrubResult result =
      Scrub(**image, candidate.path, [](uint64_t, uint64_t) {});
  switch (result.state) {
    case ScrubState::kIntact:
    case ScrubState::kUnchecked:
      break;
    case ScrubState::kCorrupt:
      // Without a bad block it is the tree or its root that is another one,
      // which was decided about.
      if (!result.bad_block.has_value()) break;
      return {Placement::kRefused, DataContradicts(result.bad_offset)};
    case ScrubState::kUnreadable:
      return {Placement::kFailed, result.detail};
  }
  return {};
}

}  // namespace

void CheckData(ImagePort& given, InstallPlan& plan) {
  std::map<size_t, Obstacle> looked;  // by candidate
  std::erase_if(plan.steps, [&](const InstallStep& step) {
    const auto [found, first] = looked.try_emplace(step.candidate);
    Obstacle& obstacle = found->second;
    if (first) obstacle = ObstacleOf(given, plan.candidates[step.candidate]);
    if (obstacle.why.empty()) return false;
    PlacedImage& row = plan.installation.images[step.row];
    row.placement = obstacle.placement;
    row.why = obstacle.why;
    return true;
  });
}

}  // namespace extgate
