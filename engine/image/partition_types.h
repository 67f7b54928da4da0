// Partition types that mean something to systemd: which part of an extension,
// or which other place, a type GUID stands for. Source: uapi-group Discoverable
// Partitions Specification.
#ifndef EXTGATE_ENGINE_IMAGE_PARTITION_TYPES_H_
#define EXTGATE_ENGINE_IMAGE_PARTITION_TYPES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "policy/values.h"

namespace extgate {

// The three partitions of a verity-protected tree.
enum class PartitionRole { kData, kVerity, kSignature };

// A type of root or usr.
struct ExtensionType {
  Designator designator = Designator::kRoot;
  Architecture architecture = Architecture::kX8664;
  PartitionRole role = PartitionRole::kData;
  friend bool operator==(const ExtensionType&, const ExtensionType&) = default;
};

// What the GUID (lower-case text form) stands for; nullopt when it is no type
// of root or usr.
std::optional<ExtensionType> FindExtensionType(absl::string_view type_guid);

// The GUID of a type, in lower-case text form.
absl::string_view TypeGuid(const ExtensionType& type);

// The word of systemd.image-policy(7) for a type without architecture ("esp",
// "xbootldr", "swap", "home", "srv", "var", "tmp"); empty for any other.
absl::string_view OtherDesignator(absl::string_view type_guid);

// "Linux filesystem", the type that says nothing of its purpose.
inline constexpr char kLinuxGenericGuid[] =
    "0fc63daf-8483-4772-8e79-3d69d8477de4";

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_PARTITION_TYPES_H_
