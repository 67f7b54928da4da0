// Ways in: StatusText, AgeText.
#include "adapters/cli/status_text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "adapters/cli/report_text.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

std::string InBrackets(const std::string& text) {
  return text.empty() ? "" : absl::StrCat(" (", text, ")");
}

Cell YesNo(bool is, Tone tone_of_yes) {
  return {is ? "yes" : "no", is ? tone_of_yes : Tone::kFaint};
}

Tone ToneOf(InForce in_force) {
  switch (in_force) {
    case InForce::kYes:
    case InForce::kByName:
      return Tone::kGood;
    case InForce::kNo:
      return Tone::kFaint;
    case InForce::kUnknown:
      return Tone::kWarning;
  }
  return Tone::kPlain;
}

std::string PolicyAge(const Report& report, const UtcTime& now) {
  std::string line =
      absl::StrCat("        sha256 ", report.policy_sha256, ", revision 0");
  if (!report.policy_changed.empty()) {
    absl::StrAppend(&line, ", written ", report.policy_changed,
                    InBrackets(AgeText(report.policy_changed, now)));
    if (report.policy_changed > report.time) {
      line += ", after the decision: `extgate apply` reads it anew";
    }
  }
  return line + "\n";
}

}  // namespace

std::string AgeText(const std::string& time, const UtcTime& now) {
  const auto then = UtcTime::Parse(time);
  if (!then.ok() || *then > now) return "";
  const int64_t seconds = now.seconds() - then->seconds();
  if (seconds < 2 * kMinute) return absl::StrCat(seconds, " s ago");
  if (seconds < 2 * kHour) return absl::StrCat(seconds / kMinute, " min ago");
  if (seconds < 2 * kDay) return absl::StrCat(seconds / kHour, " h ago");
  return absl::StrCat(seconds / kDay, " days ago");
}

std::string StatusText(const Report& report, const UtcTime& now,
                       Colour colour) {
  std::string out = ReportHeadText(report, colour) + PolicyAge(report, now);
  if (report.now.empty()) return out + "no images\n";
  Table table({"IMAGE", "CLASS", "DECIDED", "STAGED", "MERGED", "IN FORCE",
               "BYPASSED", "WHY"});
  for (size_t i = 0; i < report.now.size(); ++i) {
    const ImageNow& image = report.now[i];
    // Those that were decided about come first, in the report's order.
    const std::string why =
        i < report.images.size() ? FirstWhy(report.images[i], report) : "";
    table.Add({{PrintableText(image.name), Tone::kPlain},
               {ToWord(image.image_class), Tone::kPlain},
               {image.decided ? ToWord(*image.decided) : "-",
                image.decided ? ToneOf(*image.decided) : Tone::kBad},
               YesNo(image.staged, Tone::kGood),
               YesNo(image.merged, Tone::kGood),
               {ToWord(image.in_force), ToneOf(image.in_force)},
               YesNo(image.bypassed, Tone::kBad),
               {PrintableText(why), Tone::kPlain}});
  }
  return out + table.Render(colour);
}

}  // namespace extgate
