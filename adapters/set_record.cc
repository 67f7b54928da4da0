// Ways in: SetRecord::Load, and Owns for each entry that DescribeEntry reads.
#include "adapters/set_record.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/io_status.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxRecord = 64 * 1024 * 1024;  // bytes
constexpr absl::string_view kLink = "link";
constexpr absl::string_view kMask = "mask";

}  // namespace

std::string RecordName(ImageClass image_class) {
  return absl::StrCat(ToWord(image_class), ".record");
}

SetRecord SetRecord::Parse(absl::string_view text) {
  SetRecord record;
  if (!absl::ConsumeSuffix(&text, absl::string_view("\0", 1))) return record;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '\0');
  for (size_t i = 0; i + 2 < parts.size(); i += 3) {
    if (!CheckName(parts[i + 1]).ok()) continue;
    StagedName name{std::string(parts[i + 1]), FileType::kSymlink,
                    std::string(parts[i + 2])};
    if (parts[i] == kMask) {
      name.type = FileType::kDirectory;
      name.target.clear();
    } else if (parts[i] != kLink) {
      continue;
    }
    record.names_.insert(std::move(name));
  }
  return record;
}

std::string SetRecord::ToText() const {
  std::string text;
  for (const StagedName& name : names_) {
    const absl::string_view kind =
        name.type == FileType::kDirectory ? kMask : kLink;
    for (absl::string_view part : {kind, absl::string_view(name.file_name),
                                   absl::string_view(name.target)}) {
      absl::StrAppend(&text, part);
      text.push_back('\0');
    }
  }
  return text;
}

SetRecord SetRecord::Load(const HostPath& run, ImageClass image_class) {
  const HostPath file =
      run / kPrivateDirectory / kSetsDirectory / RecordName(image_class);
  auto text = file.root->ReadSmallFile(file.path, kMaxRecord);
  return text.ok() ? Parse(*text) : SetRecord();
}

bool SetRecord::Owns(const StagedName& name) const {
  if (name.type == FileType::kSymlink) {
    for (absl::string_view folder : {kImagesDirectory, kForeignDirectory}) {
      if (absl::StartsWith(name.target, absl::StrCat("../", kPrivateDirectory,
                                                     "/", folder, "/"))) {
        return true;
      }
    }
  }
  return names_.count(name) != 0;
}

absl::StatusOr<StagedName> DescribeEntry(const Directory& directory,
                                         const DirectoryEntry& entry) {
  StagedName name{entry.name, entry.type, ""};
  if (entry.type == FileType::kSymlink) {
    auto target = directory.ReadLink(entry.name);
    if (!target.ok()) return target.status();
    name.target = *std::move(target);
  } else if (entry.type == FileType::kDirectory) {
    auto below = directory.OpenDirectory(entry.name);
    if (!below.ok()) return below.status();
    auto entries = below->List();
    if (!entries.ok()) return entries.status();
    if (!entries->empty()) name.type = FileType::kOther;
  } else {
    name.type = FileType::kOther;
  }
  return name;
}

}  // namespace extgate
