// Way in: FindStubEntries.
#include "adapters/stub_entries.h"

#include <algorithm>

#include "adapters/boot_entries.h"
#include "adapters/booted_entry.h"
#include "engine/boot/pe_sections.h"

namespace extgate {
namespace {

bool IsUki(PartitionFiles& files, const std::string& path) {
  const auto file = files.Open(path);
  if (!file.ok()) return false;
  const auto sections = PeSections(**file);
  return sections.ok() && std::any_of(sections->begin(), sections->end(),
                                      [](const PeSection& section) {
                                        return section.name == ".linux";
                                      });
}

}  // namespace

absl::StatusOr<StubEntriesFound> FindStubEntries(PartitionFiles& files,
                                                 BootPartition which) {
  const auto read = ReadBootEntries(files, which, FirmwareArchitecture());
  if (!read.ok()) return read.status();
  StubEntriesFound found;
  for (const BootEntry& entry : read->entries) {
    const std::string id = entry.Id();
    const auto program = files.Spelled(entry.program);
    if (program.ok() && IsUki(files, *program)) {
      found.entries.push_back({id, EntryFromId(id), *program});
    } else {
      found.others.push_back(id);
    }
  }
  std::sort(found.entries.begin(), found.entries.end(),
            [](const StubEntry& a, const StubEntry& b) { return a.id < b.id; });
  std::sort(found.others.begin(), found.others.end());
  return found;
}

}  // namespace extgate
