// Ways in: the functions of the header, each for itself.
#include "policy/image_policy_algebra.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

// The shortest rule of `designator` that has these flags in force.
PartitionFlags Written(PartitionFlags flags, D designator) {
  const PartitionFlags rest = ReducedFlags(flags & ~kFlagsOpen);
  // `signed` for what can be neither used nor unused nor absent: nobody can
  // write that, and there it means just that.
  const PartitionFlags use =
      (flags & kFlagsOpen) == 0 ? kFlagSigned : flags & kFlagsOpen;
  return NormalisedFlags(rest | kFlagsOpen, designator) == flags
             ? rest | kFlagsOpen
             : rest | use;
}

// A rule for `flags`, unless they are in force without one. Rules of data come
// before those of their helpers.
void AddRule(D designator, PartitionFlags flags, PartitionFlags default_flags,
             ImagePolicy::Rules& rules) {
  if (ImagePolicy(rules, default_flags).FlagsFor(designator) == flags) return;
  rules[designator] = Written(flags, designator);
}

// nullopt: they have nothing in common. No filesystem means any.
std::optional<PartitionFlags> CommonFilesystems(PartitionFlags a,
                                                PartitionFlags b) {
  a &= kFlagsFilesystem;
  b &= kFlagsFilesystem;
  if (a == 0 || b == 0) return a | b;
  if ((a & b) == 0) return std::nullopt;
  return a & b;
}

// nullopt: nothing is left. Flags are extended or normalised.
std::optional<PartitionFlags> Common(PartitionFlags a, PartitionFlags b) {
  const PartitionFlags use = a & b & kFlagsOpen;
  if (use == 0) return std::nullopt;
  if (use == kFlagAbsent) return use;
  const auto filesystems = CommonFilesystems(a, b);
  if (!filesystems.has_value()) return std::nullopt;
  const PartitionFlags both = (a & b & ~kFlagsFilesystem) | *filesystems;
  if ((both & kFlagsReadOnly) == 0 || (both & kFlagsGrowfs) == 0) {
    return std::nullopt;
  }
  return both;
}

PartitionFlags Either(PartitionFlags a, PartitionFlags b) {
  const bool any_filesystem =
      (a & kFlagsFilesystem) == 0 || (b & kFlagsFilesystem) == 0;
  return any_filesystem ? (a | b) & ~kFlagsFilesystem : a | b;
}

bool Names(const ImagePolicy& policy, D designator) {
  return policy.rules().contains(designator);
}

absl::Status NothingLeft(absl::string_view of, PartitionFlags a,
                         PartitionFlags b) {
  return absl::InvalidArgumentError(absl::StrCat(
      "nothing is left of ", of, ": `", FlagsToString(ReducedFlags(a)),
      "` and `", FlagsToString(ReducedFlags(b)), "` have no state in common"));
}

// Whether `policy` says of `designator` and of what follows from it just what
// `wanted` does.
bool Agrees(const ImagePolicy& policy, const ImagePolicy& wanted,
            D designator) {
  return policy.FlagsFor(designator) == wanted.FlagsFor(designator);
}

// The rules of a data partition and its helpers, the data's being written or
// not, that together mean what `wanted` means; nullopt: that cannot be.
std::optional<ImagePolicy::Rules> RulesOfTriple(const ImagePolicy& wanted,
                                                const DesignatorTriple& triple,
                                                bool write_data) {
  ImagePolicy::Rules rules;
  if (write_data) {
    rules[triple.data] = Written(wanted.FlagsFor(triple.data), triple.data);
  }
  for (D helper : {triple.tree, triple.signature}) {
    AddRule(helper, wanted.FlagsFor(helper), wanted.default_flags(), rules);
  }
  for (D designator : {triple.data, triple.tree, triple.signature}) {
    if (!Agrees(ImagePolicy(rules, wanted.default_flags()), wanted,
                designator)) {
      return std::nullopt;
    }
  }
  return rules;
}

}  // namespace

bool Equivalent(const ImagePolicy& a, const ImagePolicy& b) {
  if (ExtendedFlags(a.default_flags()) != ExtendedFlags(b.default_flags())) {
    return false;
  }
  for (D designator : kAllPartitionDesignators) {
    if (!Agrees(a, b, designator)) return false;
  }
  return true;
}

absl::StatusOr<ImagePolicy> Intersect(const ImagePolicy& a,
                                      const ImagePolicy& b) {
  const std::optional<PartitionFlags> others = Common(
      ExtendedFlags(a.default_flags()), ExtendedFlags(b.default_flags()));
  if (!others.has_value()) {
    return NothingLeft("the default", a.default_flags(), b.default_flags());
  }
  ImagePolicy::Rules rules;
  for (D designator : kAllPartitionDesignators) {
    if (!Names(a, designator) && !Names(b, designator)) continue;
    const PartitionFlags ours = a.FlagsFor(designator);
    const PartitionFlags theirs = b.FlagsFor(designator);
    const std::optional<PartitionFlags> common = Common(ours, theirs);
    if (!common.has_value()) {
      return NothingLeft(absl::StrCat("`", ToString(designator), "`"), ours,
                         theirs);
    }
    AddRule(designator, *common, *others, rules);
  }
  return ImagePolicy(std::move(rules), ReducedFlags(*others));
}

ImagePolicy Union(const ImagePolicy& a, const ImagePolicy& b) {
  const PartitionFlags others = Either(ExtendedFlags(a.default_flags()),
                                       ExtendedFlags(b.default_flags()));
  ImagePolicy::Rules rules;
  for (D designator : kAllPartitionDesignators) {
    if (!Names(a, designator) && !Names(b, designator)) continue;
    const PartitionFlags either =
        Either(a.FlagsFor(designator), b.FlagsFor(designator));
    AddRule(designator, either, others, rules);
  }
  return ImagePolicy(std::move(rules), ReducedFlags(others));
}

ImagePolicy Ignoring(const ImagePolicy& policy,
                     const std::set<PartitionDesignator>& designators) {
  ImagePolicy::Rules rules = policy.rules();
  for (D designator : designators) rules[designator] = kFlagsIgnore;
  return ImagePolicy(std::move(rules), policy.default_flags());
}

ImagePolicy Normalised(const ImagePolicy& policy) {
  const ImagePolicy wanted(policy.rules(),
                           ReducedFlags(ExtendedFlags(policy.default_flags())));
  ImagePolicy::Rules rules;
  for (Designator data : {Designator::kRoot, Designator::kUsr}) {
    const DesignatorTriple triple = TripleOf(data);
    auto of_triple = RulesOfTriple(wanted, triple, false);
    const auto with_data = RulesOfTriple(wanted, triple, true);
    if (!of_triple.has_value() ||
        (with_data.has_value() && with_data->size() < of_triple->size())) {
      of_triple = with_data;
    }
    if (of_triple.has_value()) {
      rules.insert(of_triple->begin(), of_triple->end());
    }
  }
  for (D designator : kOtherPartitionDesignators) {
    AddRule(designator, wanted.FlagsFor(designator), wanted.default_flags(),
            rules);
  }
  return ImagePolicy(std::move(rules), wanted.default_flags());
}

}  // namespace extgate
