// Ways in: Repair and Rename.
#include "adapters/entry_files.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/boot_entries.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

// A file that may be one of an entry's.
struct EntryFile {
  std::string file_name;
  EntryName name;
};

using FilesById = std::map<std::string, std::vector<EntryFile>>;

absl::StatusOr<FilesById> ListById(const Directory& directory) {
  const auto listed = directory.List();
  if (!listed.ok()) return listed.status();
  FilesById files;
  for (const DirectoryEntry& entry : *listed) {
    auto name = EntryName::Parse(entry.name);
    if (!name.has_value() || entry.type != FileType::kRegular) continue;
    const std::string id = absl::AsciiStrToLower(name->WithoutTries());
    files[id].push_back({entry.name, *std::move(name)});
  }
  return files;
}

// Which of two whole files of one entry is to stay: what says less of tries to
// come. A bless that was cut short is done again, a failed boot stays failed.
bool Stays(const EntryFile& a, const EntryFile& b) {
  const auto& mine = a.name.tries();
  const auto& theirs = b.name.tries();
  if (!mine.has_value() || !theirs.has_value()) return mine.has_value();
  if (mine->left != theirs->left) return mine->left < theirs->left;
  return mine->done > theirs->done;
}

std::string Both(const EntryFile& a, const EntryFile& b) {
  return absl::StrCat(QuotePath(a.file_name), " and ", QuotePath(b.file_name));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> EntryFiles::Repair() const {
  auto files = ListById(directory_);
  if (!files.ok()) return files.status();
  std::vector<std::string> done;
  const auto remove = [&](const EntryFile& file, absl::string_view why) {
    absl::Status status = RemoveSynced(file.file_name);
    if (status.ok()) {
      done.push_back(absl::StrCat(
          "removed ", QuotePath(directory_.PathOf(file.file_name)), ": ", why));
    }
    return status;
  };
  for (auto& [id, twins] : *files) {
    if (twins.size() < 2) continue;
    std::vector<EntryFile> whole;
    std::vector<EntryFile> empty;
    for (const EntryFile& file : twins) {
      const auto is_empty = IsEmpty(file.file_name);
      if (!is_empty.ok()) return is_empty.status();
      (*is_empty ? empty : whole).push_back(file);
    }
    if (whole.empty()) continue;
    for (const EntryFile& file : empty) {
      absl::Status status = remove(file, "it is empty, and another is whole");
      if (!status.ok()) return status;
    }
    if (whole.front().name.kind() == BootFileKind::kUki) continue;
    std::sort(whole.begin(), whole.end(), Stays);
    const auto kept =
        directory_.ReadFile(whole.front().file_name, kMaxDescription);
    if (!kept.ok()) return kept.status();
    for (size_t i = 1; i < whole.size(); ++i) {
      const auto text =
          directory_.ReadFile(whole[i].file_name, kMaxDescription);
      if (!text.ok()) return text.status();
      if (*text != *kept) continue;
      absl::Status status = remove(
          whole[i],
          absl::StrCat("it is a copy of ", QuotePath(whole.front().file_name)));
      if (!status.ok()) return status;
    }
  }
  return done;
}

absl::Status EntryFiles::Rename(const EntryName& from,
                                const std::string& to) const {
  auto files = ListById(directory_);
  if (!files.ok()) return files.status();
  const std::vector<EntryFile>& twins =
      (*files)[absl::AsciiStrToLower(from.WithoutTries())];
  const EntryFile* source = nullptr;
  const EntryFile* target = nullptr;
  for (const EntryFile& file : twins) {
    if (absl::EqualsIgnoreCase(file.file_name, to)) target = &file;
    if (file.name == from) source = &file;
  }
  if (source == target && source != nullptr) return absl::OkStatus();
  if (source == nullptr) {
    return target != nullptr
               ? absl::OkStatus()
               : absl::NotFoundError(absl::StrCat(
                     QuotePath(directory_.PathOf(from.With(from.tries()))),
                     " is gone"));
  }
  if (from.kind() == BootFileKind::kUki && twins.size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(Both(twins[0], twins[1]),
                     " are one boot entry and may be one file: run fsck.vfat "
                     "before its counters are changed"));
  }
  if (target != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(Both(*source, *target), " are both there, and not alike"));
  }
  if (from.kind() == BootFileKind::kConf) return Copy(source->file_name, to);
  absl::Status status = directory_.Move(source->file_name, directory_, to);
  if (!status.ok()) return status;
  after_change_();
  return Sync();
}

absl::Status EntryFiles::Copy(const std::string& from,
                              const std::string& to) const {
  const auto text = directory_.ReadFile(from, kMaxDescription);
  if (!text.ok()) return text.status();
  if (text->empty()) {
    return absl::NotFoundError(
        absl::StrCat(QuotePath(directory_.PathOf(from)), " is empty"));
  }
  absl::Status status = Write(to, *text);
  if (!status.ok()) {
    // The first error is the one to tell; what is left is repaired later.
    directory_.Remove(to).IgnoreError();
    return status;
  }
  return RemoveSynced(from);
}

absl::Status EntryFiles::Write(const std::string& name,
                               absl::string_view bytes) const {
  const auto file = directory_.Open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!file.ok()) return file.status();
  after_change_();
  absl::Status status = WriteAll(file->get(), bytes, directory_.PathOf(name));
  if (!status.ok()) return status;
  after_change_();
  status = SyncFd(file->get(), directory_.PathOf(name));
  if (!status.ok()) return status;
  after_change_();
  return Sync();
}

absl::Status EntryFiles::Sync() const {
  absl::Status status = SyncFd(directory_.fd(), directory_.path());
  if (status.ok()) after_change_();
  return status;
}

absl::Status EntryFiles::RemoveSynced(const std::string& name) const {
  absl::Status status = directory_.Remove(name);
  if (!status.ok()) return status;
  after_change_();
  return Sync();
}

absl::StatusOr<bool> EntryFiles::IsEmpty(const std::string& name) const {
  const auto size = directory_.SizeOf(name);
  if (!size.ok()) return size.status();
  return *size == 0;
}

}  // namespace extgate
