// One way in: ImagesNow.
#include "engine/image_now.h"

#include <set>
#include <string>

#include "absl/algorithm/container.h"

namespace extgate {
namespace {

bool IsMeant(const ReportedImage& image) {
  switch (image.action) {
    case Action::kStage:
    case Action::kLeave:
      return true;
    case Action::kWithhold:
    case Action::kMask:
      return false;
  }
  return false;
}

// Of an image that is merged under its name.
InForce ForceOf(const ReportedImage& image, const MergedNow& now) {
  if (!image.runtime_enforcement.has_value() ||
      *image.runtime_enforcement == RuntimeEnforcement::kNone) {
    return InForce::kByName;
  }
  if (!now.devices.has_value()) return InForce::kUnknown;
  return absl::c_any_of(*now.devices,
                        [&](const VerityDevice& device) {
                          return device.root_hash == image.root_hash;
                        })
             ? InForce::kYes
             : InForce::kNo;
}

}  // namespace

std::vector<ImageNow> ImagesNow(const MergedNow& now, const Report& report) {
  const bool judges = report.mode != Mode::kDisabled;
  std::set<std::string> sysext = now.sysext;
  std::set<std::string> confext = now.confext;
  std::vector<ImageNow> images;
  for (const ReportedImage& image : report.images) {
    ImageNow& line = images.emplace_back();
    line.name = image.name;
    line.image_class = image.image_class;
    line.path = image.path;
    line.decided = image.verdict;
    line.staged = image.action == Action::kStage;
  }
  // Of two of one name, the one that is meant to be merged is.
  for (const bool meant : {true, false}) {
    for (size_t i = 0; i < images.size(); ++i) {
      const ReportedImage& image = report.images[i];
      if (IsMeant(image) != meant) continue;
      std::set<std::string>& names =
          image.image_class == ImageClass::kSysext ? sysext : confext;
      if (!TakeMerged(image, names)) continue;
      images[i].merged = true;
      images[i].in_force = meant ? ForceOf(image, now) : InForce::kNo;
      images[i].bypassed = judges && images[i].in_force == InForce::kNo;
    }
  }
  for (const ImageClass image_class :
       {ImageClass::kSysext, ImageClass::kConfext}) {
    for (const std::string& name :
         image_class == ImageClass::kSysext ? sysext : confext) {
      ImageNow& line = images.emplace_back();
      line.name = name;
      line.image_class = image_class;
      line.merged = true;
      line.bypassed = judges;
    }
  }
  return images;
}

}  // namespace extgate
