// Image files of one directory, and the signature that belongs to them
// (signature_file.h), put there and taken away so that a power cut
// at any instant leaves the old one or the new one.
//
// Elsewhere than on FAT: a hidden file, written, synced, renamed, the directory
// synced. FAT as Linux writes it (fs/fat) needs more care:
// - The slot of a file that grows may reach the disk before the table that
//   marks its clusters; to remove what is left of such a file would make the
//   kernel give the file system up. So its clusters are reserved first
//   (fallocate(2), FALLOC_FL_KEEP_SIZE) and the table is synced, by the block
//   device, while the slot still says that the file is empty.
// - rename(2) to a new name makes an empty slot, then fills it, then removes
//   the old one; over a file it fills that file's slot by one write. Done while
//   the file system writes synchronously (entry_files.h) the steps reach the
//   disk in that order. So after a cut there is the old file; or an empty one,
//   which is no image to anybody; or the new one.
// - Where the old name is still there besides, both are one chain of clusters,
//   and to remove either would free those of the other: it is left alone.
//   FIBMAP tells.
#ifndef EXTGATE_ADAPTERS_IMAGE_FOLDER_H_
#define EXTGATE_ADAPTERS_IMAGE_FOLDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "adapters/directory.h"
#include "adapters/unique_fd.h"
#include "engine/install/install_port.h"
#include "engine/ports.h"

namespace extgate {

// How the names of files begin that are not images yet: hidden to systemd, and
// to systemd-stub for their suffix.
inline constexpr char kIncompletePrefix[] = ".extgate-";

enum class FolderKind {
  kFat,       // on Linux' vfat
  kOrdinary,  // where rename(2) is one step
};

// Not thread-safe; unlinked when it goes, unless it was released.
class IncompleteImage : public PrivateFile {
 public:
  IncompleteImage(Directory folder, std::string name, UniqueFd fd,
                  uint64_t size_bytes)
      : folder_(std::move(folder)),
        name_(std::move(name)),
        fd_(std::move(fd)),
        size_bytes_(size_bytes) {}
  ~IncompleteImage() override;

  uint64_t size_bytes() const override { return size_bytes_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;
  absl::Status WriteAt(uint64_t offset,
                       absl::Span<const uint8_t> bytes) override;

  // Takes all the room that it will need, before it is written to; on FAT that
  // is on the disk then. ResourceExhausted: there is not so much; other errors
  // as ErrnoStatus().
  absl::Status Reserve(FolderKind kind);
  // Brings all of it to the disk and closes it. Errors as ErrnoStatus().
  absl::Status Finish();
  const std::string& name() const { return name_; }
  // It has another name now.
  void Release() { name_.clear(); }

 private:
  Directory folder_;
  std::string name_;
  UniqueFd fd_;
  uint64_t size_bytes_;
};

// Not for two writers at once. On FAT all but Create() are to be called while
// the file system writes synchronously; Create() too where the block device
// cannot be opened (CanReserve).
class ImageFolder {
 public:
  // `after_change` is called after each system call that changes the disk.
  ImageFolder(
      Directory folder, FolderKind kind,
      std::function<void()> after_change = [] {})
      : folder_(std::move(folder)),
        kind_(kind),
        after_change_(std::move(after_change)) {}

  // The images there, by name: regular files that are neither hidden nor empty,
  // and links (Kairos' own tool makes them, to one file for all entries), whose
  // size is that of the link. Errors as Directory::List.
  absl::StatusOr<std::vector<InstalledFile>> Files() const;

  // The size of the regular file `name`, in bytes; nullopt where there is none,
  // or it is empty. Errors as Directory.
  absl::StatusOr<std::optional<uint64_t>> SizeOf(absl::string_view name) const;

  // Removes what interrupted calls left: hidden files, unless they may be one
  // chain with another, and on FAT empty images and signatures. What it did, or
  // could not, in words. Errors of reading and removing, as Directory.
  absl::StatusOr<std::vector<std::string>> Repair() const;

  // A new file of `size_bytes`. ResourceExhausted: no space.
  absl::StatusOr<std::unique_ptr<IncompleteImage>> Create(
      uint64_t size_bytes) const;

  // Gives `file` its name, over what has it. `file` was finished.
  // FailedPrecondition: what has it shares its clusters; errors as
  // Directory::Replace. `file` is as it was then.
  absl::Status Commit(IncompleteImage& file, const std::string& name) const;

  // A second name for the file `name` of `from`, over what has it; not on FAT.
  // Errors as ErrnoStatus(): what had it is there.
  absl::Status Share(const Directory& from, const std::string& name) const;

  // OK when there is none. FailedPrecondition: it shares its clusters.
  absl::Status Remove(const std::string& name) const;

  const Directory& directory() const { return folder_; }

 private:
  absl::Status Sync() const;
  absl::Status CheckAlone(const std::string& name,
                          absl::string_view ours) const;

  Directory folder_;
  FolderKind kind_;
  std::function<void()> after_change_;
};

// Whether Create() can reserve clusters in order on the file system of
// `folder`: its block device can be opened.
bool CanReserve(const Directory& folder);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_IMAGE_FOLDER_H_
