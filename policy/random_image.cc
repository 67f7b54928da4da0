// Ways in: RandomImages::DrawImage and those beside it.
#include "policy/random_image.h"

#include <set>

#include "policy/decision_fixture.h"

namespace extgate {
namespace {

void SetRootHash(char hash, ImageFacts& image) {
  image.verity.value()->root_hash = RootHashOf(hash);
  if (image.signature.value() != nullptr) {
    image.signature.value()->root_hash = RootHashOf(hash);
  }
  const std::string uuid = std::string(8, hash) + "-" + std::string(4, hash) +
                           "-" + std::string(4, hash) + "-" +
                           std::string(4, hash) + "-" + std::string(12, hash);
  image.layout.value()->data_uuid = image.layout.value()->verity_uuid = uuid;
}

}  // namespace

std::map<std::string, std::string> RandomImages::Release(
    const std::string& prefix) {
  std::map<std::string, std::string> fields;
  fields["ID"] = draw_.Word({"_any", "_any", "_any", "debian", "arch"});
  if (draw_.OneIn(2)) fields["VERSION_ID"] = draw_.Word({"13", "12", ""});
  if (draw_.OneIn(4)) fields[prefix + "LEVEL"] = draw_.Word({"1", "2"});
  if (draw_.OneIn(8)) {
    fields[prefix + "SCOPE"] =
        draw_.Word({"system", "initrd", "portable", "initrd system", ""});
  }
  if (draw_.OneIn(6)) {
    fields["ARCHITECTURE"] = draw_.Word({"x86-64", "arm64", "_any", "", "vax"});
  }
  if (draw_.OneIn(40)) fields.clear();
  return fields;
}

std::string RandomImages::Path() {
  return draw_.Word({"usr", "usr/a", "usr/lib", "usr/lib/a", "usr/lib/b",
                     "usr/b", "usr/a/b", "opt", "opt/b", "opt/a", "etc/a",
                     "etc", "a"});
}
TreeFile RandomImages::FileOfTree() {
  TreeFile file;
  file.path = Path();
  file.type = draw_.Pick<FileType>({FileType::kRegular, FileType::kDirectory,
                                    FileType::kDirectory, FileType::kSymlink});
  if (draw_.OneIn(10)) {
    file.type =
        draw_.Pick<FileType>({FileType::kCharDevice, FileType::kBlockDevice,
                              FileType::kFifo, FileType::kSocket});
    file.device_major = draw_.Below(2);
  }
  if (draw_.OneIn(8))
    file.permissions = draw_.Pick<int>({04755, 02755, 01755, 0755});
  if (draw_.OneIn(10)) {
    file.attributes = {
        draw_.Word({"security.capability", "trusted.overlay.opaque"})};
  }
  if (file.type == FileType::kSymlink) {
    file.target = draw_.Word({"a", "b", "../a", "/usr/lib", "lib", "/etc/a",
                              "../lib/b", "..", "/", "/var/x", "a/../b"});
  }
  return file;
}
Evidence<TreeFacts> RandomImages::DrawTree() {
  if (draw_.OneIn(30)) return Malformed{"tree", "bad"};
  if (draw_.OneIn(30)) return Unsupported{"new"};
  TreeFacts tree;
  tree.truncated = draw_.OneIn(30);
  std::set<std::string> paths;
  while (!draw_.OneIn(4)) {
    TreeFile file = FileOfTree();
    if (paths.insert(file.path).second) tree.files.push_back(file);
  }
  return tree;
}
Evidence<HostOverlap> RandomImages::DrawOverlap() {
  if (draw_.OneIn(20)) return Malformed{"host", "bad"};
  HostOverlap overlap;
  if (draw_.OneIn(3)) {
    overlap.conflicts = {{Path(), FileType::kDirectory, FileType::kSymlink}};
  }
  if (draw_.OneIn(3)) overlap.shadowed = {Path()};
  return overlap;
}

ImageFacts RandomImages::DrawImage() {
  static const auto& kGood = *new ImageFacts(GoodImage());
  ImageFacts image = kGood;
  image.name = draw_.Word(
      {"a", "b", "a_b", "a+b", "ab", "_b", "a1", "a2", "a10", "a_1"});
  image.image_class =
      draw_.OneIn(4) ? ImageClass::kConfext : ImageClass::kSysext;
  image.release = ExtensionRelease{
      draw_.OneIn(8) ? draw_.Word({"a", "b", "a1", ""}) : image.name,
      draw_.OneIn(2),
      RandomImages::Release(
          image.image_class == ImageClass::kSysext ? "SYSEXT_" : "CONFEXT_"),
      !draw_.OneIn(16)};
  RandomImages::Shape(image);
  const char hash = draw_.Pick<char>({'a', 'b'});
  if (image.verity.value() != nullptr) SetRootHash(hash, image);
  if (draw_.OneIn(3)) image.sha256.reset();
  if (draw_.OneIn(3)) Spoil(image);
  return image;
}

// Which of its parts the image has.
void RandomImages::Shape(ImageFacts& image) {
  if (draw_.OneIn(4)) image = WithoutSignature(image);
  if (draw_.OneIn(10)) {
    image = WithoutSignature(image);
    image.verity = Absent();
    image.layout.value()->verity.reset();
  }
  Layout& layout = *image.layout.value();
  if (draw_.OneIn(4)) layout.designator = Designator::kUsr;
  if (layout.designator == Designator::kUsr && draw_.OneIn(2)) {
    layout.root_below = RootBelow{};
    layout.root_below->attributes = uint64_t{draw_.Below(4)} << 59;
  }
  if (draw_.OneIn(8)) layout.architecture = Architecture::kArm64;
  if (draw_.OneIn(8)) layout.architecture.reset();
  if (draw_.OneIn(8)) {
    layout.other_designators = {draw_.Word({"swap", "home", "esp"})};
  }
  if (draw_.OneIn(6)) layout.data_attributes = uint64_t{draw_.Below(4)} << 59;
  for (Partition& partition : image.table.value()->partitions) {
    if (draw_.OneIn(6)) partition.attributes = uint64_t{draw_.Below(4)} << 59;
    if (draw_.OneIn(60)) partition.range.size += 1;
  }
  if (draw_.OneIn(8)) {
    image = Bare(image);
  } else if (draw_.OneIn(20)) {
    image = Bare(image);
    image.container = Container::kDirectory;
    image.layout = Absent();
  }
}

template <typename T>
void RandomImages::SpoilEvidence(Evidence<T>& evidence) {
  switch (draw_.Below(3)) {
    case 0:
      evidence = Absent();
      break;
    case 1:
      evidence = Malformed{"there", "bad"};
      break;
    case 2:
      evidence = Unsupported{"new"};
      break;
  }
}

void RandomImages::Spoil(ImageFacts& image) {
  switch (draw_.Below(14)) {
    case 0:
      image.unreadable = "input/output error";
      break;
    case 1:
      image.container = Container::kUnknown;
      break;
    case 2:
      if (image.table.value() != nullptr && draw_.OneIn(2)) {
        image.table.value()->sector_size = 4096;
      } else {
        RandomImages::SpoilEvidence(image.table);
      }
      break;
    case 3:
      RandomImages::SpoilEvidence(image.layout);
      break;
    case 4:
      RandomImages::SpoilEvidence(image.verity);
      break;
    case 5:
      RandomImages::SpoilEvidence(image.signature);
      break;
    case 6:
      RandomImages::SpoilEvidence(image.filesystem);
      break;
    case 7:
      RandomImages::SpoilEvidence(image.release);
      break;
    case 8:
      image.has_os_release = true;
      if (ExtensionRelease* release = image.release.value()) {
        release->by_fallback = true;
        release->lax = draw_.OneIn(2);
      }
      break;
    case 9:
      image.forbidden_paths = {"/etc/extgate"};
      break;
    case 10:
      image.data_check.first_bad_offset = 0;
      break;
    case 11:
      if (image.layout.value() != nullptr) {
        Layout& layout = *image.layout.value();
        (draw_.OneIn(2) ? layout.data_uuid : layout.verity_uuid) = "";
      }
      break;
    case 12:
      if (image.signature.value() != nullptr) {
        image.signature.value()->root_hash = RootHashOf('9');
      }
      break;
    case 13:
      RandomImages::Spoil(image);
      RandomImages::Spoil(image);
      break;
  }
}

SignatureStanding RandomImages::DrawStanding(const ImageFacts& image) {
  SignatureStanding standing;
  if (image.signature.value() == nullptr && !draw_.OneIn(20)) return standing;
  if (draw_.OneIn(6))
    standing = StrangersStanding();
  else if (draw_.OneIn(10))
    standing.state = SignatureState::kInvalid;
  else if (!draw_.OneIn(30))
    standing = TrustedStanding();
  if (draw_.OneIn(4)) {
    standing.signers.push_back(TrustedStanding().signers[0]);
    standing.signers.back().sha256 = FingerprintOf('d');
  }
  for (Signer& signer : standing.signers) {
    if (draw_.OneIn(25)) signer.revoked = true;
    if (draw_.OneIn(25)) signer.sha256.reset();
    if (draw_.OneIn(3)) signer.sets.push_back(draw_.SetName());
    if (!draw_.OneIn(8)) signer.not_after = Day();
  }
  if (draw_.OneIn(50)) standing.signers.clear();
  return standing;
}

// Before, at and after one another.
UtcTime RandomImages::Day() {
  return UtcTime::FromSeconds(draw_.Pick<int>({9, 10, 10, 11, 12}));
}

HostFacts RandomImages::DrawHost() {
  HostFacts host = DebianHost();
  host.date = Day();
  host.systemd_version =
      draw_.Pick<int>({0, 252, 253, 254, 257, 258, 259, 262});
  host.entry = draw_.Word({"active", "active", "passive", ""});
  host.initrd = draw_.OneIn(8);
  if (draw_.OneIn(6)) host.os_release.erase("VERSION_ID");
  if (draw_.OneIn(3)) host.os_release["SYSEXT_LEVEL"] = "1";
  if (draw_.OneIn(3)) host.os_release["CONFEXT_LEVEL"] = "2";
  if (draw_.OneIn(3)) host.os_release["ID_LIKE"] = "arch other";
  if (draw_.OneIn(10)) host.architecture.reset();
  return host;
}

}  // namespace extgate
