// New names for files of boot entries, so that a power cut at any instant
// leaves a whole one.
//
// FAT as Linux writes it has no such rename. rename(2) of vfat adds the new
// slot with size 0, writes the inode into it, then removes the old slot, and
// these reach the disk in any order: the old one may be gone before the new one
// has its clusters. fsync(2) of a file writes its slot before the table that
// marks its clusters as used; unlink(2) may free them before their slot is
// gone. And two slots of one chain of clusters, as a rename that was cut short
// leaves them, are beyond repair by unlink(2), which frees the chain of both.
//
// So all of it happens while the file system writes synchronously
// (DirectoryWrites::kSynchronous; fs/fat of Linux: each step is on the disk
// before the next, clusters are marked before a slot names them and freed when
// none does any more), and
// - a description is copied: a new file under the new name, written, synced,
//   its directory synced, and only then is the old one removed and the
//   directory synced again. At each instant the old or the new one is whole;
//   of the other there is nothing, an empty file (systemd-boot shows none), or
//   a whole one too, of clusters of its own.
// - a UKI, too large to be copied, is renamed. There is the old one; also an
//   empty new one; two names of one chain; or the new one alone.
// A disk whose cache forgets what it has acknowledged, and out of order, can
// break that between two syncs, as it can break the rename that systemd-boot
// itself does at each counted boot.
#ifndef EXTGATE_ADAPTERS_ENTRY_FILES_H_
#define EXTGATE_ADAPTERS_ENTRY_FILES_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/directory.h"
#include "engine/boot/entry_name.h"

namespace extgate {

// The files of one directory of entries. Not for two writers at once.
class EntryFiles {
 public:
  // `after_change` is called after each system call that changes the disk.
  explicit EntryFiles(
      Directory directory, std::function<void()> after_change = [] {})
      : directory_(std::move(directory)),
        after_change_(std::move(after_change)) {}

  // Puts right what an interrupted change left. An empty file goes where there
  // is a whole one of the same id. Of descriptions of one id and equal content
  // one stays: the counted one rather than the one that is not, and the one
  // with fewer tries left. UKIs of one id may share their clusters, and are
  // left alone, as is all else. Returns what was removed, in words. Errors of
  // reading and removing, as Directory.
  absl::StatusOr<std::vector<std::string>> Repair() const;

  // Gives the file called `from` the name `to`; its spelling need not be
  // from.With(from.tries()). OK when only `to` is there. NotFound: neither is;
  // FailedPrecondition: `to` is there and another one, or of a UKI another file
  // is the same entry; ResourceExhausted: no space; PermissionDenied,
  // Unavailable. On errors `from` is as it was.
  absl::Status Rename(const EntryName& from, const std::string& to) const;

 private:
  absl::Status Copy(const std::string& from, const std::string& to) const;
  absl::Status Write(const std::string& name, absl::string_view bytes) const;
  absl::Status Sync() const;
  absl::Status RemoveSynced(const std::string& name) const;
  absl::StatusOr<bool> IsEmpty(const std::string& name) const;

  Directory directory_;
  std::function<void()> after_change_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_ENTRY_FILES_H_
