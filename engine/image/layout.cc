// Way in: ChooseLayout.
#include "engine/image/layout.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/partition_types.h"

namespace extgate {
namespace {

constexpr char kWhere[] = "layout";
constexpr uint64_t kNoAuto = uint64_t{1} << 63;
constexpr absl::string_view kEmptyLabel = "_empty";

// The partitions found so far, of one designator.
struct Choice {
  const Partition* by_role[3] = {nullptr, nullptr, nullptr};
  std::optional<Architecture> architecture;

  const Partition*& of(PartitionRole role) {
    return by_role[static_cast<int>(role)];
  }
  bool any() const { return architecture.has_value(); }
};

const char* RoleSuffix(PartitionRole role) {
  switch (role) {
    case PartitionRole::kData:
      return "";
    case PartitionRole::kVerity:
      return "-verity";
    case PartitionRole::kSignature:
      return "-verity-sig";
  }
  return "";
}

std::string EntryText(const Partition& partition) {
  return absl::StrCat("entry ", partition.index);
}

// What keeps `partition`, called `what`, from being taken by all that look.
std::optional<Malformed> Hidden(const Partition& partition,
                                absl::string_view what) {
  const char* const how =
      (partition.attributes & kNoAuto) != 0 ? "has the no-auto attribute"
      : partition.label == kEmptyLabel      ? "is labelled `_empty`"
                                            : nullptr;
  if (how == nullptr) return std::nullopt;
  return Malformed{kWhere,
                   absl::StrCat(EntryText(partition), ": ", what, " ", how)};
}

// Takes `partition` into `choice`; a fault when it is one too many.
std::optional<Malformed> Take(const Partition& partition,
                              const ExtensionType& type, Choice& choice) {
  const std::string designator =
      absl::StrCat(ToWord(type.designator), RoleSuffix(type.role));
  if (auto fault = Hidden(partition, designator)) return fault;
  const Partition*& place = choice.of(type.role);
  if (place != nullptr) {
    return Malformed{
        kWhere, absl::StrCat("there are two ", designator, " partitions, ",
                             EntryText(*place), " and ", EntryText(partition))};
  }
  if (choice.any() && *choice.architecture != type.architecture) {
    return Malformed{
        kWhere, absl::StrCat(EntryText(partition), ": ", designator, " is for ",
                             ToWord(type.architecture), ", another is for ",
                             ToWord(*choice.architecture))};
  }
  choice.architecture = type.architecture;
  place = &partition;
  return std::nullopt;
}

Evidence<Layout> LayoutOf(Designator designator, Choice& choice) {
  const Partition* const data = choice.of(PartitionRole::kData);
  const Partition* const verity = choice.of(PartitionRole::kVerity);
  const Partition* const signature = choice.of(PartitionRole::kSignature);
  const char* const word = ToWord(designator);
  if (data == nullptr) {
    return Malformed{kWhere,
                     absl::StrCat("there is a ", word, "-verity or ", word,
                                  "-verity-sig partition without ", word)};
  }
  if (signature != nullptr && verity == nullptr) {
    return Malformed{kWhere, absl::StrCat("there is a ", word,
                                          "-verity-sig partition without ",
                                          word, "-verity")};
  }
  Layout layout;
  layout.designator = designator;
  layout.architecture = choice.architecture;
  layout.data = data->range;
  layout.data_uuid = data->uuid;
  layout.data_attributes = data->attributes;
  if (verity != nullptr) {
    layout.verity = verity->range;
    layout.verity_uuid = verity->uuid;
  }
  if (signature != nullptr) layout.signature = signature->range;
  return layout;
}

// systemd mounts usr onto root's /usr, and refuses both where root has a tree:
// "Multiple suitable root partitions" where usr has one too, else "No root
// partition for specified root hash" (252, 254, 257 and 262 alike).
Evidence<Layout> LayoutOfBoth(Choice& root, Choice& usr) {
  const Partition* const below = root.of(PartitionRole::kData);
  if (below == nullptr) return LayoutOf(Designator::kRoot, root);
  if (root.of(PartitionRole::kVerity) != nullptr ||
      root.of(PartitionRole::kSignature) != nullptr) {
    return Malformed{kWhere,
                     "there is a usr partition beside a root partition with a "
                     "hash tree or signature, and no version of systemd merges "
                     "both while it looks at hash trees"};
  }
  if (*root.architecture != *usr.architecture) {
    return Malformed{kWhere,
                     absl::StrCat("root is for ", ToWord(*root.architecture),
                                  ", usr is for ", ToWord(*usr.architecture))};
  }
  Evidence<Layout> layout = LayoutOf(Designator::kUsr, usr);
  if (Layout* const value = layout.value()) {
    value->root_below = RootBelow{below->range, below->uuid, below->attributes};
  }
  return layout;
}

// Where nothing is root or usr, a single partition of the generic Linux type is
// root to systemd, without verity.
Evidence<Layout> GenericRoot(const std::vector<const Partition*>& generic) {
  if (generic.size() != 1) {
    return Malformed{kWhere, "there is no root and no usr partition"};
  }
  const Partition& data = *generic[0];
  if (auto fault = Hidden(data, "it")) return *fault;
  Layout layout;
  layout.designator = Designator::kRoot;
  layout.data = data.range;
  layout.data_uuid = data.uuid;
  layout.data_attributes = data.attributes;
  return layout;
}

}  // namespace

Evidence<Layout> ChooseLayout(const PartitionTable& table) {
  Choice root;
  Choice usr;
  std::vector<const Partition*> generic;
  std::vector<std::string> others;
  for (const Partition& partition : table.partitions) {
    if (const auto type = FindExtensionType(partition.type_guid)) {
      Choice& choice = type->designator == Designator::kRoot ? root : usr;
      if (auto fault = Take(partition, *type, choice)) return *fault;
      continue;
    }
    const absl::string_view other = OtherDesignator(partition.type_guid);
    if (!other.empty()) {
      others.emplace_back(other);
    } else if (partition.type_guid == kLinuxGenericGuid) {
      generic.push_back(&partition);
    } else {
      return Malformed{kWhere,
                       absl::StrCat(EntryText(partition), ": type ",
                                    partition.type_guid, " is not known")};
    }
  }
  Evidence<Layout> layout = root.any() && usr.any() ? LayoutOfBoth(root, usr)
                            : root.any() ? LayoutOf(Designator::kRoot, root)
                            : usr.any()  ? LayoutOf(Designator::kUsr, usr)
                                         : GenericRoot(generic);
  if (Layout* const value = layout.value()) {
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    value->other_designators = std::move(others);
  }
  return layout;
}

Layout BareLayout(uint64_t size_bytes) {
  Layout layout;
  layout.data = {0, size_bytes};
  return layout;
}

}  // namespace extgate
