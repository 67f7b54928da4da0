// The way in is FlagsFor: what a policy says of one designator. Texts are read
// in image_policy_reader.cc.
#include "policy/image_policy.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

constexpr std::pair<PartitionDesignator, const char*> kDesignators[] = {
    {PartitionDesignator::kRoot, "root"},
    {PartitionDesignator::kUsr, "usr"},
    {PartitionDesignator::kHome, "home"},
    {PartitionDesignator::kSrv, "srv"},
    {PartitionDesignator::kEsp, "esp"},
    {PartitionDesignator::kXbootldr, "xbootldr"},
    {PartitionDesignator::kSwap, "swap"},
    {PartitionDesignator::kRootVerity, "root-verity"},
    {PartitionDesignator::kUsrVerity, "usr-verity"},
    {PartitionDesignator::kRootVeritySig, "root-verity-sig"},
    {PartitionDesignator::kUsrVeritySig, "usr-verity-sig"},
    {PartitionDesignator::kTmp, "tmp"},
    {PartitionDesignator::kVar, "var"},
};

// Flags in the order of printing.
constexpr std::pair<PartitionFlags, const char*> kUseFlags[] = {
    {kFlagVerity, "verity"},
    {kFlagSigned, "signed"},
    {kFlagEncrypted, "encrypted"},
    {kFlagEncryptedWithIntegrity, "encryptedwithintegrity"},
    {kFlagUnprotected, "unprotected"},
    {kFlagUnused, "unused"},
    {kFlagAbsent, "absent"},
};
constexpr std::pair<PartitionFlags, const char*> kGptFlags[] = {
    {kFlagReadOnlyOn, "read-only-on"},
    {kFlagReadOnlyOff, "read-only-off"},
    {kFlagGrowfsOff, "growfs-off"},
    {kFlagGrowfsOn, "growfs-on"},
};
constexpr std::pair<PartitionFlags, const char*> kShortFlags[] = {
    {kFlagsOpen, "open"},
    {kFlagsIgnore, "ignore"},
};
constexpr std::pair<PartitionFlags, const char*> kFilesystemFlags[] = {
    {kFlagBtrfs, "btrfs"}, {kFlagErofs, "erofs"},       {kFlagExt4, "ext4"},
    {kFlagF2fs, "f2fs"},   {kFlagSquashfs, "squashfs"}, {kFlagVfat, "vfat"},
    {kFlagXfs, "xfs"},
};

constexpr PartitionFlags kEncryptedMask =
    kFlagEncrypted | kFlagEncryptedWithIntegrity;

// What a designator is to the data partition it belongs to.
enum class Part { kData, kHashTree, kSignature, kOther };

struct Role {
  Part part;
  PartitionDesignator data;  // the data partition; itself for kData, kOther
};

Role RoleOf(PartitionDesignator designator) {
  switch (designator) {
    case PartitionDesignator::kRoot:
    case PartitionDesignator::kUsr:
      return {Part::kData, designator};
    case PartitionDesignator::kRootVerity:
      return {Part::kHashTree, PartitionDesignator::kRoot};
    case PartitionDesignator::kUsrVerity:
      return {Part::kHashTree, PartitionDesignator::kUsr};
    case PartitionDesignator::kRootVeritySig:
      return {Part::kSignature, PartitionDesignator::kRoot};
    case PartitionDesignator::kUsrVeritySig:
      return {Part::kSignature, PartitionDesignator::kUsr};
    case PartitionDesignator::kHome:
    case PartitionDesignator::kSrv:
    case PartitionDesignator::kEsp:
    case PartitionDesignator::kXbootldr:
    case PartitionDesignator::kSwap:
    case PartitionDesignator::kTmp:
    case PartitionDesignator::kVar:
      return {Part::kOther, designator};
  }
  return {Part::kOther, designator};
}

}  // namespace

DesignatorTriple TripleOf(Designator data) {
  using D = PartitionDesignator;
  switch (data) {
    case Designator::kRoot:
      return {D::kRoot, D::kRootVerity, D::kRootVeritySig};
    case Designator::kUsr:
      return {D::kUsr, D::kUsrVerity, D::kUsrVeritySig};
  }
  return {D::kRoot, D::kRootVerity, D::kRootVeritySig};
}

std::string ToString(PartitionDesignator designator) {
  for (const auto& [value, name] : kDesignators) {
    if (value == designator) return name;
  }
  return "";
}

std::optional<PartitionDesignator> PartitionDesignatorFromString(
    absl::string_view word) {
  for (const auto& [value, name] : kDesignators) {
    if (word == name) return value;
  }
  return std::nullopt;
}

PartitionFlags ReducedFlags(PartitionFlags flags) {
  for (PartitionFlags all : {kFlagsReadOnly, kFlagsGrowfs}) {
    if ((flags & all) == all) flags &= ~all;
  }
  return flags;
}

PartitionFlags ExtendedFlags(PartitionFlags flags) {
  if ((flags & kFlagsOpen) == 0) flags |= kFlagsOpen;
  if ((flags & kFlagsReadOnly) == 0) flags |= kFlagsReadOnly;
  if ((flags & kFlagsGrowfs) == 0) flags |= kFlagsGrowfs;
  return flags;
}

PartitionFlags NormalisedFlags(PartitionFlags flags,
                               PartitionDesignator designator) {
  flags = ExtendedFlags(flags);
  switch (RoleOf(designator).part) {
    case Part::kData:
      break;
    case Part::kHashTree:
    case Part::kSignature:
      flags &= ~(kFlagVerity | kFlagSigned | kEncryptedMask);
      break;
    case Part::kOther:
      flags &= ~(kFlagVerity | kFlagSigned);
      break;
  }
  if ((flags & kFlagsOpen) == kFlagAbsent) {
    flags &= ~(kFlagsReadOnly | kFlagsGrowfs);
  }
  return flags;
}

ImagePolicy ImagePolicy::Strict() {
  const PartitionFlags strict = kFlagSigned | kFlagAbsent;
  return ImagePolicy({{PartitionDesignator::kRoot, strict},
                      {PartitionDesignator::kUsr, strict}},
                     kFlagsIgnore);
}

std::string ImagePolicy::ToString() const {
  if (rules_.empty()) {
    if (default_ == kFlagsIgnore) return "-";
    if (default_ == kFlagsOpen) return "*";
    if (default_ == kFlagAbsent) return "~";
  }
  std::string text;
  for (const auto& [designator, flags] : rules_) {
    absl::StrAppend(&text, text.empty() ? "" : ":",
                    extgate::ToString(designator), "=", FlagsToString(flags));
  }
  if (default_ != kFlagsIgnore) {
    absl::StrAppend(&text, text.empty() ? "" : ":", "=",
                    FlagsToString(default_));
  }
  return text;
}

ImagePolicy::ImagePolicy(Rules rules, PartitionFlags default_flags)
    : rules_(std::move(rules)), default_(default_flags) {
  for (PartitionDesignator designator : kAllPartitionDesignators) {
    in_force_[static_cast<size_t>(designator)] = Derived(designator);
  }
}

PartitionFlags ImagePolicy::Derived(PartitionDesignator designator) const {
  if (const auto written = Explicit(designator); written.has_value()) {
    return NormalisedFlags(*written, designator);
  }
  const Role role = RoleOf(designator);
  const PartitionFlags needs = role.part == Part::kHashTree
                                   ? kFlagVerity | kFlagSigned
                               : role.part == Part::kSignature ? kFlagSigned
                                                               : 0u;
  if (const auto written = Explicit(role.data);
      needs != 0 && written.has_value()) {
    const PartitionFlags data = NormalisedFlags(*written, role.data);
    if ((data & needs) != 0) {
      const PartitionFlags inherited =
          kFlagsIgnore | kFlagsReadOnly | kFlagsGrowfs;
      return NormalisedFlags(kFlagUnprotected | (data & inherited), designator);
    }
  }
  return NormalisedFlags(default_, designator);
}

std::optional<PartitionFlags> ImagePolicy::Explicit(
    PartitionDesignator designator) const {
  const auto found = rules_.find(designator);
  if (found == rules_.end()) return std::nullopt;
  return found->second;
}

std::optional<PartitionFlags> FlagsFromWord(absl::string_view word) {
  for (const auto& [flag, name] : kUseFlags) {
    if (word == name) return flag;
  }
  for (const auto& [flag, name] : kGptFlags) {
    if (word == name) return flag;
  }
  for (const auto& [flag, name] : kFilesystemFlags) {
    if (word == name) return flag;
  }
  for (const auto& [flags, name] : kShortFlags) {
    if (word == name) return flags;
  }
  return std::nullopt;
}

std::string FlagsToString(PartitionFlags flags) {
  std::string text;
  const auto append = [&text](const char* word) {
    absl::StrAppend(&text, text.empty() ? "" : "+", word);
  };
  if ((flags & kFlagsOpen) == kFlagsOpen) {
    append("open");
  } else if ((flags & kFlagsOpen) == kFlagsIgnore) {
    append("ignore");
  } else {
    for (const auto& [flag, word] : kUseFlags) {
      if ((flags & flag) != 0) append(word);
    }
  }
  for (const auto& [flag, word] : kGptFlags) {
    if ((flags & flag) != 0) append(word);
  }
  for (const auto& [flag, word] : kFilesystemFlags) {
    if ((flags & flag) != 0) append(word);
  }
  if (text.empty()) append("-");
  return text;
}

}  // namespace extgate
