// Ways in: InstallationText and InstalledText.
#include "adapters/cli/install_text.h"

#include "absl/strings/str_cat.h"
#include "adapters/cli/report_text.h"
#include "engine/boot/rearm.h"
#include "policy/printable.h"

namespace extgate {
namespace {

Tone ToneOf(Placement placement) {
  switch (placement) {
    case Placement::kNew:
    case Placement::kReplace:
    case Placement::kRemove:
    case Placement::kThere:
      return Tone::kGood;
    case Placement::kRefused:
    case Placement::kFailed:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string OrDash(const std::string& text) {
  return text.empty() ? "-" : PrintableText(text);
}

}  // namespace

std::string InstallationText(const Installation& installation, Colour colour) {
  std::string text;
  Table table({"IMAGE", "CLASS", "ENTRY", "VERDICT", "PLACED", "PATH"});
  for (const PlacedImage& image : installation.images) {
    table.Add({{OrDash(image.name.empty() ? image.source : image.name)},
               {ClassWord(image)},
               {OrDash(image.entry)},
               {image.verdict.has_value() ? ToWord(*image.verdict) : "-"},
               {ToWord(image.placement), ToneOf(image.placement)},
               {OrDash(image.path)}});
    if (!image.why.empty()) table.AddNote(PrintableText(image.why));
  }
  if (!installation.images.empty()) text = table.Render(colour);
  for (const std::string& id : installation.rearmed) {
    absl::StrAppend(&text, PrintableText(id),
                    " is counted again: ", kTriesOfAChangedEntry, " tries\n");
  }
  for (const std::string& remark : installation.remarks) {
    absl::StrAppend(
        &text, Painted(PrintableText(remark), Tone::kWarning, colour), "\n");
  }
  if (installation.dry_run) {
    absl::StrAppend(&text, "dry run: nothing was changed\n");
  }
  return text;
}

std::string InstalledText(const std::vector<Report>& reports,
                          const std::vector<PlacedImage>& signatures,
                          Colour colour) {
  Table table({"ENTRY", "IMAGE", "CLASS", "VERDICT", "ACTION", "PATH"});
  for (const Report& report : reports) {
    if (report.images.empty()) {
      table.Add({{OrDash(report.entry)}, {"-"}, {"-"}, {"-"}, {"-"}, {"-"}});
    }
    for (const ReportedImage& image : report.images) {
      table.Add({{OrDash(report.entry)},
                 {OrDash(image.name)},
                 {ToWord(image.image_class)},
                 {ToWord(image.verdict), ToneOf(image.verdict)},
                 {ToWord(image.action)},
                 {OrDash(image.path)}});
    }
    for (const PlacedImage& signature : signatures) {
      if (signature.entry != report.entry) continue;
      table.Add({{OrDash(signature.entry)},
                 {signature.name},
                 {ClassWord(signature)},
                 {"-"},
                 {"-"},
                 {OrDash(signature.path)}});
      if (!signature.why.empty()) {
        table.AddNote(PrintableText(signature.why));
      }
    }
  }
  return table.Render(colour);
}

}  // namespace extgate
