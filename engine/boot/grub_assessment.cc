// Ways in: GrubAssessmentOf and OutlookOfFailingOnGrub.
#include "engine/boot/grub_assessment.h"

#include <utility>

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
  std::string why_not = WhyNeverFailed(entry, may_fail);
  if (why_not.empty()) why_not = WhyNoOther(assessment, entry);
  if (why_not.empty() && !passes()) why_not = WhyNextIsNoBetter(kGrubFallback);
  if (!why_not.empty()) return {std::move(why_not), ""};
  return {"", kGrubFallback};
}

}  // namespace extgate
