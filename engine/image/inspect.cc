// Ways in: InspectOutside() and the further steps, from the outside in: table,
// layout, tree and signature, filesystem, and then every block.
#include "engine/image/inspect.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/crypto/pkcs7.h"
#include "engine/image/erofs.h"
#include "engine/image/ext4.h"
#include "engine/image/extension_release.h"
#include "engine/image/gpt.h"
#include "engine/image/layout.h"
#include "engine/image/node_tree.h"
#include "engine/image/squashfs.h"
#include "engine/image/superblock_probe.h"
#include "engine/image/verified_reader.h"
#include "engine/image/verity.h"
#include "engine/image/verity_signature.h"
#include "engine/image/watched_reader.h"
#include "engine/image/whole_file.h"

namespace extgate {
namespace {

constexpr char kSuffix[] = ".raw";
constexpr char kEncrypted[] = "crypto_LUKS";
// What a reader without a tree is watched by; nothing is checked there.
constexpr uint64_t kAnyBlock = 4096;

absl::string_view ClassSuffix(ImageClass image_class) {
  switch (image_class) {
    case ImageClass::kSysext:
      return ".sysext";
    case ImageClass::kConfext:
      return ".confext";
  }
  return "";
}

std::string TakesNeither(const Superblock& found) {
  return absl::StrCat(
      "superblocks of ", found.filesystem, " and ", found.other,
      " both stand in it: ambivalent, so systemd takes neither");
}

// Table and layout. systemd looks for a filesystem first, so a file with both
// is to it a filesystem, and to others a disk.
absl::Status FindLayout(ImageReader& image, ImageFacts& facts) {
  absl::StatusOr<Superblock> outer = ProbeSuperblock(image);
  if (!outer.ok()) return outer.status();
  const std::string& filesystem = outer->filesystem;
  absl::StatusOr<Evidence<PartitionTable>> table = ReadGpt(image);
  if (!table.ok()) return table.status();
  if (table->absent()) {
    if (!IsMountable(filesystem) && filesystem != kEncrypted) {
      return absl::OkStatus();
    }
    facts.container = Container::kBareFilesystem;
    if (outer->other.empty()) {
      facts.layout = BareLayout(image.size_bytes());
    } else {
      facts.layout = Malformed{"image", TakesNeither(*outer)};
    }
    return absl::OkStatus();
  }
  facts.container = Container::kGpt;
  facts.table = *std::move(table);
  if (!filesystem.empty()) {
    facts.table = Malformed{
        "partition table",
        absl::StrCat("a superblock of ", filesystem,
                     " stands beside it, which systemd would take instead")};
  }
  if (const PartitionTable* found = facts.table.value()) {
    facts.layout = ChooseLayout(*found);
  }
  return absl::OkStatus();
}

absl::Status ReadTreeAndSignature(ImageReader& image, ImageFacts& facts) {
  const Layout& layout = *facts.layout.value();
  if (layout.verity.has_value()) {
    absl::StatusOr<Evidence<VerityTree>> tree =
        ReadVerityTree(image, layout.data, *layout.verity);
    if (!tree.ok()) return tree.status();
    facts.verity = *std::move(tree);
  }
  if (layout.signature.has_value()) {
    absl::StatusOr<Evidence<VeritySignature>> signature =
        ReadVeritySignature(image, *layout.signature);
    if (!signature.ok()) return signature.status();
    facts.signature = *std::move(signature);
  }
  return absl::OkStatus();
}

// Opens what announces itself in `data`. Unimplemented for what systemd would
// mount and extgate does not read; DataLoss where nothing announces itself.
absl::StatusOr<std::unique_ptr<NodeTree>> OpenTree(ImageReader& data) {
  absl::StatusOr<Superblock> found = ProbeSuperblock(data);
  if (!found.ok()) return found.status();
  const std::string& type = found->filesystem;
  if (!found->other.empty()) return absl::DataLossError(TakesNeither(*found));
  if (type == "erofs") return OpenErofsTree(data);
  if (type == "squashfs") return OpenSquashfsTree(data);
  if (type == "ext4") return OpenExt4Tree(data);
  if (type.empty()) {
    return absl::DataLossError("no filesystem that systemd would mount");
  }
  if (type == kEncrypted) {
    return absl::UnimplementedError(
        absl::StrCat("encryption by LUKS", found->version));
  }
  return absl::UnimplementedError(type);
}

// `below`: the root partition that `data`, a usr partition, is mounted onto.
absl::StatusOr<std::unique_ptr<Filesystem>> OpenFilesystem(
    ImageReader& data, Designator designator, ImageReader* below) {
  absl::StatusOr<std::unique_ptr<NodeTree>> tree = OpenTree(data);
  if (!tree.ok()) return tree.status();
  if (below == nullptr) {
    return MakeFilesystem(MountTree(*std::move(tree), designator));
  }
  absl::StatusOr<std::unique_ptr<NodeTree>> root = OpenTree(*below);
  if (!root.ok()) {
    return absl::Status(
        root.status().code(),
        absl::StrCat("root below usr: ", root.status().message()));
  }
  tree = MountOnUsr(*std::move(root), *std::move(tree));
  if (!tree.ok()) return tree.status();
  return MakeFilesystem(*std::move(tree));
}

void ReadFilesystem(ImageReader& data, Designator designator,
                    ImageReader* below, TreeWalk walk, ImageFacts& facts) {
  absl::StatusOr<std::unique_ptr<Filesystem>> filesystem =
      OpenFilesystem(data, designator, below);
  if (filesystem.ok()) {
    facts.filesystem = (*filesystem)->type();
    InspectContents(**filesystem, facts);
    if (walk == TreeWalk::kYes && facts.filesystem.value() != nullptr) {
      InspectTree(**filesystem, facts);
    }
  } else if (absl::IsUnimplemented(filesystem.status())) {
    facts.filesystem = Unsupported{std::string(filesystem.status().message())};
  } else {
    facts.filesystem =
        Malformed{"data partition", std::string(filesystem.status().message())};
  }
}

// Through the tree where there is one. A block that contradicts it ends the
// looking: what was read before it is dropped too, as after an I/O error.
absl::Status ReadContents(ImageReader& image, TreeWalk walk,
                          ImageFacts& facts) {
  const Layout& layout = *facts.layout.value();
  std::unique_ptr<ImageReader> data;
  uint64_t block_bytes = kAnyBlock;
  if (const VerityTree* tree = facts.verity.value()) {
    absl::StatusOr<std::unique_ptr<ImageReader>> verified =
        OpenVerified(image, layout.data, *layout.verity, *tree);
    if (!verified.ok()) return verified.status();
    data = *std::move(verified);
    block_bytes = tree->data_block_size;
  } else {
    data = OpenWindow(image, layout.data);
  }
  WatchedReader watched(*data, block_bytes);
  const ByteRange root =
      layout.root_below ? layout.root_below->range : ByteRange{};
  const std::unique_ptr<ImageReader> window = OpenWindow(image, root);
  WatchedReader below(*window, kAnyBlock);
  ReadFilesystem(watched, layout.designator,
                 layout.root_below ? &below : nullptr, walk, facts);
  facts.data_check.first_bad_offset = watched.first_bad_offset();
  absl::Status io_error = watched.io_error();
  io_error.Update(below.io_error());
  if (!io_error.ok() || watched.first_bad_offset().has_value()) {
    facts.contents() = ImageContents();
  }
  return io_error;
}

absl::Status ReadEveryBlock(ImageReader& image, ImageFacts& facts) {
  absl::StatusOr<WholeFile> whole =
      ReadWholeFile(image, facts.layout.value(), facts.verity.value());
  if (!whole.ok()) return whole.status();
  facts.sha256 = whole->sha256;
  facts.data_check = whole->data_check;
  return absl::OkStatus();
}

void Note(const absl::Status& status, ImageFacts& facts) {
  if (!status.ok()) facts.unreadable = std::string(status.message());
}

}  // namespace

std::string ImageName(absl::string_view file_name, ImageClass image_class) {
  if (!IsImageName(file_name)) return "";
  if (!absl::ConsumeSuffix(&file_name, kSuffix)) return "";
  absl::ConsumeSuffix(&file_name, ClassSuffix(image_class));
  return IsImageName(file_name) ? std::string(file_name) : "";
}

ImageFacts InspectOutside(ImageReader& image, absl::string_view file_name,
                          ImageClass image_class) {
  ImageFacts facts;
  facts.file_name = std::string(file_name);
  facts.name = ImageName(file_name, image_class);
  facts.image_class = image_class;
  facts.size_bytes = image.size_bytes();
  absl::Status status = FindLayout(image, facts);
  if (status.ok() && facts.layout.value() != nullptr) {
    status = ReadTreeAndSignature(image, facts);
  }
  Note(status, facts);
  return facts;
}

void InspectFilesystem(ImageReader& image, TreeWalk walk, ImageFacts& facts) {
  if (!facts.unreadable.empty() || facts.layout.value() == nullptr) return;
  Note(ReadContents(image, walk, facts), facts);
}

void InspectSignature(ImageFacts& facts) {
  VeritySignature* const signature = facts.signature.value();
  if (!facts.unreadable.empty() || signature == nullptr) return;
  signature->claims = ReadPkcs7(signature->pkcs7_der);
}

void InspectStrangers(ImageFacts& facts) {
  VeritySignature* const signature = facts.signature.value();
  if (!facts.unreadable.empty() || signature == nullptr ||
      signature->claims.value() == nullptr) {
    return;
  }
  ProveEmbedded(signature->pkcs7_der, signature->root_hash->hex(),
                *signature->claims.value());
}

void InspectEveryBlock(ImageReader& image, ImageFacts& facts) {
  if (!facts.unreadable.empty()) return;
  Note(ReadEveryBlock(image, facts), facts);
}

ImageFacts Inspect(ImageReader& image, absl::string_view file_name,
                   ImageClass image_class, Reach reach) {
  ImageFacts facts = InspectOutside(image, file_name, image_class);
  if (reach.depth != Depth::kSignaturePath) {
    InspectFilesystem(image, reach.walk, facts);
  }
  InspectSignature(facts);
  InspectStrangers(facts);
  if (reach.depth == Depth::kEveryBlock) InspectEveryBlock(image, facts);
  return facts;
}

}  // namespace extgate
