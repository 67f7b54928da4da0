// Way in: FindStubEntries.
#include "adapters/stub_entries.h"

#include <algorithm>

#include "adapters/boot_entries.h"
#include "adapters/booted_entry.h"
#include "adapters/io_status.h"
#include "engine/boot/pe_sections.h"

namespace extgate {
namespace {

absl::StatusOr<bool> IsUki(PartitionFiles& files, const std::string& path) {
  const auto file = files.Open(path);
  if (!file.ok()) return file.status();
  const auto sections = PeSections(**file);
  if (!sections.ok()) return AtPath(path, sections.status());
  return std::any_of(
      sections->begin(), sections->end(),
      [](const PeSection& section) { return section.name == ".linux"; });
}

template <typename Entry>
void SortById(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
}

}  // namespace

absl::StatusOr<StubEntriesFound> FindStubEntries(PartitionFiles& files,
                                                 BootPartition which) {
  const auto read = ReadBootEntries(files, which, FirmwareArchitecture());
  if (!read.ok()) return read.status();
  StubEntriesFound found;
  for (const BootEntry& entry : read->entries) {
    const std::string id = entry.Id();
    const std::string word = EntryFromId(id);
    const auto program = files.Spelled(entry.program);
    if (absl::IsNotFound(program.status())) continue;
    const auto is_uki =
        program.ok() ? IsUki(files, *program) : program.status();
    if (!is_uki.ok()) {
      found.unreadable.push_back(
          {id, word, std::string(is_uki.status().message())});
    } else if (*is_uki) {
      found.entries.push_back({id, word, *program});
    } else {
      found.others.push_back(id);
    }
  }
  SortById(found.entries);
  SortById(found.unreadable);
  std::sort(found.others.begin(), found.others.end());
  return found;
}

}  // namespace extgate
