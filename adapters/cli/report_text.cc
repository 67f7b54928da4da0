// One way in: ReportText.
#include "adapters/cli/report_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/troubles.h"
#include "policy/printable.h"

namespace extgate {
namespace {

std::string WhyText(const Reason& reason) {
  return absl::StrCat(ToWord(reason.code), ": ", reason.detail);
}

// What an allowed image is allowed by, in a few words.
std::string WhyAllowed(const ReportedImage& image) {
  std::string why = image.rule.empty() || image.rule == "default"
                        ? std::string("default")
                        : absl::StrCat("rule ", image.rule);
  if (image.signer && image.signer->trusted) {
    absl::StrAppend(&why, ": signed by ", image.signer->subject);
  }
  return why;
}

Tone ToneOfAction(Action action) {
  switch (action) {
    case Action::kStage:
      return Tone::kGood;
    case Action::kWithhold:
    case Action::kMask:
      return Tone::kWarning;
    case Action::kLeave:
      return Tone::kFaint;
  }
  return Tone::kPlain;
}

std::string VerdictWord(const ReportedImage& image, Mode mode) {
  std::string word = ToWord(image.verdict);
  if (image.verdict == Verdict::kDeny &&
      (mode == Mode::kPermissive || !image.excused_by.empty())) {
    word = "would deny";
  }
  return word;
}

std::string Headline(const Report& report, Colour colour) {
  std::string line = absl::StrCat(ToWord(report.mode));
  if (report.floor)
    absl::StrAppend(&line, " (floor ", ToWord(*report.floor), ")");
  if (!report.entry.empty()) absl::StrAppend(&line, ", entry ", report.entry);
  if (report.systemd_version > 0) {
    absl::StrAppend(&line, ", systemd ", report.systemd_version);
  }
  const Tone tone = report.outcome == Outcome::kOk ? Tone::kGood : Tone::kBad;
  return absl::StrCat(Painted(ToWord(report.outcome), tone, colour), ": ",
                      PrintableText(line), "\n");
}

// What no image of the table stands for.
std::string MissingText(const Report& report, Colour colour) {
  std::string out;
  for (const Violation& violation : report.violations) {
    if (violation.code != ReasonCode::kRequiredMissing) continue;
    absl::StrAppend(&out,
                    Painted(absl::StrCat(ToWord(violation.code), ": ",
                                         PrintableText(violation.detail)),
                            Tone::kBad, colour),
                    "\n");
  }
  return out;
}

std::string PolicyLine(const Report& report) {
  if (report.sources.empty()) return "policy: built in\n";
  return absl::StrCat(
      "policy: ",
      absl::StrJoin(report.sources, ", ",
                    [](std::string* out, const UsedSource& source) {
                      absl::StrAppend(out, PrintableText(source.path), " (",
                                      ToWord(source.authority), ")");
                    }),
      "\n");
}

std::string PreviousText(const Report& report, Colour colour) {
  if (report.previous_boot.why.empty()) return "";
  return Painted(PrintableText(report.previous_boot.why), Tone::kBad, colour) +
         "\n";
}

Tone ToneOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return Tone::kBad;
    case Severity::kWarning:
      return Tone::kWarning;
    case Severity::kNote:
      return Tone::kFaint;
  }
  return Tone::kPlain;
}

}  // namespace

std::string FirstWhy(const ReportedImage& image, const Report& report) {
  if (!image.reasons.empty()) return WhyText(image.reasons[0]);
  if (std::string why = ObstacleOf(image, report); !why.empty()) return why;
  if (image.verdict == Verdict::kAllow) return WhyAllowed(image);
  return "";
}

std::vector<std::string> FurtherWhys(const ReportedImage& image,
                                     const Report& report) {
  std::vector<std::string> whys;
  if (image.reasons.empty()) return whys;
  for (size_t i = 1; i < image.reasons.size(); ++i) {
    whys.push_back(WhyText(image.reasons[i]));
  }
  if (std::string why = ObstacleOf(image, report); !why.empty()) {
    whys.push_back(std::move(why));
  }
  return whys;
}

std::string ReportHeadText(const Report& report, Colour colour) {
  return Headline(report, colour) + PolicyLine(report) +
         PreviousText(report, colour) + MissingText(report, colour);
}

Tone ToneOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return Tone::kGood;
    case Verdict::kUnchecked:
    case Verdict::kNotApplicable:
      return Tone::kFaint;
    case Verdict::kDeny:
    case Verdict::kUnmergeable:
    case Verdict::kUnreadable:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string FindingsText(const std::vector<Finding>& findings,
                         const SnippetsByPath& sources, Colour colour) {
  std::string out;
  for (const Finding& finding : findings) {
    // The first line alone: a snippet is easier to read plain.
    const std::string text = FindingText(finding, sources);
    const size_t end = text.find('\n');
    out += Painted(text.substr(0, end), ToneOf(finding.diagnostic.severity),
                   colour) +
           text.substr(end);
  }
  return out;
}

std::string DiagnosticsText(const std::vector<Diagnostic>& diagnostics,
                            const SnippetsByPath& sources, Colour colour) {
  std::vector<Finding> findings;
  for (Severity severity :
       {Severity::kError, Severity::kWarning, Severity::kNote}) {
    for (const Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.severity != severity) continue;
      findings.push_back({diagnostic, ""});
    }
  }
  return FindingsText(findings, sources, colour);
}

std::string ReportText(const Report& report, Colour colour) {
  std::string out = ReportHeadText(report, colour);
  if (report.images.empty()) return out + "no images\n";
  Table table({"IMAGE", "CLASS", "VERDICT", "ACTION", "WHY"});
  for (const ReportedImage& image : report.images) {
    table.Add({{PrintableText(image.name), Tone::kPlain},
               {ToWord(image.image_class), Tone::kPlain},
               {VerdictWord(image, report.mode), ToneOf(image.verdict)},
               {ToWord(image.action), ToneOfAction(image.action)},
               {PrintableText(FirstWhy(image, report)), Tone::kPlain}});
    for (const std::string& why : FurtherWhys(image, report)) {
      table.AddNote(PrintableText(why));
    }
    if (!image.excused_by.empty()) {
      table.AddNote("excused: only by " + ExcuseText(image.excused_by));
    }
  }
  out += table.Render(colour);
  if (!report.sysext.image_policy.empty()) {
    absl::StrAppend(&out, "systemd-sysext gets --image-policy=",
                    report.sysext.image_policy);
    for (const std::string& assignment : report.sysext.environment) {
      absl::StrAppend(&out, " ", assignment);
    }
    out += "\n";
  }
  return out;
}

std::string ImageText(const ReportedImage& image, Colour colour) {
  std::string out = absl::StrCat(
      PrintableText(image.name), " (", ToWord(image.image_class), ", ",
      PrintableText(image.path), ", ", image.size_bytes, " bytes)\n");
  const auto line = [&](const char* what, const std::string& value) {
    if (!value.empty()) {
      absl::StrAppend(&out, "  ", what, ": ", PrintableText(value), "\n");
    }
  };
  absl::StrAppend(&out, "  verdict: ",
                  Painted(ToWord(image.verdict), ToneOf(image.verdict), colour),
                  "\n");
  line("action", ToWord(image.action));
  line("rule", image.rule);
  for (const Reason& reason : image.reasons) {
    line("reason", WhyText(reason));
  }
  if (!image.excused_by.empty()) {
    line("excused", "only by " + ExcuseText(image.excused_by));
  }
  line("root hash", image.root_hash);
  line("partition", image.designator);
  line("filesystem", image.filesystem);
  line("architecture", image.architecture);
  if (image.signer) {
    line("signer", image.signer->subject.empty()
                       ? image.signer->issuer_and_serial
                       : image.signer->subject);
    if (image.signer->sha256) {
      line("signer sha256", image.signer->sha256->hex());
    }
    line("trusted through", image.signer->origin);
  }
  if (image.runtime_enforcement) {
    line("protected once merged by", ToWord(*image.runtime_enforcement));
  }
  for (const TraceLine& trace : image.trace) {
    line("considered", absl::StrCat(trace.rule, ": ", trace.text));
  }
  if (image.passed_over > 0) {
    line("considered",
         absl::StrCat(image.passed_over, " more that do not match"));
  }
  return out;
}

}  // namespace extgate
