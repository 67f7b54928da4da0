// Ways in: GrubAssessmentOf and OutlookOfFailingOnGrub.
#include "engine/boot/grub_assessment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

std::string ValueOf(const GrubEnvironment& variables, const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

// Why failing that boot would not bring another entry up; "" where it would.
std::string WhyNoOther(const GrubAssessment& assessment,
                       const std::string& entry) {
  if (entry != kGrubAssessed) {
    return absl::StrCat("GRUB falls back from `", kGrubAssessed, "` alone");
  }
  if (!assessment.enabled) {
    return "GRUB does not assess this boot (enable_boot_assessment)";
  }
  if (!assessment.tentative) {
    return "GRUB's assessment of this boot is not armed, or over "
           "(boot_assessment_tentative)";
  }
  if (!assessment.next_entry.empty()) {
    return absl::StrCat("GRUB was told to start `", assessment.next_entry,
                        "` next");
  }
  if (!assessment.has_fallback) {
    return "there is no other entry that could be booted";
  }
  return "";
}

}  // namespace

GrubAssessment GrubAssessmentOf(const GrubEnvironment& variables) {
  GrubAssessment assessment;
  assessment.enabled =
      ValueOf(variables, "enable_boot_assessment") == "yes" ||
      ValueOf(variables, "enable_boot_assessment_always") == "yes";
  assessment.tentative =
      ValueOf(variables, "boot_assessment_tentative") == "yes";
  assessment.next_entry = ValueOf(variables, "next_entry");
  return assessment;
}

FailureOutlook OutlookOfFailingOnGrub(const GrubAssessment& assessment,
                                      const std::string& entry,
                                      const std::vector<std::string>& may_fail,
                                      const std::function<bool()>& passes) {
  FailureOutlook outlook;
  if (entry.empty()) {
    outlook.why_not = "nothing tells which entry is booted";
  } else if (std::find(may_fail.begin(), may_fail.end(), entry) ==
             may_fail.end()) {
    outlook.why_not =
        absl::StrCat("`", entry, "` is not one of fail_boot.entries");
  } else {
    outlook.why_not = WhyNoOther(assessment, entry);
  }
  if (!outlook.why_not.empty()) return outlook;
  if (!passes()) {
    outlook.why_not = absl::StrCat("the images of the next entry, `",
                                   kGrubFallback, "`, would not pass either");
    return outlook;
  }
  outlook.next = kGrubFallback;
  return outlook;
}

}  // namespace extgate
