// Ways in: MakeBootStatus and BootStatusToJson.
#include "engine/boot/boot_status.h"

#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/boot.pb.h"

namespace extgate {
namespace {

void FillEntry(const BootEntry& entry, v1::BootEntryStatus& out) {
  out.set_id(PrintableText(entry.Id()));
  out.set_partition(ToWord(entry.partition));
  out.set_path(PrintableText(entry.path()));
  out.set_title(PrintableText(entry.title));
  out.set_version(PrintableText(entry.version));
  out.set_sort_key(PrintableText(entry.sort_key));
  out.set_state(ToWord(StateOf(entry)));
  const Tries tries = entry.name.tries().value_or(Tries{});
  out.set_tries_left(tries.left);
  out.set_tries_done(tries.done);
}

void FillChoice(const LoaderChoice& choice, v1::BootStatus& out) {
  const std::pair<const char*, const std::string&> pins[] = {
      {"LoaderEntryOneShot", choice.one_shot},
      {"LoaderEntryPreferred", choice.preferred_variable},
      {"preferred of loader.conf", choice.preferred_file},
      {"LoaderEntryDefault", choice.default_variable},
      {"default of loader.conf", choice.default_file},
  };
  for (const auto& [source, pattern] : pins) {
    if (pattern.empty()) continue;
    v1::BootPin* const pin = out.add_pins();
    pin->set_source(source);
    pin->set_pattern(PrintableText(pattern));
  }
}

}  // namespace

EntryState StateOf(const BootEntry& entry) {
  if (!entry.name.tries().has_value()) return EntryState::kGood;
  return entry.name.IsBad() ? EntryState::kBad : EntryState::kCounted;
}

BootStatus MakeBootStatus(BootAssessment assessment, std::string entry,
                          FailureOutlook outlook) {
  BootStatus status;
  status.counted = CountedEntry(assessment);
  status.booted = status.counted;
  for (size_t i = 0;
       !status.booted.has_value() && !assessment.selected.empty() &&
       i < assessment.entries.size();
       ++i) {
    if (assessment.entries[i].Id() == assessment.selected) status.booted = i;
  }
  status.next = NextToBoot(assessment.entries, assessment.choice);
  status.assessment = std::move(assessment);
  status.entry = std::move(entry);
  status.outlook = std::move(outlook);
  return status;
}

std::string BootStatusToJson(const BootStatus& status) {
  v1::BootStatus out;
  const auto& entries = status.assessment.entries;
  out.set_entry(PrintableText(status.entry));
  for (size_t i = 0; i < entries.size(); ++i) {
    v1::BootEntryStatus* const entry = out.add_entries();
    FillEntry(entries[i], *entry);
    entry->set_booted(status.booted == i);
    entry->set_next(status.next.has_value() && status.next->entry == i);
    const auto rearmed = status.rearmed.find(entries[i].Id());
    if (rearmed != status.rearmed.end()) {
      entry->set_rearmed(PrintableText(rearmed->second));
    }
  }
  if (status.booted.has_value()) {
    out.set_booted(PrintableText(entries[*status.booted].Id()));
  }
  out.set_counted(status.counted.has_value());
  if (status.next.has_value()) {
    out.set_next(PrintableText(entries[status.next->entry].Id()));
    out.set_next_by(ToWord(status.next->chosen_by));
  }
  FillChoice(status.assessment.choice, out);
  if (status.grub.has_value()) {
    out.set_grub(true);
    out.set_grub_armed(status.grub->armed());
    out.set_upgrade_failure(status.grub->fell_back);
    out.set_next(PrintableText(status.grub->next_entry));
  }
  out.set_after_failure(PrintableText(status.outlook.next));
  out.set_no_failure(PrintableText(status.outlook.why_not));
  for (const std::string& remark : status.assessment.remarks) {
    out.add_remarks(PrintableText(remark));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
