// Ways in: ApplyToImage and Additions.
#include "engine/remedy/edit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace extgate {
namespace {

// Stands for the root hash of a build that nobody has made yet; no tree has it
// but by chance.
constexpr char kUnseenRootHash[] =
    "3f0c5bd2a94e4b6f8d1f60c57a3e9b1845d7e1a26c0f4938b2ad7760ce51984b";

// Bit 60: read-only, as systemd-repart sets it where there is a hash tree.
constexpr uint64_t kReadOnly = uint64_t{1} << 60;

RootHash UnseenRootHash() { return *RootHash::Parse(kUnseenRootHash); }

// 32 hex digits as a UUID is written.
std::string UuidOf(absl::string_view hex) {
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

// The content is another: whatever of `facts` names it does so.
void TakeUnseenContent(ImageFacts& facts) {
  if (VerityTree* tree = facts.verity.value()) {
    tree->root_hash = UnseenRootHash();
    if (Layout* layout = facts.layout.value()) {
      const absl::string_view hex = kUnseenRootHash;
      layout->data_uuid = UuidOf(hex.substr(0, 32));
      layout->verity_uuid = UuidOf(hex.substr(32));
    }
  }
  if (VeritySignature* signature = facts.signature.value()) {
    signature->root_hash = UnseenRootHash();
  }
  facts.data_check = {};
  facts.sha256.reset();
}

// 32 hex digits without hyphens; "" where it is no UUID.
std::string DigitsOf(const std::string& uuid) {
  std::string digits = absl::StrReplaceAll(uuid, {{"-", ""}});
  return digits.size() == 32 ? digits : "";
}

// What the UUIDs of data and tree say together, of a sha256.
std::optional<RootHash> RootHashOfUuids(const ImageFacts& facts) {
  const Layout* layout = facts.layout.value();
  if (layout == nullptr || !layout->verity.has_value()) return std::nullopt;
  const std::string data = DigitsOf(layout->data_uuid);
  const std::string tree = DigitsOf(layout->verity_uuid);
  if (data.empty() || tree.empty()) return std::nullopt;
  auto root_hash = RootHash::Parse(absl::StrCat(data, tree));
  if (!root_hash.ok()) return std::nullopt;
  return *std::move(root_hash);
}

// What could not be read, as Edit::assumed says.
void AssumeContents(ImageFacts& facts) {
  ExtensionRelease release;
  release.name = facts.name;
  release.fields = {{"ID", "_any"}};
  facts.filesystem = std::string("erofs");
  facts.release = std::move(release);
}

// The image as its maker made it.
void TakeGoodCopy(const Edit& edit, ImageFacts& facts) {
  if (TreeIsDamaged(facts)) {
    VerityTree tree;
    tree.root_hash = NamedRootHash(facts);
    tree.algorithm = tree.root_hash->hex().size() == 128 ? "sha512" : "sha256";
    tree.data_block_size = tree.hash_block_size = 4096;
    facts.verity = std::move(tree);
  }
  facts.data_check = {};
  facts.sha256.reset();
  if (!edit.assumed.empty()) AssumeContents(facts);
}

// One root partition of what was root and usr.
void MakeOne(Layout& layout) {
  if (!layout.root_below.has_value()) return;
  layout.root_below.reset();
  layout.designator = Designator::kRoot;
}

// A build of a changed tree, in the same shape.
void BuildUnsigned(SeenImage& image) {
  image.facts.signature = Absent();
  if (Layout* layout = image.facts.layout.value()) {
    layout->signature.reset();
    MakeOne(*layout);
  }
  TakeUnseenContent(image.facts);
  image.standing = SignatureStanding();
}

// What systemd-repart makes of a tree: data, hash tree and signature.
void BuildSigned(const Signer& signer, const HostFacts& host,
                 SeenImage& image) {
  ImageFacts& facts = image.facts;
  Layout layout;
  if (const Layout* before = facts.layout.value()) {
    layout.designator =
        before->root_below.has_value() ? Designator::kRoot : before->designator;
    layout.architecture = before->architecture;
  }
  if (facts.image_class == ImageClass::kConfext) {
    layout.designator = Designator::kRoot;
  }
  if (!layout.architecture.has_value()) layout.architecture = host.architecture;
  layout.data = {1 << 20, 1 << 20};
  layout.verity = ByteRange{2 << 20, 1 << 20};
  layout.signature = ByteRange{3 << 20, 1 << 14};
  layout.data_attributes = kReadOnly;
  PartitionTable table;
  table.sector_size = 512;
  table.partitions = {{0, "", "", "", kReadOnly, layout.data},
                      {1, "", "", "", kReadOnly, *layout.verity},
                      {2, "", "", "", kReadOnly, *layout.signature}};
  VerityTree tree;
  tree.algorithm = "sha256";
  tree.data_block_size = tree.hash_block_size = 4096;
  facts.container = Container::kGpt;
  facts.table = std::move(table);
  facts.layout = std::move(layout);
  facts.verity = std::move(tree);
  facts.signature = VeritySignature();
  if (facts.filesystem.absent()) facts.filesystem = std::string("erofs");
  TakeUnseenContent(facts);
  // One of a set counts only where a rule names it.
  image.standing = {
      signer.trusted ? SignatureState::kTrusted : SignatureState::kUntrusted,
      {signer},
      ""};
}

// The part of a name that systemd compares where the whole is not found.
std::string BaseOf(const std::string& name) {
  return name.substr(0, name.find_first_of("_+"));
}

void Rename(const std::string& name, ImageFacts& facts) {
  facts.name = name;
  ExtensionRelease* release = facts.release.value();
  if (release == nullptr) return;
  release->by_fallback = release->name != name;
  if (release->by_fallback && !release->lax && release->name != BaseOf(name)) {
    facts.release = Absent();
  }
}

void ChangeRelease(const Edit& edit, ImageFacts& facts) {
  ExtensionRelease release;
  if (const ExtensionRelease* before = facts.release.value()) {
    release = *before;
  }
  if (!edit.name.empty()) {
    release.name = edit.name;
    release.by_fallback = release.lax = false;
  }
  for (const auto& [key, value] : edit.fields) {
    if (value.has_value()) {
      release.fields[key] = *value;
    } else {
      release.fields.erase(key);
    }
  }
  facts.release = std::move(release);
}

void Apply(const Edit& edit, const HostFacts& host, SeenImage& image) {
  ImageFacts& facts = image.facts;
  switch (edit.kind) {
    case EditKind::kGoodCopy:
      TakeGoodCopy(edit, facts);
      return;
    case EditKind::kRenameFile:
      Rename(edit.name, facts);
      return;
    case EditKind::kOtherBuild:
      ChangeRelease(edit, facts);
      TakeUnseenContent(facts);
      if (Layout* layout = facts.layout.value();
          layout != nullptr && layout->architecture.has_value()) {
        layout->architecture = host.architecture;
      }
      return;
    case EditKind::kOneLayout:
      facts.layout = *edit.layout;
      facts.verity = Absent();
      if (!edit.assumed.empty()) AssumeContents(facts);
      BuildUnsigned(image);
      return;
    case EditKind::kSupportedFilesystem:
      AssumeContents(facts);
      BuildUnsigned(image);
      return;
    case EditKind::kChangeRelease:
      ChangeRelease(edit, facts);
      BuildUnsigned(image);
      return;
    case EditKind::kRemoveFiles:
      facts.forbidden_paths.clear();
      facts.has_os_release = false;
      BuildUnsigned(image);
      return;
    case EditKind::kSign:
      BuildSigned(*edit.signer, host, image);
      return;
    case EditKind::kAddRule:
    case EditKind::kAddEntry:
    case EditKind::kNarrowRule:
    case EditKind::kRemoveRule:
    case EditKind::kAddToSet:
    case EditKind::kAddCertificate:
      return;
  }
}

template <typename T>
void Append(const std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

std::optional<RootHash> NamedRootHash(const ImageFacts& facts) {
  if (const VeritySignature* signature = facts.signature.value()) {
    return signature->root_hash;
  }
  return facts.signature.absent() ? RootHashOfUuids(facts) : std::nullopt;
}

bool TreeIsDamaged(const ImageFacts& facts) {
  const std::optional<RootHash> named = NamedRootHash(facts);
  if (!named.has_value()) return false;
  const VerityTree* tree = facts.verity.value();
  if (tree == nullptr) return facts.verity.malformed() != nullptr;
  return tree->root_hash != named &&
         (facts.signature.value() != nullptr ||
          facts.data_check.first_bad_offset.has_value());
}

bool ChangesImage(EditKind kind) { return kind <= EditKind::kSign; }

bool AddsPolicy(EditKind kind) {
  return kind == EditKind::kAddRule || kind == EditKind::kAddEntry ||
         kind == EditKind::kAddToSet || kind == EditKind::kAddCertificate;
}

SeenImage ApplyToImage(const std::vector<Edit>& edits, SeenImage image,
                       const HostFacts& host) {
  // In the order of kinds: the tree is changed before it is signed, and the
  // file is named before the release inside.
  std::vector<const Edit*> ordered;
  for (const Edit& edit : edits) ordered.push_back(&edit);
  std::stable_sort(
      ordered.begin(), ordered.end(),
      [](const Edit* a, const Edit* b) { return a->kind < b->kind; });
  for (const Edit* edit : ordered) Apply(*edit, host, image);
  return image;
}

Policy Additions(const std::vector<Edit>& edits) {
  Policy all;
  for (const Edit& edit : edits) {
    const Policy& added = edit.addition;
    if (added.default_verdict) all.default_verdict = added.default_verdict;
    Append(added.trust.certificates, all.trust.certificates);
    for (const auto& [name, set] : added.trust.sets) {
      Append(set.certificates, all.trust.sets[name].certificates);
    }
    Append(added.entries, all.entries);
    Append(added.rules, all.rules);
  }
  return all;
}

}  // namespace extgate
