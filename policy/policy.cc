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

Staging Policy::StagingOrDefault() const {
  return staging.has_value() ? staging->value : Staging::kAuto;
}

TimeSpan Policy::MergeTimeoutOrDefault() const {
  return merge.timeout.has_value() ? merge.timeout->value
                                   : kDefaultMergeTimeout;
}

std::vector<std::string> Policy::FailableEntriesOrDefault() const {
  return fail_boot.entries.has_value() ? fail_boot.entries->value
                                       : std::vector<std::string>{"active"};
}

FailWhen Policy::FailWhenOrDefault() const {
  return fail_boot.when.has_value() ? fail_boot.when->value : FailWhen::kNow;
}

FailFallback Policy::FailFallbackOrDefault() const {
  return fail_boot.fallback.has_value() ? fail_boot.fallback->value
                                        : FailFallback::kWithhold;
}

}  // namespace extgate
