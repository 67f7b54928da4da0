// Way in: SidecarOf.
#include "adapters/sidecar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr absl::string_view kSuffixes[] = {
    ".roothash", ".roothash.p7s", ".usrhash", ".usrhash.p7s", ".verity"};
constexpr const char* kAttributes[] = {"user.verity.roothash",
                                       "user.verity.usrhash"};
// Of the kernel, MAXSYMLINKS.
constexpr int kMostLinks = 40;

absl::string_view FolderOf(absl::string_view path) {
  return path.substr(0, path.rfind('/'));
}

std::string FileBeside(const HostPath& image) {
  const absl::string_view stem = absl::StripSuffix(image.path, ".raw");
  for (absl::string_view suffix : kSuffixes) {
    std::string path = absl::StrCat(stem, suffix);
    if (image.root->Exists(path)) return path;
  }
  return "";
}

// Where the symlink at `path` leads; "" where it is none. Directories on the
// way are for whoever opens it.
std::string TargetOf(const HostPath& path) {
  auto folder = path.root->OpenDirectory(FolderOf(path.path));
  if (!folder.ok()) return "";
  auto target = folder->ReadLink(path.path.substr(path.path.rfind('/') + 1));
  if (!target.ok()) return "";
  if (absl::StartsWith(*target, "/")) return *std::move(target);
  return absl::StrCat(FolderOf(path.path), "/", *target);
}

}  // namespace

std::string SidecarOf(const HostPath& image) {
  auto fd = image.root->OpenAt(image.path, O_PATH);
  struct stat info;
  if (!fd.ok() || fstat(fd->get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return "";
  }
  HostPath place = image;
  for (int links = 0; links < kMostLinks && !place.path.empty(); ++links) {
    std::string beside = FileBeside(place);
    if (!beside.empty()) return beside;
    place.path = TargetOf(place);
  }
  // By its link in /proc: fgetxattr(2) takes no path descriptor.
  const std::string link = absl::StrCat("/proc/self/fd/", fd->get());
  for (const char* attribute : kAttributes) {
    if (getxattr(link.c_str(), attribute, nullptr, 0) >= 0) return attribute;
  }
  return "";
}

}  // namespace extgate
