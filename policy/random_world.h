// Test only: an image, who signed it, a host and a policy, all at random.
#ifndef EXTGATE_POLICY_RANDOM_WORLD_H_
#define EXTGATE_POLICY_RANDOM_WORLD_H_

#include <cstdint>

#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/policy.h"
#include "policy/random_draw.h"
#include "policy/random_image.h"
#include "policy/random_rules.h"
#include "policy/signature_standing.h"

namespace extgate {

struct RandomWorld {
  ImageFacts image;
  SignatureStanding standing;
  HostFacts host;
  Policy policy;
  Evidence<HostOverlap> overlap;
};

// The same seed, the same worlds.
class RandomWorlds {
 public:
  explicit RandomWorlds(uint32_t seed) : draw_(seed) {}

  RandomWorld Draw();

  RandomDraw& draw() { return draw_; }
  RandomRules& rules() { return rules_; }
  RandomImages& images() { return images_; }

 private:
  RandomDraw draw_;
  RandomRules rules_{draw_};
  RandomImages images_{draw_};
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_RANDOM_WORLD_H_
