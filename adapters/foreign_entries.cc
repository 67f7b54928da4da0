// Ways in: TakeApart for a whole directory, Take for one entry.
#include "adapters/foreign_entries.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

constexpr char kOlder[] = "older";
constexpr int kMaxOlder = 65536;

// Where relative `target` of a symlink in directory `base` leads, without
// looking at anything: what stays inside `base` stays relative, because the
// other entries move along.
std::string Rebase(absl::string_view base, absl::string_view target) {
  if (absl::StartsWith(target, "/")) return std::string(target);
  std::vector<absl::string_view> parts =
      absl::StrSplit(base, '/', absl::SkipEmpty());
  const size_t depth = parts.size();
  size_t least = depth;
  for (absl::string_view part :
       absl::StrSplit(target, '/', absl::SkipEmpty())) {
    if (part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
      least = std::min(least, parts.size());
    }
  }
  if (least == depth) return std::string(target);
  return absl::StrCat("/", absl::StrJoin(parts, "/"));
}

}  // namespace

ForeignEntries::ForeignEntries(const Directory& own, ImageClass image_class,
                               std::string live_path)
    : own_(&own),
      class_(ToWord(image_class)),
      live_path_(std::move(live_path)) {}

absl::StatusOr<Directory> ForeignEntries::Open() const {
  auto foreign = own_->MakeDirectory(kForeignDirectory, 0700);
  if (!foreign.ok()) return foreign.status();
  return foreign->MakeDirectory(class_, 0700);
}

absl::Status ForeignEntries::PutAside(const Directory& foreign,
                                      const std::string& name) {
  auto parent = own_->MakeDirectory(kForeignDirectory, 0700);
  for (absl::string_view part :
       {absl::string_view(kOlder), absl::string_view(class_)}) {
    if (!parent.ok()) return parent.status();
    parent = parent->MakeDirectory(part, 0700);
  }
  if (!parent.ok()) return parent.status();
  for (int number = 1; number < kMaxOlder; ++number) {
    const std::string folder = absl::StrCat(number);
    auto place = parent->MakeDirectory(folder, 0700);
    if (!place.ok()) return place.status();
    if (place->TypeOf(name).ok()) continue;
    absl::Status moved = foreign.Move(name, *place, name);
    if (moved.ok()) {
      // Only the first that had the name is the one that was looked at.
      put_aside_.try_emplace(
          name, absl::StrCat(kForeignDirectory, "/", kOlder, "/", class_, "/",
                             folder, "/", name));
    }
    return moved;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("too many entries in ", parent->path()));
}

absl::Status ForeignEntries::Take(const Directory& from,
                                  const StagedName& entry) {
  auto foreign = Open();
  if (!foreign.ok()) return foreign.status();
  const std::string& name = entry.file_name;
  const bool taken = foreign->TypeOf(name).ok();
  if (entry.type != FileType::kSymlink) {
    if (taken) {
      absl::Status status = PutAside(*foreign, name);
      if (!status.ok()) return status;
    }
    return from.Move(name, *foreign, name);
  }
  const std::string target = Rebase(live_path_, entry.target);
  if (taken) {
    // The same link again, of a run that died here or of a service that makes
    // it at every start.
    auto there = foreign->ReadLink(name);
    if (there.ok() && *there == target) return from.Remove(name);
    absl::Status status = PutAside(*foreign, name);
    if (!status.ok()) return status;
  }
  absl::Status status = foreign->MakeSymlink(target, name);
  if (!status.ok()) return status;
  return from.Remove(name);
}

absl::Status ForeignEntries::TakeForeign(const Directory& from,
                                         const SetRecord& record) {
  auto entries = from.List();
  if (!entries.ok()) return entries.status();
  absl::Status first;
  for (const DirectoryEntry& entry : *entries) {
    auto described = DescribeEntry(from, entry);
    if (absl::IsNotFound(described.status())) continue;
    if (!described.ok()) {
      first.Update(described.status());
    } else if (!record.Owns(*described) && kept_.count(*described) == 0) {
      first.Update(Take(from, *described));
    }
  }
  return first;
}

absl::Status ForeignEntries::TakeApart(const Directory& from,
                                       const SetRecord& record) {
  absl::Status first = TakeForeign(from, record);
  if (!first.ok()) return first;
  auto entries = from.List();
  if (!entries.ok()) return entries.status();
  for (const DirectoryEntry& entry : *entries) {
    // What came meanwhile, and is not ours, the next round takes.
    auto described = DescribeEntry(from, entry);
    if (!described.ok() ||
        (!record.Owns(*described) && kept_.count(*described) == 0)) {
      continue;
    }
    first.Update(entry.type == FileType::kDirectory
                     ? from.RemoveDirectory(entry.name)
                     : from.Remove(entry.name));
  }
  return first;
}

std::string ForeignEntries::Locate(absl::string_view path) const {
  const std::string run(live_path_.substr(0, live_path_.rfind('/')));
  absl::string_view name = path;
  if (absl::ConsumePrefix(&name, absl::StrCat(live_path_, "/"))) {
    return absl::StrCat(kForeignDirectory, "/", class_, "/", name);
  }
  name = path;
  if (!absl::ConsumePrefix(&name,
                           absl::StrCat(run, "/", kPrivateDirectory, "/",
                                        kForeignDirectory, "/", class_, "/"))) {
    return "";
  }
  // The entry itself, or something in it: a version in its directory.
  const size_t slash = std::min(name.find('/'), name.size());
  const auto aside = put_aside_.find(std::string(name.substr(0, slash)));
  if (aside != put_aside_.end()) {
    return absl::StrCat(aside->second, name.substr(slash));
  }
  return absl::StrCat(kForeignDirectory, "/", class_, "/", name);
}

}  // namespace extgate
