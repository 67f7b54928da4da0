// Way in: ExplanationText.
#include "adapters/cli/explanation_text.h"

#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "adapters/cli/report_text.h"
#include "engine/troubles.h"
#include "policy/policy_printer.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr char kMargin[] = "   ";
constexpr char kPasteMargin[] = "       ";

// " 3 d ago", " 12 min ago"; "" where a time is none, or the clock was set.
std::string Ago(const std::string& then, const std::string& now) {
  absl::Time from, to;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, then, &from, &error) ||
      !absl::ParseTime(absl::RFC3339_full, now, &to, &error) || to < from) {
    return "";
  }
  const absl::Duration age = to - from;
  if (age >= absl::Hours(48)) {
    return absl::StrCat(" ", age / absl::Hours(24), " d ago");
  }
  if (age >= absl::Hours(2)) {
    return absl::StrCat(" ", age / absl::Hours(1), " h ago");
  }
  return absl::StrCat(" ", age / absl::Minutes(1), " min ago");
}

// Every line of `text`, to be copied as a whole.
std::string Paste(absl::string_view text) {
  absl::ConsumeSuffix(&text, "\n");
  std::string out;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&out, kPasteMargin, PrintableText(line), "\n");
  }
  return out;
}

std::string Lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) absl::StrAppend(&out, Paste(line));
  return out;
}

std::string EditText(const Edit& edit, Colour colour) {
  std::string out = absl::StrCat(PrintableText(edit.what), "\n");
  if (!edit.warning.empty()) {
    absl::StrAppend(&out, kMargin,
                    Painted(absl::StrCat("mind: ", PrintableText(edit.warning)),
                            Tone::kWarning, colour),
                    "\n");
  }
  if (!edit.assumed.empty()) {
    absl::StrAppend(
        &out, kMargin,
        Painted(absl::StrCat("not tried: ", PrintableText(edit.assumed)),
                Tone::kWarning, colour),
        "\n");
  }
  if (edit.rule.has_value() && edit.rule->rule.has_value()) {
    Policy policy;
    policy.rules = {*edit.rule->rule};
    absl::StrAppend(&out, kMargin, "it then reads:\n",
                    Paste(CanonicalText(policy)));
  }
  return absl::StrCat(out, Lines(edit.commands));
}

std::string OfferText(const Offer& offer, const Report& now, Colour colour) {
  std::string out;
  for (const Edit& edit : offer.edits) {
    absl::StrAppend(&out, out.empty() ? "" : absl::StrCat(kMargin, "and "),
                    EditText(edit, colour));
  }
  absl::StrAppend(&out, Lines(offer.rebuild));
  if (offer.added.text.empty()) return out;
  if (offer.added.authority == Authority::kLocal) {
    absl::StrAppend(&out, kMargin, "write to ", PrintableText(offer.added.path),
                    ", or into a cloud-config:\n");
  } else {
    absl::StrAppend(
        &out, kMargin, "a local file is not listened to",
        now.floor ? absl::StrCat(" under the floor `", ToWord(*now.floor), "`")
                  : std::string(),
        ": whoever makes the system writes to\n", kMargin,
        PrintableText(offer.added.path), ":\n");
  }
  return absl::StrCat(out, Paste(offer.added.text));
}

// Why the last run did not stage `image`, though nothing in it forbids that,
// and what to do; "" where that is not so.
std::string ObstacleText(const ReportedImage& image, const Report& last) {
  const Diagnostic* const obstacle = ObstacleTo(image, last);
  if (obstacle == nullptr) return "";
  std::string out = absl::StrCat(
      "\nit was not staged: ", PrintableText(ObstacleOf(image, last)), "\n");
  if (!obstacle->help.empty()) {
    absl::StrAppend(&out, "do: ", PrintableText(obstacle->help),
                    ", then run `extgate apply --now`\n");
  }
  return out;
}

std::string RemediesText(const ReportedImage& image, const Remedies& remedies,
                         const Report& now, Colour colour) {
  std::string out;
  if (image.verdict == Verdict::kNotApplicable) {
    out = "\nthis is no violation, and usually nothing is to be done\n";
  }
  if (!remedies.offers.empty()) {
    absl::StrAppend(&out,
                    "\nwhat turns it to allow, the smallest change "
                    "first:\n");
  }
  for (size_t i = 0; i < remedies.offers.size(); ++i) {
    absl::StrAppend(&out, i + 1, ". ",
                    OfferText(remedies.offers[i], now, colour));
  }
  if (!remedies.offers.empty()) {
    absl::StrAppend(&out, "then run `extgate apply --now`\n");
  }
  if (!remedies.trouble.empty()) {
    absl::StrAppend(&out, "\nno change could be looked for: ",
                    PrintableText(remedies.trouble), "\n");
  }
  if (!remedies.advice.empty()) absl::StrAppend(&out, "\n");
  for (const Advice& advice : remedies.advice) {
    absl::StrAppend(&out, ToWord(advice.code), ": ", PrintableText(advice.text),
                    "\n");
  }
  return absl::StrCat(out, "more: `extgate explain ",
                      ToWord(image.reasons.empty() ? ReasonCode::kUnreadable
                                                   : image.reasons[0].code),
                      "`\n");
}

}  // namespace

std::string LastLine(const Report& last, const ReportedImage& image,
                     const std::string& now, const std::string& boot_id) {
  return absl::StrCat("last apply",
                      last.boot_id == boot_id ? "" : ", in another boot",
                      Ago(last.time, now), " (", PrintableText(last.time),
                      "): ", ToWord(image.verdict), ", ", ToWord(image.action));
}

std::string ExplanationText(const Explanation& explanation, Colour colour) {
  const Report& now = explanation.now;
  std::string out;
  for (size_t i = 0; i < now.images.size(); ++i) {
    const ReportedImage& image = now.images[i];
    if (i > 0) out += "\n";
    absl::StrAppend(&out, ImageText(image, colour));
    std::string obstacle;
    if (explanation.last.has_value()) {
      for (const ReportedImage& before : explanation.last->images) {
        if (before.path != image.path) continue;
        absl::StrAppend(
            &out, "  ",
            LastLine(*explanation.last, before, now.time, now.boot_id), "\n");
        obstacle = ObstacleText(before, *explanation.last);
        if (before.verdict == image.verdict) continue;
        absl::StrAppend(&out,
                        "  decided otherwise now: `extgate apply --now` acts "
                        "on it\n");
      }
    }
    absl::StrAppend(&out, obstacle);
    if (image.verdict > Verdict::kAllow) {
      absl::StrAppend(
          &out, RemediesText(image, explanation.remedies[i], now, colour));
    } else if (obstacle.empty()) {
      absl::StrAppend(&out, "\nnothing is to be done\n");
    }
  }
  return out;
}

}  // namespace extgate
