// Way in: ReadBootEntries.
#include "adapters/boot_entries.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/io_status.h"
#include "engine/boot/pe_sections.h"

namespace extgate {
namespace {

constexpr size_t kMaxFiles = 1024;

// The files of `kind` in `directory` (as spelled), by name.
absl::StatusOr<std::vector<std::string>> FilesOf(PartitionFiles& tree,
                                                 const std::string& directory,
                                                 BootFileKind kind) {
  const auto listed = tree.List(directory);
  if (!listed.ok()) return listed.status();
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : *listed) {
    const auto name = EntryName::Parse(entry.name);
    if (!name.has_value() || name->kind() != kind ||
        entry.type == FileType::kDirectory) {
      continue;
    }
    if (names.size() == kMaxFiles) {
      return absl::ResourceExhaustedError(absl::StrCat(
          QuotePath(directory), " has more than ", kMaxFiles, " entries"));
    }
    names.push_back(entry.name);
  }
  return names;
}

absl::StatusOr<BootEntry> ReadDescription(PartitionFiles& tree,
                                          const std::string& directory,
                                          const std::string& name,
                                          absl::string_view architecture) {
  const auto text =
      tree.ReadSmall(absl::StrCat(directory, "/", name), kMaxDescription);
  if (!text.ok()) return text.status();
  auto entry = EntryOfDescription(directory, name, *text, architecture);
  if (!entry.ok()) return entry;
  const auto program = tree.Spelled(entry->program);
  if (!program.ok()) return program.status();
  return entry;
}

absl::StatusOr<BootEntry> ReadUki(PartitionFiles& tree,
                                  const std::string& directory,
                                  const std::string& name) {
  const auto file = tree.Open(absl::StrCat(directory, "/", name));
  if (!file.ok()) return file.status();
  if ((*file)->size_bytes() == 0) return absl::NotFoundError("it is empty");
  const auto os_release = ReadPeSection(**file, ".osrel", kMaxDescription);
  if (!os_release.ok()) return os_release.status();
  return EntryOfUki(directory, name, *os_release);
}

// One directory of one kind of entries.
struct Kind {
  const char* directory;
  BootFileKind kind;
};

absl::StatusOr<EntriesFound> ReadKind(PartitionFiles& tree, const Kind& kind,
                                      absl::string_view architecture) {
  EntriesFound found;
  const auto directory = tree.Spelled(kind.directory);
  if (absl::IsNotFound(directory.status())) return found;
  if (!directory.ok()) return directory.status();
  const auto names = FilesOf(tree, *directory, kind.kind);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    auto entry = kind.kind == BootFileKind::kConf
                     ? ReadDescription(tree, *directory, name, architecture)
                     : ReadUki(tree, *directory, name);
    if (entry.ok()) {
      found.entries.push_back(*std::move(entry));
    } else if (!absl::IsNotFound(entry.status())) {
      found.remarks.push_back(
          absl::StrCat(QuotePath(absl::StrCat(*directory, "/", name)),
                       " is no boot entry: ", entry.status().message()));
    }
  }
  return found;
}

// Of files of one id in one directory: an interrupted change of counters, or
// somebody's mistake.
std::vector<std::string> RemarksOnTwins(const std::vector<BootEntry>& entries) {
  std::map<std::string, std::vector<std::string>> files;  // by directory and id
  for (const BootEntry& entry : entries) {
    files[absl::StrCat(entry.directory, "/", entry.Id())].push_back(
        QuotePath(entry.path()));
  }
  std::vector<std::string> remarks;
  for (auto& [id, paths] : files) {
    if (paths.size() < 2) continue;
    std::sort(paths.begin(), paths.end());
    remarks.push_back(
        absl::StrCat(absl::StrJoin(paths, " and "), " are one boot entry"));
  }
  return remarks;
}

}  // namespace

const char* FirmwareArchitecture() {
#if defined(__x86_64__)
  return "x64";
#elif defined(__aarch64__)
  return "aa64";
#elif defined(__riscv) && __riscv_xlen == 64
  return "riscv64";
#elif defined(__i386__)
  return "ia32";
#else
  return "";
#endif
}

absl::StatusOr<EntriesFound> ReadBootEntries(PartitionFiles& tree,
                                             BootPartition partition,
                                             absl::string_view architecture) {
  EntriesFound found;
  for (const Kind& kind : {Kind{kDescriptions, BootFileKind::kConf},
                           Kind{kUkis, BootFileKind::kUki}}) {
    auto read = ReadKind(tree, kind, architecture);
    if (!read.ok()) return read.status();
    for (BootEntry& entry : read->entries) {
      entry.partition = partition;
      found.entries.push_back(std::move(entry));
    }
    for (std::string& remark : read->remarks) {
      found.remarks.push_back(std::move(remark));
    }
  }
  for (std::string& remark : RemarksOnTwins(found.entries)) {
    found.remarks.push_back(std::move(remark));
  }
  return found;
}

}  // namespace extgate
