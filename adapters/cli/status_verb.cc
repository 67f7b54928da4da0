// extgate status: what the last apply decided, and whether it is in force.
#include <algorithm>
#include <cstdio>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/last_report.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/merged_hierarchy.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// True when `image` is among `merged`, by its name or by that name cut where
// systemd cuts it. Takes it out of the set.
bool TakeMerged(const ReportedImage& image, std::set<std::string>& merged) {
  for (const std::string& name :
       {image.name, image.name.substr(0, image.name.find_first_of("_+"))}) {
    if (merged.erase(name) > 0) return true;
  }
  return false;
}

}  // namespace

int StatusVerb(const GlobalOptions& global) {
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("status", places.status());
  auto report = LastReport(*places);
  if (!report.ok()) return Failed("status", report.status());
  std::set<std::string> merged[2] = {
      MergedExtensions(places->root(), ImageClass::kSysext),
      MergedExtensions(places->root(), ImageClass::kConfext)};
  const Colour colour = ColourOf(stdout);
  for (const ReportedImage& image : report->images) {
    if (image.action != Action::kStage && image.action != Action::kLeave) {
      continue;
    }
    auto& of_class = merged[image.image_class == ImageClass::kSysext ? 0 : 1];
    if (!TakeMerged(image, of_class) && image.action == Action::kStage) {
      report->not_merged.push_back(image.name);
    }
  }
  for (const auto& names : merged) {
    if (report->mode == Mode::kDisabled) break;
    for (const std::string& name : names) {
      report->violations.push_back(
          {ReasonCode::kBypass,
           absl::StrCat("`", name, "` is merged and was not staged")});
    }
  }
  if (!report->violations.empty() && report->outcome == Outcome::kOk) {
    report->outcome = Outcome::kViolations;
  }
  if (global.format == Format::kJson) {
    std::fputs(ReportToJson(*report).c_str(), stdout);
  } else {
    std::fputs(ReportText(*report, colour).c_str(), stdout);
    std::printf("decided %s; %s\n", report->time.c_str(),
                report->not_merged.empty()
                    ? "what was staged is merged"
                    : absl::StrCat("staged and not merged: ",
                                   PrintableText(
                                       absl::StrJoin(report->not_merged, ", ")))
                          .c_str());
    for (const Violation& violation : report->violations) {
      if (violation.code == ReasonCode::kBypass) {
        std::printf("%s\n",
                    Painted(PrintableText("bypass: " + violation.detail),
                            Tone::kBad, colour)
                        .c_str());
      }
    }
  }
  return report->violations.empty() ? kExitDone : kExitViolation;
}

}  // namespace extgate
