// Where the parts of the world are: everything below --root, single places
// elsewhere for callers in an initramfs.
#ifndef EXTGATE_ADAPTERS_PLACES_H_
#define EXTGATE_ADAPTERS_PLACES_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/mount_view.h"
#include "adapters/root_dir.h"

namespace extgate {

// The options of every verb.
struct PlaceOptions {
  std::string root = "/";
  // Directories of the host that stand in for /run, /.extra and
  // /sys/firmware/efi/efivars of the root; empty: those of the root. With `run`
  // the root is the one this machine is about to change to, so that what the
  // kernel shows in /proc, /sys and /dev is the host's too: nothing is mounted
  // there in that root yet.
  std::string run;
  std::string extra;
  std::string efivars;
};

// A path and the root it is to be resolved below. The root must outlive it.
struct HostPath {
  const RootDir* root = nullptr;
  std::string path;  // absolute, no trailing slash

  HostPath operator/(absl::string_view below) const {
    return {root, absl::StrCat(path, "/", below)};
  }
};

// Immutable. Adapters keep a pointer to it: it must outlive them.
class Places {
 public:
  // Opens the roots. Errors as RootDir::Open; InvalidArgument when a place is
  // not an absolute path.
  static absl::StatusOr<Places> Open(const PlaceOptions& options);

  const RootDir& root() const { return *root_; }
  const HostPath& run() const { return run_; }
  const HostPath& extra() const { return extra_; }
  const HostPath& efivars() const { return efivars_; }

  // The root without what systemd has merged over it (merged_hierarchy.h),
  // where policy and os-release are read: no extension speaks for the system
  // below it. root() where nothing is merged, or with below_merged_error().
  const RootDir& below_merged() const {
    return below_merged_.has_value() ? below_merged_->root() : *root_;
  }
  // Why below_merged() is not what it should be; OK otherwise.
  const absl::Status& below_merged_error() const { return below_merged_error_; }

  // A path below --root.
  HostPath At(absl::string_view path) const {
    return {root_.get(), std::string(path)};
  }

  // The place of a path as it is shown to people: below run(), extra() or
  // efivars() where they stand elsewhere and the path begins so, what the
  // kernel shows where PlaceOptions says that it is, else below --root.
  HostPath Find(absl::string_view path) const;

 private:
  Places() = default;

  std::unique_ptr<RootDir> root_;
  std::unique_ptr<RootDir> host_;    // `/`; null unless a place is overridden
  const RootDir* kernel_ = nullptr;  // of /proc, /sys and /dev
  std::optional<MountView> below_merged_;
  absl::Status below_merged_error_;
  HostPath run_;
  HostPath extra_;
  HostPath efivars_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_PLACES_H_
