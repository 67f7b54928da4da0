// Ways in: GoodCopyEdit and ReshapeEdits.
#include "engine/remedy/reshape_edits.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/partition_types.h"

namespace extgate {
namespace {

// Of one image: `both` and each partition by itself.
constexpr size_t kMostSingles = 3;
// What InspectFilesystem says of LUKS.
constexpr char kEncrypted[] = "encryption";

constexpr char kAssumed[] =
    "what is inside could not be read: it was tried as if its "
    "extension-release fitted this host and nothing in it were forbidden; run "
    "`extgate explain` on the result";

// A partition that may be meant to be the data.
struct DataPartition {
  const Partition* partition = nullptr;
  Designator designator = Designator::kRoot;
  std::optional<Architecture> architecture;
};

std::vector<DataPartition> DataPartitions(const PartitionTable& table) {
  std::vector<DataPartition> typed;
  std::vector<DataPartition> generic;
  for (const Partition& partition : table.partitions) {
    if (const auto type = FindExtensionType(partition.type_guid)) {
      if (type->role != PartitionRole::kData) continue;
      typed.push_back({&partition, type->designator, type->architecture});
    } else if (partition.type_guid == kLinuxGenericGuid) {
      generic.push_back({&partition, Designator::kRoot, std::nullopt});
    }
  }
  return typed.empty() ? generic : typed;
}

Layout LayoutOf(const DataPartition& data) {
  Layout layout;
  layout.designator = data.designator;
  layout.architecture = data.architecture;
  layout.data = data.partition->range;
  return layout;
}

Edit OneLayout(Layout layout, std::string what, std::string warning) {
  Edit edit;
  edit.kind = EditKind::kOneLayout;
  edit.what = std::move(what);
  edit.warning = std::move(warning);
  edit.layout = std::move(layout);
  return edit;
}

Edit BothInOne(Layout layout) {
  return OneLayout(std::move(layout),
                   "build it anew with one root partition that holds both "
                   "trees, usr as the /usr of root",
                   "what root has in its /usr is hidden by usr, and left out");
}

Edit Alone(const DataPartition& data) {
  return OneLayout(
      LayoutOf(data),
      absl::StrCat("build it anew with entry ", data.partition->index,
                   " of its table (`", ToWord(data.designator), "`, ",
                   data.partition->range.size,
                   " bytes) as its only data partition"),
      "which partition its maker meant cannot be told from the image: look "
      "into it first");
}

// root, and usr of the same architecture: as LayoutOfBoth has them, whatever
// trees stand beside.
std::optional<Layout> Both(const std::vector<DataPartition>& data) {
  const DataPartition* root = nullptr;
  const DataPartition* usr = nullptr;
  for (const DataPartition& each : data) {
    const DataPartition*& place =
        each.designator == Designator::kRoot ? root : usr;
    if (place != nullptr) return std::nullopt;
    place = &each;
  }
  if (root == nullptr || usr == nullptr ||
      root->architecture != usr->architecture) {
    return std::nullopt;
  }
  Layout layout = LayoutOf(*usr);
  layout.root_below = RootBelow{root->partition->range, "", 0};
  return layout;
}

std::vector<Edit> LayoutEdits(const ImageFacts& facts) {
  const bool confext = facts.image_class == ImageClass::kConfext;
  if (const Layout* layout = facts.layout.value()) {
    // No confext has both; and of some pairs one cannot be mounted on the
    // other.
    const bool is_read = facts.filesystem.value() != nullptr;
    if (!layout->root_below.has_value() || (is_read && !confext)) return {};
    Layout data = *layout;
    data.verity.reset();
    data.signature.reset();
    Edit edit = BothInOne(std::move(data));
    if (!is_read) edit.assumed = kAssumed;
    return {std::move(edit)};
  }
  const PartitionTable* table = facts.table.value();
  if (facts.layout.malformed() == nullptr || table == nullptr) return {};
  const std::vector<DataPartition> all = DataPartitions(*table);
  std::vector<Edit> edits;
  if (std::optional<Layout> both = Both(all)) {
    edits.push_back(BothInOne(*std::move(both)));
  }
  size_t singles = 0;
  for (const DataPartition& data : all) {
    if (confext && data.designator == Designator::kUsr) continue;
    if (singles++ == kMostSingles) break;
    edits.push_back(Alone(data));
  }
  for (Edit& edit : edits) edit.assumed = kAssumed;
  return edits;
}

}  // namespace

std::optional<Edit> GoodCopyEdit(const ImageFacts& facts) {
  Edit edit;
  edit.kind = EditKind::kGoodCopy;
  edit.what = "get a good copy of the image from where it was built: ";
  if (facts.filesystem.absent()) edit.assumed = kAssumed;
  if (facts.data_check.first_bad_offset.has_value() && !TreeIsDamaged(facts)) {
    absl::StrAppend(&edit.what, "the data block at byte ",
                    *facts.data_check.first_bad_offset,
                    " of the data partition is not what was signed");
    return edit;
  }
  if (!TreeIsDamaged(facts)) return std::nullopt;
  absl::StrAppend(&edit.what, "its hash tree is damaged; the intact one has ",
                  "root hash ", NamedRootHash(facts)->hex());
  return edit;
}

std::vector<Edit> ReshapeEdits(const ImageFacts& facts) {
  std::vector<Edit> edits = LayoutEdits(facts);
  const Unsupported* other = facts.filesystem.unsupported();
  if (other == nullptr || !edits.empty() ||
      absl::StartsWith(other->what, kEncrypted)) {
    return edits;
  }
  Edit edit;
  edit.kind = EditKind::kSupportedFilesystem;
  edit.what = absl::StrCat("put its tree into an erofs: extgate does not read ",
                           other->what);
  edit.assumed = kAssumed;
  edits.push_back(std::move(edit));
  return edits;
}

}  // namespace extgate
