// The way in is ImagePolicy::Parse; every other function here asks questions
// about the flags it left behind.
#include "policy/image_policy.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

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
    {kFlagGrowfsOn, "growfs-on"},
    {kFlagGrowfsOff, "growfs-off"},
};
constexpr std::pair<PartitionFlags, const char*> kShortFlags[] = {
    {kFlagsOpen, "open"},
    {kFlagsIgnore, "ignore"},
};
constexpr const char* kFilesystemFlags[] = {"btrfs",    "erofs", "ext4", "f2fs",
                                            "squashfs", "vfat",  "xfs"};

constexpr PartitionFlags kReadOnlyMask = kFlagReadOnlyOn | kFlagReadOnlyOff;
constexpr PartitionFlags kGrowfsMask = kFlagGrowfsOn | kFlagGrowfsOff;
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

// systemd's normal form: an empty class of flags is a full one, protections
// that a designator cannot have are dropped, and a partition that must be
// absent has no GPT flags.
PartitionFlags Normalised(PartitionFlags flags,
                          PartitionDesignator designator) {
  if ((flags & kFlagsOpen) == 0) flags |= kFlagsOpen;
  if ((flags & kReadOnlyMask) == 0) flags |= kReadOnlyMask;
  if ((flags & kGrowfsMask) == 0) flags |= kGrowfsMask;
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
    flags &= ~(kReadOnlyMask | kGrowfsMask);
  }
  return flags;
}

std::optional<PartitionFlags> FlagFromWord(absl::string_view word) {
  for (const auto& [flag, name] : kUseFlags) {
    if (word == name) return flag;
  }
  for (const auto& [flag, name] : kGptFlags) {
    if (word == name) return flag;
  }
  for (const auto& [flags, name] : kShortFlags) {
    if (word == name) return flags;
  }
  return std::nullopt;
}

std::string UnknownFlag(absl::string_view word) {
  for (const char* filesystem : kFilesystemFlags) {
    if (word == filesystem) {
      return absl::StrCat("unknown flag: `", word,
                          "` pins a filesystem, which extgate does not hand on "
                          "to systemd");
    }
  }
  if (word.empty()) return "unknown flag: an empty word beside `+`";
  return absl::StrCat("unknown flag: `", word, "`");
}

// Of one rule's right side; `rule` is for messages.
absl::StatusOr<PartitionFlags> ParseFlags(absl::string_view text,
                                          absl::string_view rule) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty() || text == "-") {
    return absl::InvalidArgumentError(
        absl::StrCat("no use flag in `", rule,
                     "`: systemd takes that for `open`, everything allowed; "
                     "write `open` or `*` for that, `absent` for nothing"));
  }
  PartitionFlags flags = 0;
  for (absl::string_view word : absl::StrSplit(text, '+')) {
    word = absl::StripAsciiWhitespace(word);
    const std::optional<PartitionFlags> flag = FlagFromWord(word);
    if (!flag.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(UnknownFlag(word), ", in `", rule, "`"));
    }
    flags |= *flag;
  }
  if ((flags & kFlagsOpen) == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no use flag in `", rule,
        "`: systemd takes that for `open`, everything allowed; add one of "
        "verity, signed, encrypted, unprotected, unused, absent"));
  }
  return flags;
}

}  // namespace

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

absl::StatusOr<ImagePolicy> ImagePolicy::Parse(absl::string_view text) {
  ImagePolicy policy;
  if (text.empty() || text == "-") return policy;
  if (text == "*") {
    policy.default_ = kFlagsOpen;
    return policy;
  }
  if (text == "~") {
    policy.default_ = kFlagAbsent;
    return policy;
  }
  bool default_given = false;
  for (absl::string_view rule : absl::StrSplit(text, ':')) {
    const size_t equals = rule.find('=');
    if (equals == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          rule.empty() ? std::string("syntax: an empty rule beside `:`")
                       : absl::StrCat("syntax: no `=` in `", rule, "`"));
    }
    const absl::string_view name =
        absl::StripAsciiWhitespace(rule.substr(0, equals));
    const std::optional<PartitionDesignator> designator =
        PartitionDesignatorFromString(name);
    if (!name.empty() && !designator.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown designator: `", name, "`"));
    }
    if (name.empty() ? default_given
                     : policy.explicit_.count(*designator) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "designator given twice: ", name.empty()
                                          ? std::string("the default `=`")
                                          : absl::StrCat("`", name, "`")));
    }
    absl::StatusOr<PartitionFlags> flags =
        ParseFlags(rule.substr(equals + 1), rule);
    if (!flags.ok()) return flags.status();
    if (name.empty()) {
      default_given = true;
      // What a missing default means: the same value, so the same text.
      if (*flags != kFlagsIgnore) policy.default_ = *flags;
    } else {
      policy.explicit_[*designator] = *flags;
    }
  }
  return policy;
}

ImagePolicy ImagePolicy::Strict() {
  absl::StatusOr<ImagePolicy> strict = Parse(kStrictImagePolicy);
  // INVARIANT: the constant parses (image_policy_test); an empty policy, which
  // ignores every partition, would stand in for it.
  return strict.ok() ? *std::move(strict) : ImagePolicy();
}

std::string ImagePolicy::ToString() const {
  if (explicit_.empty()) {
    if (!default_.has_value()) return "-";
    if (*default_ == kFlagsOpen) return "*";
    if (*default_ == kFlagAbsent) return "~";
  }
  std::string text;
  for (const auto& [designator, flags] : explicit_) {
    absl::StrAppend(&text, text.empty() ? "" : ":",
                    extgate::ToString(designator), "=", FlagsToString(flags));
  }
  if (default_.has_value()) {
    absl::StrAppend(&text, text.empty() ? "" : ":", "=",
                    FlagsToString(*default_));
  }
  return text;
}

PartitionFlags ImagePolicy::FlagsFor(PartitionDesignator designator) const {
  if (const auto written = Explicit(designator); written.has_value()) {
    return Normalised(*written, designator);
  }
  const Role role = RoleOf(designator);
  const PartitionFlags needs = role.part == Part::kHashTree
                                   ? kFlagVerity | kFlagSigned
                               : role.part == Part::kSignature ? kFlagSigned
                                                               : 0u;
  if (const auto written = Explicit(role.data);
      needs != 0 && written.has_value()) {
    const PartitionFlags data = Normalised(*written, role.data);
    if ((data & needs) != 0) {
      const PartitionFlags inherited =
          kFlagsIgnore | kReadOnlyMask | kGrowfsMask;
      return Normalised(kFlagUnprotected | (data & inherited), designator);
    }
  }
  return Normalised(default_.value_or(kFlagsIgnore), designator);
}

std::optional<PartitionFlags> ImagePolicy::Explicit(
    PartitionDesignator designator) const {
  const auto found = explicit_.find(designator);
  if (found == explicit_.end()) return std::nullopt;
  return found->second;
}

bool Equivalent(const ImagePolicy& a, const ImagePolicy& b) {
  for (PartitionDesignator designator : kAllPartitionDesignators) {
    if (a.FlagsFor(designator) != b.FlagsFor(designator)) return false;
  }
  return true;
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
  return text;
}

}  // namespace extgate
