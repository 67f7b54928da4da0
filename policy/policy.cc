// The built-in defaults: what a policy means where it says nothing. One way
// in: the ...OrDefault accessors of Policy.
#include "policy/policy.h"

namespace extgate {

Mode Policy::ModeOrDefault() const {
  return mode.has_value() ? mode->value : Mode::kPermissive;
}

OnViolation Policy::OnViolationOrDefault() const {
  return on_violation.has_value() ? on_violation->value : OnViolation::kSkip;
}

Unmergeable Policy::UnmergeableOrDefault() const {
  return unmergeable.has_value() ? unmergeable->value : Unmergeable::kWithhold;
}

ImagePolicy Policy::ImagePolicyOrDefault() const {
  return image_policy.has_value() ? image_policy->value : ImagePolicy::Strict();
}

RuleVerdict Policy::DefaultOrDefault() const {
  return default_verdict.has_value() ? default_verdict->value
                                     : RuleVerdict::kAllow;
}

}  // namespace extgate
