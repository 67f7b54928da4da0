// systemd.image-policy(7) as a value: which states of each partition are
// acceptable. Parsing, printing, normal form, and the question whether one
// found partition state is acceptable.
// Source of the format and of the four kinds of error: systemd.image-policy(7)
// and systemd's src/shared/image-policy.c (behaviour, not code).
#ifndef EXTGATE_POLICY_IMAGE_POLICY_H_
#define EXTGATE_POLICY_IMAGE_POLICY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

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
};
using PartitionFlags = uint32_t;

inline constexpr PartitionFlags kFlagsOpen =
    kFlagVerity | kFlagSigned | kFlagEncrypted | kFlagEncryptedWithIntegrity |
    kFlagUnprotected | kFlagUnused | kFlagAbsent;
inline constexpr PartitionFlags kFlagsIgnore = kFlagUnused | kFlagAbsent;

// The string that stands where the policy names none.
inline constexpr char kStrictImagePolicy[] =
    "root=signed+absent:usr=signed+absent";

class ImagePolicy {
 public:
  // Parses `text`. InvalidArgument says which of systemd's four errors it is
  // (syntax, unknown designator, unknown flag, designator given twice) and
  // where. Filesystem flags (systemd 260) are refused as unknown: extgate does
  // not hand them on. The spellings that mean "everything" by an empty use list
  // (`root=`, `root=-`, `=`, `root=read-only-on`) are refused too, since their
  // author cannot have meant that; `*` says it.
  static absl::StatusOr<ImagePolicy> Parse(absl::string_view text);

  // kStrictImagePolicy, parsed.
  static ImagePolicy Strict();

  // As systemd prints it, every rule kept; parses to an equal value.
  std::string ToString() const;

  // The use and GPT flags in force for `designator`, after defaults and
  // systemd's derivation for the -verity and -verity-sig designators.
  PartitionFlags FlagsFor(PartitionDesignator designator) const;

  // Flags as written; nullopt where the default applies.
  std::optional<PartitionFlags> Explicit(PartitionDesignator designator) const;

  // Literal equality; a default of `unused+absent` is what a missing one means.
  friend bool operator==(const ImagePolicy&, const ImagePolicy&) = default;

 private:
  std::map<PartitionDesignator, PartitionFlags> explicit_;
  std::optional<PartitionFlags> default_;
};

// True when FlagsFor agrees for every designator.
bool Equivalent(const ImagePolicy& a, const ImagePolicy& b);

// True when there is an image that `candidate` admits and `floor` does not, or
// uses a partition of which `floor` ignores it: what a local source may not do
// under a floor. Walks every state of the 13 designators (admission.h says what
// a state is). `signed` is not looser than `verity`, which admits a signed
// image as well; a policy that no image can satisfy is looser than none.
bool Looser(const ImagePolicy& candidate, const ImagePolicy& floor);

// "verity+signed+absent"; "open" and "ignore" for exactly those; "" for none.
std::string FlagsToString(PartitionFlags flags);

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_POLICY_H_
