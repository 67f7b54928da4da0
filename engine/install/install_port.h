// Where images are installed for a boot of each entry, and how they get there.
#ifndef EXTGATE_ENGINE_INSTALL_INSTALL_PORT_H_
#define EXTGATE_ENGINE_INSTALL_INSTALL_PORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"
#include "engine/ports.h"
#include "policy/facts.h"

namespace extgate {

// One directory that a boot of an entry gets images from. It need not be there
// yet.
struct InstallPlace {
  std::string directory;  // absolute, for people and below the root
  // Images of both classes lie there: a confext is called `NAME.confext.raw`.
  bool of_both_classes = false;
  size_t root = 0;    // the port's own: what it lies on
  std::string below;  // the port's own: its path there
  // The port's own: path there of the kernel image that it lies beside.
  std::string program;
  friend bool operator==(const InstallPlace&, const InstallPlace&) = default;
};

// No file on FAT is longer, in bytes.
inline constexpr uint64_t kMostOnFat = (uint64_t{1} << 32) - 1;

// The file system that a place lies on.
struct InstallVolume {
  size_t id = 0;             // equal for places of one
  uint64_t free_bytes = 0;   // what installing may take of it
  uint64_t block_bytes = 1;  // a file takes a multiple of that
  uint64_t most_bytes = 0;   // no file there can be longer
  bool shares = false;       // Share() works between its places
};

// A file of that name and size in a place.
struct InstalledFile {
  std::string name;
  uint64_t size_bytes = 0;
  friend bool operator==(const InstalledFile&, const InstalledFile&) = default;
};

// The places, as adapters find them or the fake host has them. File names are
// those of InstalledName() (installed_name.h).
class InstallPort {
 public:
  virtual ~InstallPort() = default;

  // The words (HostFacts::entry) of the entries that images can be installed
  // for, each once. NotFound: there is no place for any, and why; Unavailable,
  // PermissionDenied.
  virtual absl::StatusOr<std::vector<std::string>> Entries() = 0;

  // The places of `entry`; more than one where several boot entries go by that
  // word. NotFound: there is no such entry; kEveryEntry of the policy is one
  // where all get images from one directory.
  virtual absl::StatusOr<std::vector<InstallPlace>> PlacesOf(
      const std::string& entry, ImageClass image_class) = 0;

  // The places of `entry` that lie beside its kernel images, whose stub hands
  // on what a boot finds there. As PlacesOf; FailedPrecondition: images for it
  // are not handed on from there, and why.
  virtual absl::StatusOr<std::vector<InstallPlace>> PlacesBeside(
      const std::string& entry) = 0;

  // The kernel image that `place`, one of PlacesBeside(), lies beside. Errors
  // as of any file.
  virtual absl::StatusOr<std::unique_ptr<ImageReader>> KernelImageOf(
      const InstallPlace& place) = 0;

  // What lies there under names of images, of either class, by name; nothing
  // where the directory is not there. An empty file is none: it is what an
  // interrupted installation leaves. Errors as of any directory.
  virtual absl::StatusOr<std::vector<InstalledFile>> Files(
      const InstallPlace& place) = 0;

  // The size of the file `file_name` there, in bytes; nullopt where it is not
  // there, or is empty. Errors as of any directory.
  virtual absl::StatusOr<std::optional<uint64_t>> SizeOf(
      const InstallPlace& place, absl::string_view file_name) = 0;

  // As things are now; of a place that is not there yet, that of the directory
  // above it. Errors as of any directory.
  virtual absl::StatusOr<InstallVolume> VolumeOf(const InstallPlace& place) = 0;

  // A new file of `size_bytes` in `place`, under a name that nobody takes for
  // an image; it goes again unless it is committed. What an interrupted
  // installation left there is put right first. ResourceExhausted: no space;
  // PermissionDenied; Unavailable: I/O, or another process installs.
  virtual absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      const InstallPlace& place, uint64_t size_bytes) = 0;

  // Gives `file`, which Create() made in `place`, its name, over what had it.
  // All of it is on the disk by then: whatever happens meanwhile, a boot finds
  // the old file or the new one, or where there was none an empty one. Errors
  // as Create(): the old file is there.
  virtual absl::Status Commit(std::unique_ptr<PrivateFile> file,
                              const InstallPlace& place,
                              absl::string_view file_name) = 0;

  // Gives the file of that name in `from` the same name in `to`, of one volume
  // that `shares`, without another copy: a later installation replaces the one
  // and not the other. Errors as Commit().
  virtual absl::Status Share(const InstallPlace& from, const InstallPlace& to,
                             absl::string_view file_name) = 0;

  // Takes the file away; OK when it is gone already. Errors as Create().
  virtual absl::Status Remove(const InstallPlace& place,
                              absl::string_view file_name) = 0;

  // What was put right since it was asked last, in words for people.
  virtual std::vector<std::string> TakeRemarks() = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_INSTALL_PORT_H_
