// `NAME.raw.v/`: a directory of versions of one image, of which systemd takes
// one.
#ifndef EXTGATE_ENGINE_VERSIONED_DIRECTORY_H_
#define EXTGATE_ENGINE_VERSIONED_DIRECTORY_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/facts.h"
#include "policy/values.h"

namespace extgate {

// First version of systemd that looks into them. Older ones take such a
// directory for a plain one.
inline constexpr int kPicksVersionsSince = 256;

// How systemd of `version` understands them; an unknown one (0) as the newest.
inline bool PicksVersions(int version) {
  return version == 0 || version >= kPicksVersionsSince;
}

// Whether a directory `NAME.mstack` is called NAME: from 260 on, when systemd
// gained such stacks of layers. It merges none of them.
inline bool KnowsStacks(int version) { return version == 0 || version >= 260; }
inline constexpr absl::string_view kStackSuffix = ".mstack";

// What the name of a versioned directory says.
struct VersionedDirectory {
  // The file name that the picked version stands for: `k3s.sysext.raw` of
  // `k3s.sysext.raw.v`.
  std::string file_name;
  // All versions are called NAME_VERSION[_ARCH][+LEFT[-DONE]]SUFFIX.
  std::string name;    // `k3s`
  std::string suffix;  // `.sysext.raw`
  // Whether they are plain directories, not images: `k3s.v`.
  bool of_directories = false;
};

// nullopt when `directory_name` does not name one for systemd of that version.
std::optional<VersionedDirectory> ParseVersionedDirectory(
    absl::string_view directory_name, ImageClass image_class,
    int systemd_version);

// What an entry is, symlinks followed. kWanted: of the kind that the directory
// is for, a block device in the place of an image file included.
enum class VersionKind { kWanted, kOther, kMissing };

// The entry of `directory` that systemd of `host` picks among `entries`;
// nullopt when it passes the directory over. Those with tries left come before
// those without, then the newer version, then the host's own architecture
// before its 32-bit sibling before none, then more tries left, fewer done, the
// later name. Entries of other architectures and of names it cannot read do not
// count. By version of systemd:
//   up to 257  the best name is picked, whatever it is: if it is not of the
//              wanted kind there is no pick.
//   258 on     what is not of the wanted kind does not count; a symlink to
//              nowhere means that there is no pick.
//   up to 261  a version may have letters, digits and `.,_-+`.
//   262 on     letters, digits and `.-~^`.
// `kind_of` is asked about entries whose name counts. Source: systemd.v(7),
// and src/shared/vpick.c of 257 and 262; pull request 43025 for 262.
std::optional<std::string> PickVersion(
    const VersionedDirectory& directory,
    const std::vector<std::string>& entries, const HostFacts& host,
    const std::function<VersionKind(const std::string& entry)>& kind_of);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_VERSIONED_DIRECTORY_H_
