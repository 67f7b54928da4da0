// Test only: policies at random that are often about the same images, from
// alphabets so small that rules and images (random_image.h) meet often.
#ifndef EXTGATE_POLICY_RANDOM_RULES_H_
#define EXTGATE_POLICY_RANDOM_RULES_H_

#include <map>
#include <string>

#include "policy/policy.h"
#include "policy/random_draw.h"

namespace extgate {

// Draws from `draw`, which must outlive it.
class RandomRules {
 public:
  explicit RandomRules(RandomDraw& draw) : draw_(draw) {}

  // With one condition at least.
  Rule DrawRule(const std::string& id, RuleVerdict verdict);
  RuleContent DrawContent();
  ImagePolicy DrawImagePolicy();
  // Of up to five rules; compiles.
  Policy DrawPolicy();

 private:
  std::string Pattern();
  std::string OneStar();
  std::string Versions();
  std::string Signers();

  RandomDraw& draw_;
  std::map<std::string, ImagePolicy> parsed_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_RANDOM_RULES_H_
