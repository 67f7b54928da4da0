// One way in: IsInForce.
#include "engine/in_force.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/census.h"

namespace extgate {
namespace {

constexpr char kCopies[] = "/run/extgate/images/";

bool MayBeMerged(const ReportedImage& image) {
  return image.action == Action::kStage || image.action == Action::kLeave;
}

bool IsOnVerity(const ReportedImage& image) {
  return image.runtime_enforcement.has_value() &&
         *image.runtime_enforcement != RuntimeEnforcement::kNone;
}

class Comparison {
 public:
  Comparison(const MergedNow& now, Report& report)
      : now_(now), report_(report) {}

  bool Run() {
    CompareNames();
    if (now_.devices.has_value()) CompareDevices(*now_.devices);
    if (now_.units.has_value()) CompareUnits(*now_.units);
    return same_;
  }

 private:
  void CompareNames() {
    std::set<std::string> sysext = now_.sysext;
    std::set<std::string> confext = now_.confext;
    for (const ReportedImage& image : report_.images) {
      if (!MayBeMerged(image)) continue;
      std::set<std::string>& of_class =
          image.image_class == ImageClass::kSysext ? sysext : confext;
      if (TakeMerged(image, of_class)) {
        merged_.push_back(&image);
      } else if (image.action == Action::kStage) {
        report_.not_merged.push_back(image.name);
        same_ = false;
      }
    }
    for (const auto& names : {sysext, confext}) {
      for (const std::string& name : names) {
        Bypass(absl::StrCat("`", name, "` is merged and was not staged"));
      }
    }
  }

  void CompareDevices(const std::vector<VerityDevice>& devices) {
    std::set<std::string> active;
    for (const VerityDevice& device : devices) active.insert(device.root_hash);
    std::set<std::string> decided;
    for (const ReportedImage* image : merged_) {
      decided.insert(image->root_hash);
      if (IsOnVerity(*image) && !active.contains(image->root_hash)) {
        Bypass(absl::StrCat("`", image->name,
                            "` is merged, and no dm-verity device has the root "
                            "hash that was decided about, ",
                            image->root_hash));
      }
    }
    for (const VerityDevice& device : devices) {
      if (decided.contains(device.root_hash) || !IsOfAnImage(device)) continue;
      Bypass(absl::StrCat("`", device.file, "` is mounted with the root hash ",
                          device.root_hash, ", which was not decided about"));
    }
  }

  void CompareUnits(const std::vector<AskedUnit>& units) {
    for (const AskedUnit& asked : units) {
      const bool sysext = asked.image_class == ImageClass::kSysext;
      const auto staged =
          absl::c_count_if(report_.images, [&](const ReportedImage& image) {
            return image.image_class == asked.image_class &&
                   image.action == Action::kStage;
          });
      report_.units.push_back(
          JudgeUnit(asked, sysext ? report_.sysext : report_.confext,
                    static_cast<size_t>(staged)));
      const ReportedUnit& judged = report_.units.back();
      if (judged.standing == UnitStanding::kBypassed) Bypass(judged.detail);
    }
  }

  // Of one of ours, of one that the report is about, or where systemd looks.
  bool IsOfAnImage(const VerityDevice& device) const {
    return absl::StartsWith(device.file, kCopies) ||
           absl::c_any_of(report_.images,
                          [&](const ReportedImage& image) {
                            return image.path == device.file;
                          }) ||
           absl::c_any_of(SearchedPlaces(), [&](const SearchedPlace& place) {
             return absl::StartsWith(device.file,
                                     absl::StrCat(place.path, "/"));
           });
  }

  void Bypass(std::string detail) {
    report_.violations.push_back({ReasonCode::kBypass, std::move(detail)});
    same_ = false;
  }

  const MergedNow& now_;
  Report& report_;
  std::vector<const ReportedImage*> merged_;
  bool same_ = true;
};

}  // namespace

bool TakeMerged(const ReportedImage& image, std::set<std::string>& merged) {
  for (const std::string& name :
       {image.name, image.name.substr(0, image.name.find_first_of("_+"))}) {
    if (merged.erase(name) > 0) return true;
  }
  return false;
}

bool IsInForce(const MergedNow& now, Report& report) {
  if (report.mode == Mode::kDisabled) return true;
  return Comparison(now, report).Run();
}

}  // namespace extgate
