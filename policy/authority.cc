// The order from loose to tight of everything that a policy can say. One way
// in: Compare.
#include "policy/authority.h"

#include <optional>
#include <vector>

#include "absl/algorithm/container.h"
#include "policy/admission.h"
#include "policy/image_policy_algebra.h"

namespace extgate {
namespace {

// Ranks: the higher, the less is admitted or the harder the reaction.
int Rank(Mode mode) {
  switch (mode) {
    case Mode::kDisabled:
      return 0;
    case Mode::kPermissive:
      return 1;
    case Mode::kEnforcing:
      return 2;
  }
  return 0;
}

int Rank(OnViolation reaction) {
  switch (reaction) {
    case OnViolation::kSkip:
      return 0;
    case OnViolation::kSkipAll:
      return 1;
    case OnViolation::kFailBoot:
      return 2;
  }
  return 0;
}

int Rank(Unmergeable unmergeable) {
  switch (unmergeable) {
    case Unmergeable::kStage:
      return 0;
    case Unmergeable::kWithhold:
      return 1;
  }
  return 0;
}

int Rank(RuleVerdict verdict) {
  switch (verdict) {
    case RuleVerdict::kAllow:
      return 0;
    case RuleVerdict::kDeny:
      return 1;
  }
  return 0;
}

int Rank(VerityD trust) {
  switch (trust) {
    case VerityD::kAll:
      return 0;
    case VerityD::kUsr:
      return 1;
    case VerityD::kNone:
      return 2;
  }
  return 0;
}

int Rank(Staging staging) {
  switch (staging) {
    case Staging::kLink:
      return 0;
    case Staging::kAuto:
      return 1;
    case Staging::kCopy:
      return 2;
  }
  return 0;
}

int Rank(FailWhen when) {
  switch (when) {
    case FailWhen::kRetry:
      return 0;
    case FailWhen::kNow:
      return 1;
  }
  return 0;
}

template <typename E>
Change CompareRanks(E asked, E stands) {
  if (asked == stands) return Change::kNone;
  return Rank(asked) > Rank(stands) ? Change::kTightens : Change::kLoosens;
}

template <typename T>
bool IsSubset(const std::vector<T>& part, const std::vector<T>& whole) {
  return absl::c_all_of(
      part, [&](const T& item) { return absl::c_linear_search(whole, item); });
}

// As sets: tightens when `asked` is a part of `stands`.
template <typename T>
Change CompareAsPart(const std::vector<T>& asked,
                     const std::vector<T>& stands) {
  if (!IsSubset(asked, stands)) return Change::kLoosens;
  return IsSubset(stands, asked) ? Change::kNone : Change::kTightens;
}

bool IsRequired(const Rule& rule) {
  return rule.required.has_value() && rule.required->value;
}

// When a rule begins to count in full; nullopt: never.
std::optional<UtcTime> InForceFrom(const Rule& rule) {
  if (!rule.mode.has_value()) return UtcTime();
  if (!rule.until.has_value()) return std::nullopt;
  return rule.until->value;
}

Change CompareExcuses(const Rule& asked, const Rule& stands) {
  const std::optional<UtcTime> from = InForceFrom(asked);
  const std::optional<UtcTime> stood = InForceFrom(stands);
  if (from == stood) return Change::kNone;
  if (!from.has_value()) return Change::kLoosens;
  return !stood.has_value() || *from < *stood ? Change::kTightens
                                              : Change::kLoosens;
}

}  // namespace

Change Compare(Mode asked, Mode stands) { return CompareRanks(asked, stands); }

Change Compare(OnViolation asked, OnViolation stands) {
  return CompareRanks(asked, stands);
}

Change Compare(Unmergeable asked, Unmergeable stands) {
  return CompareRanks(asked, stands);
}

Change Compare(RuleVerdict asked, RuleVerdict stands) {
  return CompareRanks(asked, stands);
}

Change Compare(VerityD asked, VerityD stands) {
  return CompareRanks(asked, stands);
}

Change Compare(const ImagePolicy& asked, const ImagePolicy& stands) {
  if (Equivalent(asked, stands)) return Change::kNone;
  return Looser(asked, stands) ? Change::kLoosens : Change::kTightens;
}

Change Compare(const std::vector<EfiList>& asked,
               const std::vector<EfiList>& stands) {
  return CompareAsPart(asked, stands);
}

Change Compare(Staging asked, Staging stands) {
  return CompareRanks(asked, stands);
}

Change Compare(FailWhen asked, FailWhen stands) {
  return CompareRanks(asked, stands);
}

Change Compare(FailFallback asked, FailFallback stands) {
  if (asked == stands) return Change::kNone;
  return stands == FailFallback::kWithhold && asked == FailFallback::kReboot
             ? Change::kTightens
             : Change::kLoosens;
}

Change CompareFailable(const std::vector<std::string>& asked,
                       const std::vector<std::string>& stands) {
  if (!IsSubset(stands, asked)) return Change::kLoosens;
  return IsSubset(asked, stands) ? Change::kNone : Change::kTightens;
}

Change CompareHierarchies(const std::vector<std::string>& asked,
                          const std::vector<std::string>& stands) {
  return CompareAsPart(asked, stands);
}

Change Compare(bool asked, bool stands) {
  if (asked == stands) return Change::kNone;
  return asked ? Change::kTightens : Change::kLoosens;
}

Change Compare(const Rule& asked, const Rule& stands) {
  Rule same = asked;
  same.authority = stands.authority;
  same.required = stands.required;
  same.mode = stands.mode;
  same.until = stands.until;
  if (!(same == stands)) return Change::kLoosens;
  const Change changes[] = {
      Compare(IsRequired(asked), IsRequired(stands)),
      CompareExcuses(asked, stands),
  };
  if (absl::c_linear_search(changes, Change::kLoosens)) return Change::kLoosens;
  return absl::c_linear_search(changes, Change::kTightens) ? Change::kTightens
                                                           : Change::kNone;
}

}  // namespace extgate
