#include "engine/testing/fake_boot.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {

void FakeBoot::AddEntry(const std::string& file_name,
                        const std::string& sort_key) {
  auto entry = EntryOfDescription(
      "/loader/entries", file_name,
      absl::StrCat("efi /EFI/kairos/x.efi\nsort-key ", sort_key, "\n"), "x64");
  ASSERT_TRUE(entry.ok()) << entry.status();
  assessment.entries.push_back(*std::move(entry));
  SortAsShown(assessment.entries);
}

void FakeBoot::AddKairosEntries() {
  AddEntry("active+2-1.conf", "0001");
  AddEntry("passive+3.conf", "0002");
  AddEntry("recovery+3.conf", "0003");
  assessment.counted_path = "/loader/entries/active+2-1.conf";
}

std::vector<std::string> FakeBoot::FileNames() const {
  std::vector<std::string> names;
  for (const BootEntry& entry : assessment.entries) {
    names.push_back(entry.name.With(entry.name.tries()));
  }
  return names;
}

absl::StatusOr<BootAssessment> FakeBoot::Assessment() {
  if (!assessment_error.ok()) return assessment_error;
  return assessment;
}

absl::Status FakeBoot::SetTries(const BootEntry& entry,
                                const std::optional<Tries>& tries) {
  if (!set_tries_error.ok()) return set_tries_error;
  for (BootEntry& mine : assessment.entries) {
    if (mine.path() != entry.path()) continue;
    mine.name = *EntryName::Parse(mine.name.With(tries));
    SortAsShown(assessment.entries);
    return absl::OkStatus();
  }
  return absl::NotFoundError("it is gone");
}

std::string FakeBoot::WordOf(const BootEntry& entry) {
  return entry.name.stem();
}

std::vector<std::string> FakeBoot::ExtraDirectories(const BootEntry& entry) {
  const auto found = extra_directories.find(entry.Id());
  return found == extra_directories.end() ? std::vector<std::string>()
                                          : found->second;
}

absl::StatusOr<std::string> FakeBoot::ReadNote(absl::string_view name) {
  if (!note_error.ok()) return note_error;
  const auto found = notes.find(std::string(name));
  if (found == notes.end()) return absl::NotFoundError("no such note");
  return found->second;
}

absl::Status FakeBoot::WriteNote(absl::string_view name,
                                 absl::string_view bytes) {
  if (!note_error.ok()) return note_error;
  notes[std::string(name)] = std::string(bytes);
  return absl::OkStatus();
}

}  // namespace extgate
