// Ways in: FactsOf and StandingOf.
#include "policy/image_sketch.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr ByteRange kRootBelow = {kMiB / 2, kMiB / 2};
constexpr ByteRange kData = {kMiB, kMiB};
constexpr ByteRange kTree = {2 * kMiB, kMiB};
constexpr ByteRange kSignature = {3 * kMiB, 16384};
constexpr uint32_t kBlock = 4096;   // bytes
constexpr size_t kUuidDigits = 32;  // hex digits of 16 bytes

// "8-4-4-4-12"
std::string UuidOf(absl::string_view digits) {
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-",
                      digits.substr(12, 4), "-", digits.substr(16, 4), "-",
                      digits.substr(20));
}

Layout LayoutOf(const ImageSketch& sketch) {
  Layout layout;
  layout.data = kData;
  if (!sketch.architecture.has_value()) return layout;
  layout.designator = sketch.designator;
  layout.architecture = sketch.architecture;
  layout.data_attributes = sketch.data_attributes;
  layout.other_designators = sketch.other_designators;
  layout.data_uuid = layout.verity_uuid = UuidOf(std::string(kUuidDigits, '1'));
  if (sketch.root_below) layout.root_below = RootBelow{kRootBelow, "", 0};
  if (sketch.helpers == SketchedHelpers::kNone) return layout;
  layout.verity = kTree;
  if (sketch.root_hash.has_value()) {
    const absl::string_view hex = sketch.root_hash->hex();
    layout.data_uuid = UuidOf(hex.substr(0, kUuidDigits));
    layout.verity_uuid = UuidOf(hex.substr(hex.size() - kUuidDigits));
  }
  if (sketch.helpers == SketchedHelpers::kTreeAndSignature) {
    layout.signature = kSignature;
  }
  return layout;
}

PartitionTable TableOf(const Layout& layout) {
  PartitionTable table;
  table.sector_size = 512;
  uint32_t index = 0;
  table.partitions.push_back(
      {index++, "", layout.data_uuid, "", layout.data_attributes, layout.data});
  for (const auto& range : {layout.verity, layout.signature}) {
    if (range) table.partitions.push_back({index++, "", "", "", 0, *range});
  }
  return table;
}

}  // namespace

ImageFacts FactsOf(const ImageSketch& sketch) {
  ImageFacts facts;
  facts.name = sketch.name;
  facts.image_class = sketch.image_class;
  facts.file_name =
      absl::StrCat(sketch.name, ".", ToWord(sketch.image_class), ".raw");
  facts.size_bytes = 4 * kMiB;
  facts.sha256 = sketch.sha256;
  facts.filesystem = std::string("erofs");
  facts.release = ExtensionRelease{sketch.name, false, sketch.release};
  const Layout layout = LayoutOf(sketch);
  facts.layout = layout;
  if (!sketch.architecture.has_value()) {
    facts.container = Container::kBareFilesystem;
    return facts;
  }
  facts.container = Container::kGpt;
  facts.table = TableOf(layout);
  if (!layout.verity.has_value()) return facts;
  VerityTree tree;
  tree.algorithm = "sha256";
  tree.data_block_size = tree.hash_block_size = kBlock;
  tree.data_blocks = kData.size / kBlock;
  tree.root_hash = sketch.root_hash;
  facts.verity = tree;
  if (layout.signature.has_value()) {
    facts.signature = VeritySignature{sketch.root_hash, "", Absent()};
  }
  return facts;
}

SignatureStanding StandingOf(const ImageSketch& sketch) {
  SignatureStanding standing;
  const bool is_signed = sketch.architecture.has_value() &&
                         sketch.helpers == SketchedHelpers::kTreeAndSignature;
  if (!is_signed || sketch.signers.empty()) return standing;
  standing.signers = sketch.signers;
  standing.state = absl::c_all_of(sketch.signers,
                                  [](const Signer& signer) {
                                    return signer.trusted && !signer.revoked;
                                  })
                       ? SignatureState::kTrusted
                       : SignatureState::kUntrusted;
  return standing;
}

}  // namespace extgate
