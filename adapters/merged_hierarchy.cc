// Ways in: MergedHierarchies, MergedExtensions, UnmergeElsewhere.
#include "adapters/merged_hierarchy.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "adapters/mount_table.h"
#include "adapters/mount_view.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxDevice = 64;                  // bytes of "MAJOR:MINOR\n"
constexpr uint64_t kMaxNames = uint64_t{256} << 10;  // bytes of a list

// Where systemd merges unless it is told otherwise.
constexpr const char* kUsual[] = {"/usr", "/opt", "/etc"};

// The directory in which systemd tells of an overlay of that class.
const char* NotesOf(ImageClass image_class) {
  return image_class == ImageClass::kSysext ? ".systemd-sysext"
                                            : ".systemd-confext";
}

// Whether `path` is the root of an overlayfs; its device then.
std::optional<std::string> OverlayDevice(const RootDir& root,
                                         absl::string_view path) {
  auto top = root.OpenAt(path, O_PATH | O_DIRECTORY);
  struct statfs system;
  struct statx info;
  if (!top.ok() || fstatfs(top->get(), &system) != 0 ||
      system.f_type != OVERLAYFS_SUPER_MAGIC ||
      statx(top->get(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, &info) != 0) {
    return std::nullopt;
  }
  // Kernels before 5.8 do not tell.
  if ((info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
      (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
    return std::nullopt;
  }
  return absl::StrCat(info.stx_dev_major, ":", info.stx_dev_minor);
}

bool LiesBelowOneOf(absl::string_view path,
                    const std::vector<std::string>& directories) {
  return absl::c_any_of(directories, [path](const std::string& directory) {
    return path == directory ||
           absl::StartsWith(path, absl::StrCat(directory, "/"));
  });
}

// Shorter paths first, so that what lies in an overlay comes after it.
std::vector<std::string> PlacesToLook(const RootDir& root) {
  std::vector<std::string> places(std::begin(kUsual), std::end(kUsual));
  for (std::string& path : OverlayMounts(root)) {
    if (!absl::c_linear_search(places, path)) places.push_back(std::move(path));
  }
  absl::c_stable_sort(places, [](const std::string& a, const std::string& b) {
    return a.size() < b.size();
  });
  return places;
}

// The root of an overlayfs that may be systemd's.
struct Overlay {
  std::string path;
  std::string device;
};

std::vector<Overlay> OverlaysAt(const RootDir& root) {
  std::vector<Overlay> overlays;
  for (std::string& path : PlacesToLook(root)) {
    if (auto device = OverlayDevice(root, path)) {
      overlays.push_back({std::move(path), *std::move(device)});
    }
  }
  return overlays;
}

// Whether systemd says of `overlay` that it is of that class.
bool IsMergedBy(ImageClass image_class, const RootDir& root,
                const Overlay& overlay) {
  auto noted = root.ReadSmallFile(
      absl::StrCat(overlay.path, "/", NotesOf(image_class), "/dev"),
      kMaxDevice);
  return noted.ok() && absl::StripAsciiWhitespace(*noted) == overlay.device;
}

}  // namespace

std::vector<std::string> MergedHierarchies(const RootDir& root) {
  std::vector<std::string> outermost;
  for (Overlay& overlay : OverlaysAt(root)) {
    if ((IsMergedBy(ImageClass::kSysext, root, overlay) ||
         IsMergedBy(ImageClass::kConfext, root, overlay)) &&
        !LiesBelowOneOf(overlay.path, outermost)) {
      outermost.push_back(std::move(overlay.path));
    }
  }
  return outermost;
}

std::set<std::string> MergedExtensions(const RootDir& root,
                                       ImageClass image_class) {
  std::set<std::string> names;
  const char* list =
      image_class == ImageClass::kSysext ? "extensions" : "confexts";
  for (const Overlay& overlay : OverlaysAt(root)) {
    if (!IsMergedBy(image_class, root, overlay)) continue;
    auto text = root.ReadSmallFile(
        absl::StrCat(overlay.path, "/", NotesOf(image_class), "/", list),
        kMaxNames);
    if (!text.ok()) continue;
    for (absl::string_view name :
         absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
      names.emplace(name);
    }
  }
  return names;
}

absl::Status UnmergeElsewhere(const RootDir& root, ImageClass image_class,
                              const std::vector<std::string>& hierarchies) {
  std::set<std::string> kept;  // devices, since a hierarchy may be a symlink
  for (const std::string& path : hierarchies) {
    if (auto device = OverlayDevice(root, path)) kept.insert(*device);
  }
  // All of them before the first goes: what lies in one goes with it.
  std::vector<std::string> stale;
  for (Overlay& overlay : OverlaysAt(root)) {
    if (!kept.contains(overlay.device) &&
        IsMergedBy(image_class, root, overlay)) {
      stale.push_back(std::move(overlay.path));
    }
  }
  absl::Status first;
  for (const std::string& path : stale) {
    first.Update(DetachMount(root, path, "cannot unmerge"));
  }
  return first;
}

}  // namespace extgate
