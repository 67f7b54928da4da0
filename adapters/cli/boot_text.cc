// Ways in: NextText, BootStatusText and RearmingText.
#include "adapters/cli/boot_text.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/printable.h"

namespace extgate {
namespace {

Tone ToneOf(EntryState state) {
  switch (state) {
    case EntryState::kGood:
      return Tone::kGood;
    case EntryState::kCounted:
      return Tone::kWarning;
    case EntryState::kBad:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string BootedText(const BootStatus& status) {
  const auto& assessment = status.assessment;
  if (!status.booted.has_value()) {
    return status.entry.empty()
               ? "unknown"
               : absl::StrCat("`", PrintableText(status.entry), "`");
  }
  const BootEntry& entry = assessment.entries[*status.booted];
  const std::string id = PrintableText(entry.Id());
  if (status.counted.has_value()) {
    return absl::StrCat(id, ", ", TriesText(entry));
  }
  return assessment.counted_path.empty()
             ? absl::StrCat(id, ", this boot is not counted")
             : absl::StrCat(id, ", was counted as ",
                            PrintableText(assessment.counted_path));
}

std::string FailureText(const BootStatus& status) {
  return status.outlook.why_not.empty()
             ? absl::StrCat(PrintableText(status.outlook.next),
                            " would come up")
             : absl::StrCat("would not be failed: ",
                            PrintableText(status.outlook.why_not));
}

std::string GrubText(const GrubAssessment& grub) {
  const std::string armed =
      grub.armed()
          ? absl::StrCat("armed: a reboot now brings ", kGrubFallback, " up")
      : !grub.enabled ? "off until an upgrade"
      : !grub.tentative
          ? "over, or not begun: a reboot now brings no other entry"
          : absl::StrCat("armed, but GRUB was told to start `",
                         PrintableText(grub.next_entry), "` next");
  return absl::StrCat(
      armed, grub.fell_back ? "\nfell back: GRUB did so for this boot, since "
                              "the one before was not called good"
                            : "");
}

std::string MarksOf(const BootStatus& status, size_t place) {
  std::vector<std::string> marks;
  if (status.booted == place) marks.push_back("booted");
  if (status.next.has_value() && status.next->entry == place) {
    marks.push_back("next");
  }
  return absl::StrJoin(marks, ", ");
}

}  // namespace

std::string TriesText(const BootEntry& entry) {
  const auto& tries = entry.name.tries();
  if (!tries.has_value()) return "not counted";
  return absl::StrCat(tries->left,
                      tries->left == 1 ? " try left" : " tries left", ", ",
                      tries->done, " done");
}

std::string NextText(const std::vector<BootEntry>& entries,
                     const std::optional<NextBoot>& next) {
  if (!next.has_value()) return "no entry: the firmware decides";
  return absl::StrCat(
      PrintableText(entries[next->entry].Id()),
      next->chosen_by == ChosenBy::kOrder
          ? ", the first in order"
          : absl::StrCat(", pinned by ", ToWord(next->chosen_by)));
}

std::string BootStatusText(const BootStatus& status, Colour colour) {
  if (status.grub.has_value()) {
    return absl::StrCat("booted:    ", BootedText(status), ", by GRUB",
                        "\nassessed:  ", GrubText(*status.grub),
                        "\nif failed: ", FailureText(status), "\n");
  }
  std::string text = absl::StrCat(
      "booted:    ", BootedText(status),
      "\nnext:      ", NextText(status.assessment.entries, status.next),
      "\nif failed: ", FailureText(status), "\n");
  const auto& entries = status.assessment.entries;
  Table table({"ENTRY", "STATE", "TRIES", "", "TITLE", "FILE"});
  for (size_t i = 0; i < entries.size(); ++i) {
    const BootEntry& entry = entries[i];
    const EntryState state = StateOf(entry);
    table.Add({{PrintableText(entry.Id())},
               {ToWord(state), ToneOf(state)},
               {TriesText(entry)},
               {MarksOf(status, i)},
               {PrintableText(entry.title)},
               {PrintableText(absl::StrCat(
                   entry.path(), entry.partition == BootPartition::kXbootldr
                                     ? " (xbootldr)"
                                     : ""))}});
  }
  if (!entries.empty()) absl::StrAppend(&text, table.Render(colour));
  for (const auto& [id, why] : status.rearmed) {
    absl::StrAppend(&text, PrintableText(id),
                    " is counted again: ", PrintableText(why), "\n");
  }
  for (const std::string& remark : status.assessment.remarks) {
    absl::StrAppend(
        &text, Painted(PrintableText(remark), Tone::kWarning, colour), "\n");
  }
  return text;
}

std::string RearmingText(const Rearming& rearming) {
  if (rearming.entries.empty()) {
    return absl::StrCat(
        "no entry is counted again: ", PrintableText(rearming.why_none), "\n");
  }
  std::string text;
  for (const RearmedEntry& entry : rearming.entries) {
    absl::StrAppend(&text, PrintableText(entry.id), " is counted again, with ",
                    kTriesOfAChangedEntry, " tries: ", PrintableText(entry.why),
                    "\n");
  }
  return text;
}

}  // namespace extgate
