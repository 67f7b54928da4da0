// systemd.image-policy(7) as a value: which states of each partition are
// acceptable. Reading what a policy of extgate says (of what systemd takes
// besides: image_policy_reader.h), printing, and the flags in force.
// Source of the format: systemd.image-policy(7) and systemd's
// src/shared/image-policy.c (behaviour, not code).
#ifndef EXTGATE_POLICY_IMAGE_POLICY_H_
#define EXTGATE_POLICY_IMAGE_POLICY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/values.h"

namespace extgate {

// Designators in systemd's order, which is also the order of printing.
enum class PartitionDesignator {
  kRoot,
  kUsr,
  kHome,
  kSrv,
  kEsp,
  kXbootldr,
  kSwap,
  kRootVerity,
  kUsrVerity,
  kRootVeritySig,
  kUsrVeritySig,
  kTmp,
  kVar,
};

// All of them, in that order.
inline constexpr PartitionDesignator kAllPartitionDesignators[] = {
    PartitionDesignator::kRoot,         PartitionDesignator::kUsr,
    PartitionDesignator::kHome,         PartitionDesignator::kSrv,
    PartitionDesignator::kEsp,          PartitionDesignator::kXbootldr,
    PartitionDesignator::kSwap,         PartitionDesignator::kRootVerity,
    PartitionDesignator::kUsrVerity,    PartitionDesignator::kRootVeritySig,
    PartitionDesignator::kUsrVeritySig, PartitionDesignator::kTmp,
    PartitionDesignator::kVar,
};

// Those that are neither data of an extension image nor its helpers.
inline constexpr PartitionDesignator kOtherPartitionDesignators[] = {
    PartitionDesignator::kHome, PartitionDesignator::kSrv,
    PartitionDesignator::kEsp,  PartitionDesignator::kXbootldr,
    PartitionDesignator::kSwap, PartitionDesignator::kTmp,
    PartitionDesignator::kVar,
};

// A data partition and its helpers.
struct DesignatorTriple {
  PartitionDesignator data;
  PartitionDesignator tree;
  PartitionDesignator signature;
};
DesignatorTriple TripleOf(Designator data);

// "root", "usr-verity-sig": systemd's word.
std::string ToString(PartitionDesignator designator);

// nullopt for any other text.
std::optional<PartitionDesignator> PartitionDesignatorFromString(
    absl::string_view word);

// One bit a flag. The use flags say what protects the partition; the GPT flags
// and the filesystem flags narrow further.
enum PartitionFlag : uint32_t {
  kFlagVerity = 1u << 0,
  kFlagSigned = 1u << 1,
  kFlagEncrypted = 1u << 2,
  kFlagEncryptedWithIntegrity = 1u << 3,  // systemd 260 and later
  kFlagUnprotected = 1u << 4,
  kFlagUnused = 1u << 5,
  kFlagAbsent = 1u << 6,
  kFlagReadOnlyOn = 1u << 7,
  kFlagReadOnlyOff = 1u << 8,
  kFlagGrowfsOn = 1u << 9,
  kFlagGrowfsOff = 1u << 10,
  kFlagBtrfs = 1u << 11,  // the filesystems: systemd 260 and later
  kFlagErofs = 1u << 12,
  kFlagExt4 = 1u << 13,
  kFlagF2fs = 1u << 14,
  kFlagSquashfs = 1u << 15,
  kFlagVfat = 1u << 16,
  kFlagXfs = 1u << 17,
};
using PartitionFlags = uint32_t;

inline constexpr PartitionFlags kFlagsOpen =
    kFlagVerity | kFlagSigned | kFlagEncrypted | kFlagEncryptedWithIntegrity |
    kFlagUnprotected | kFlagUnused | kFlagAbsent;
inline constexpr PartitionFlags kFlagsIgnore = kFlagUnused | kFlagAbsent;
inline constexpr PartitionFlags kFlagsReadOnly =
    kFlagReadOnlyOn | kFlagReadOnlyOff;
inline constexpr PartitionFlags kFlagsGrowfs = kFlagGrowfsOn | kFlagGrowfsOff;
// None of them: any filesystem.
inline constexpr PartitionFlags kFlagsFilesystem =
    kFlagBtrfs | kFlagErofs | kFlagExt4 | kFlagF2fs | kFlagSquashfs |
    kFlagVfat | kFlagXfs;
// What only systemd 260 and later take.
inline constexpr PartitionFlags kFlagsSince260 =
    kFlagEncryptedWithIntegrity | kFlagsFilesystem;

// The string that stands where the policy names none.
inline constexpr char kStrictImagePolicy[] =
    "root=signed+absent:usr=signed+absent";

class ImagePolicy {
 public:
  // The rules of a text, by designator.
  using Rules = std::map<PartitionDesignator, PartitionFlags>;

  // `-`: every partition is ignored.
  ImagePolicy() : ImagePolicy(Rules(), kFlagsIgnore) {}

  // Flags as they would be written: 0 stands for no word, which systemd takes
  // for everything.
  ImagePolicy(Rules rules, PartitionFlags default_flags);

  // Parses what a policy of extgate says. InvalidArgument says which of
  // systemd's four errors it is (syntax, unknown designator, unknown flag,
  // designator given twice) and where. Filesystem flags (systemd 260) are
  // refused as unknown: extgate does not hand them on. The spellings that mean
  // "everything" by an empty use list (`root=`, `root=-`, `=`,
  // `root=read-only-on`) are refused too, since their author cannot have meant
  // that; `*` says it.
  static absl::StatusOr<ImagePolicy> Parse(absl::string_view text);

  // kStrictImagePolicy, parsed.
  static ImagePolicy Strict();

  // As systemd prints it, every rule kept; parses to an equal value.
  std::string ToString() const;

  // The use, GPT and filesystem flags in force for `designator`, after defaults
  // and systemd's derivation for the -verity and -verity-sig designators.
  PartitionFlags FlagsFor(PartitionDesignator designator) const {
    return in_force_[static_cast<size_t>(designator)];
  }

  // Flags as written; nullopt where the default applies.
  std::optional<PartitionFlags> Explicit(PartitionDesignator designator) const;

  const Rules& rules() const { return rules_; }

  // As written; `unused+absent` where nothing is.
  PartitionFlags default_flags() const { return default_; }

  // Literal equality; a default of `unused+absent` is what a missing one means.
  friend bool operator==(const ImagePolicy&, const ImagePolicy&) = default;

 private:
  PartitionFlags Derived(PartitionDesignator designator) const;

  Rules rules_;
  PartitionFlags default_ = kFlagsIgnore;
  // What FlagsFor says, from the two above: every decision asks for all.
  std::array<PartitionFlags, std::size(kAllPartitionDesignators)> in_force_;
};

// What systemd makes of `flags` as the rule of `designator`: an empty class of
// flags is a full one (but none of the filesystems), protections that a
// designator cannot have are dropped, and a partition that must be absent has
// no GPT flags.
PartitionFlags NormalisedFlags(PartitionFlags flags,
                               PartitionDesignator designator);

// Without the GPT flags that say "either", which is what no word says too.
PartitionFlags ReducedFlags(PartitionFlags flags);

// The first of these alone: what is not said of use, read-only and growfs is
// everything.
PartitionFlags ExtendedFlags(PartitionFlags flags);

// "verity+signed+absent"; "open" and "ignore" for exactly those; "-" for none.
std::string FlagsToString(PartitionFlags flags);

// The flags of one word, `open` and `ignore` included; nullopt for any other.
std::optional<PartitionFlags> FlagsFromWord(absl::string_view word);

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_POLICY_H_
