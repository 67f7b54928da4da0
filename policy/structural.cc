// The way in is StructuralReasons, which looks from the outside in and stops
// where the next layer cannot be found; IntrinsicDenials is its milder sibling.
#include "policy/structural.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "policy/evidence.h"
#include "policy/root_hash_check.h"

namespace extgate {
namespace {

// First version that makes its loop device with the sectors of the table; up to
// there they are taken to have 512 bytes.
constexpr int kProbesSectorSizeSince = 253;
constexpr uint32_t kUsualSector = 512;
// First version that refuses an os-release inside an extension.
constexpr int kRefusesOsReleaseSince = 254;
constexpr int kKnowsStacksSince = 260;
// First version that looks for the extension-release of a name cut at its `_`
// or `+`. Up to there such an image is passed over.
constexpr int kCutsNamesSince = 254;
// First version that takes the partition UUIDs for the root hash of an image
// without a signature.
constexpr int kGuessesRootHashSince = 258;

// True unless the version is known and earlier.
bool MayBeAtLeast(const HostFacts& host, int version) {
  return host.systemd_version == 0 || host.systemd_version >= version;
}

std::string Text(const Malformed& malformed) {
  if (malformed.where.empty()) return malformed.why;
  return absl::StrCat(malformed.where, ": ", malformed.why);
}

class Examination {
 public:
  Examination(const ImageFacts& image, const HostFacts& host)
      : image_(image), host_(host) {}

  std::vector<Reason> Run() {
    CheckName();
    if (image_.container == Container::kUnknown) {
      Add(ReasonCode::kNotADiskImage,
          "neither a GUID partition table nor a known filesystem");
    } else if (image_.container == Container::kDirectory) {
      CheckStack();
      Contents();
    } else if (TableIsSound() && LayoutIsSound()) {
      Tree();
      SignaturePartition();
      if (FilesystemIsSound()) Contents();
    }
    return std::move(reasons_);
  }

 private:
  void Add(ReasonCode code, std::string detail) {
    reasons_.push_back({code, std::move(detail)});
  }

  // systemd up to 259 takes one of these off the name before it looks for the
  // extension-release, finds none, and then merges nothing at all.
  void CheckName() {
    if (host_.systemd_version > 259) return;
    for (absl::string_view ending :
         {".bin", ".img", ".xz", ".gz", ".bz2", ".qcow2"}) {
      if (!absl::EndsWith(image_.name, ending)) continue;
      Add(ReasonCode::kReleaseMissing,
          absl::StrCat("a name that ends in `", ending,
                       "`: systemd 259 and earlier look for the "
                       "extension-release without it"));
    }
  }

  // Of 260 and later one of these that counts as an extension makes all of the
  // merge fail, whatever is in it.
  void CheckStack() {
    if (absl::EndsWith(image_.file_name, ".mstack") &&
        MayBeAtLeast(host_, kKnowsStacksSince)) {
      Add(ReasonCode::kNotADiskImage,
          absl::StrCat("an mstack, of which systemd ", kKnowsStacksSince,
                       " and later merge none as an extension"));
    }
  }

  // True with a value; else the reason is added: `broken` when malformed or
  // missing, filesystem-unsupported when of a format that is not read.
  template <typename T>
  bool HasValue(const Evidence<T>& evidence, ReasonCode broken,
                absl::string_view what) {
    if (evidence.value() != nullptr) return true;
    if (const Malformed* malformed = evidence.malformed()) {
      Add(broken, absl::StrCat(what, ": ", Text(*malformed)));
    } else if (const Unsupported* unsupported = evidence.unsupported()) {
      Add(ReasonCode::kFilesystemUnsupported,
          absl::StrCat(what, ": ", unsupported->what, " is not supported"));
    } else {
      Add(broken, absl::StrCat(what, ": not found, or not looked for"));
    }
    return false;
  }

  bool TableIsSound() {
    if (image_.container == Container::kBareFilesystem) return true;
    if (!HasValue(image_.table, ReasonCode::kPartitionTableInvalid,
                  "partition table")) {
      return false;
    }
    const uint32_t sector_size = image_.table.value()->sector_size;
    if (sector_size == kUsualSector ||
        host_.systemd_version >= kProbesSectorSizeSince) {
      return true;
    }
    Add(ReasonCode::kPartitionTableInvalid,
        absl::StrCat("partition table: systemd before ", kProbesSectorSizeSince,
                     " does not see one for sectors of ", sector_size,
                     " bytes"));
    return false;
  }

  bool LayoutIsSound() {
    if (!HasValue(image_.layout, ReasonCode::kLayoutAmbiguous, "layout")) {
      return false;
    }
    if (image_.image_class == ImageClass::kConfext &&
        image_.layout.value()->designator == Designator::kUsr) {
      Add(ReasonCode::kLayoutAmbiguous,
          image_.layout.value()->root_below.has_value()
              ? "layout: a confext with a `usr` partition beside `root`, which "
                "some versions of systemd ignore and others mount"
              : "layout: a confext with a `usr` partition, of which systemd "
                "merges none");
      return false;
    }
    return true;
  }

  void Tree() {
    const Layout& layout = *image_.layout.value();
    if (!layout.verity.has_value() && image_.verity.absent()) return;
    if (!HasValue(image_.verity, ReasonCode::kVerityCorrupt,
                  "verity partition")) {
      return;
    }
    if (!image_.verity.value()->root_hash.has_value()) {
      Add(ReasonCode::kVerityCorrupt, "verity partition: no root hash");
    }
    if (image_.data_check.first_bad_offset.has_value()) {
      Add(ReasonCode::kVerityCorrupt,
          absl::StrCat("the data block at byte ",
                       *image_.data_check.first_bad_offset,
                       " of the data partition contradicts the hash tree"));
    }
    const RootHashCheck check = CheckRootHash(image_);
    if (check.signature.has_value()) {
      Add(ReasonCode::kVerityCorrupt, *check.signature);
    }
    if (check.uuids.has_value() && !layout.signature.has_value() &&
        MayBeAtLeast(host_, kGuessesRootHashSince)) {
      Add(ReasonCode::kVerityCorrupt,
          absl::StrCat(
              "systemd ", kGuessesRootHashSince,
              " and later take the UUIDs for the root hash: ", *check.uuids));
    }
  }

  void SignaturePartition() {
    const Layout& layout = *image_.layout.value();
    if (!layout.signature.has_value() && image_.signature.absent()) return;
    if (image_.signature.absent() && image_.verity.value() == nullptr) return;
    HasValue(image_.signature, ReasonCode::kVerityCorrupt,
             "signature partition");
  }

  bool FilesystemIsSound() {
    // A tree that contradicts the data, or cannot be read, comes first: behind
    // it nobody may have looked for a filesystem.
    if (image_.filesystem.absent() && !reasons_.empty()) return false;
    if (const Malformed* malformed = image_.filesystem.malformed()) {
      Add(ReasonCode::kFilesystemUnsupported,
          absl::StrCat("filesystem: corrupt: ", Text(*malformed)));
      return false;
    }
    return HasValue(image_.filesystem, ReasonCode::kFilesystemUnsupported,
                    "filesystem");
  }

  void Contents() {
    HasValue(image_.release, ReasonCode::kReleaseMissing, "extension-release");
    const ExtensionRelease* release = image_.release.value();
    if (release != nullptr && release->by_fallback && !release->lax &&
        host_.systemd_version != 0 && host_.systemd_version < kCutsNamesSince) {
      Add(ReasonCode::kReleaseMissing,
          absl::StrCat("systemd before ", kCutsNamesSince,
                       " does not take `extension-release.", release->name,
                       "` for an image called `", image_.name, "`"));
    }
    if (image_.has_os_release && MayBeAtLeast(host_, kRefusesOsReleaseSince)) {
      Add(ReasonCode::kReleaseMissing,
          absl::StrCat("the image carries an os-release of its own "
                       "(/usr/lib/os-release), which systemd ",
                       kRefusesOsReleaseSince, " and later refuse"));
    }
  }

  const ImageFacts& image_;
  const HostFacts& host_;
  std::vector<Reason> reasons_;
};

// `outside`, or the part before its first `_` or `+`, is what systemd accepts.
bool NameFits(absl::string_view inside, absl::string_view outside) {
  if (inside.empty()) return false;
  return inside == outside ||
         inside == outside.substr(0, outside.find_first_of("_+"));
}

}  // namespace

std::vector<Reason> StructuralReasons(const ImageFacts& image,
                                      const HostFacts& host) {
  return Examination(image, host).Run();
}

std::vector<Reason> IntrinsicDenials(const ImageFacts& image) {
  std::vector<Reason> reasons;
  if (const Malformed* malformed = image.signature.malformed()) {
    reasons.push_back(
        {ReasonCode::kSignatureInvalid,
         absl::StrCat("signature partition: ", Text(*malformed))});
  }
  const RootHashCheck check = CheckRootHash(image);
  for (const auto& difference : {check.signature, check.uuids}) {
    if (difference.has_value()) {
      reasons.push_back({ReasonCode::kRootHashMismatch, *difference});
    }
  }
  const ExtensionRelease* release = image.release.value();
  if (release != nullptr && !NameFits(release->name, image.name)) {
    reasons.push_back(
        {ReasonCode::kNameMismatch,
         absl::StrCat("the image is called `", image.name,
                      "`, its extension-release `", release->name, "`")});
  }
  if (!image.forbidden_paths.empty()) {
    reasons.push_back(
        {ReasonCode::kForbiddenContent,
         absl::StrCat("the image carries `",
                      absl::StrJoin(image.forbidden_paths, "`, `"), "`")});
  }
  return reasons;
}

}  // namespace extgate
