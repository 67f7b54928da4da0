// Way in: DirectoryTree::Open. Walk() goes by open directories, one a level, so
// that no path is resolved twice.
#include "adapters/directory_tree.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/directory.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

// One directory of a walk, and what of it is still to visit, last first.
struct Level {
  Directory directory;
  std::vector<DirectoryEntry> pending;
  size_t path_size = 0;  // of the directory's own path
};

// A file that was looked at.
struct Found {
  NodeFacts facts;
  std::pair<dev_t, ino_t> identity;
};

// Those of kWalkedXattrs that the file behind `fd`, a path descriptor, has.
absl::Status ReadWalkedXattrs(int fd, absl::string_view path,
                              NodeFacts& facts) {
  // By the descriptor's link in /proc: fgetxattr(2) takes no path descriptor,
  // and a device or FIFO must not be opened.
  const std::string link = absl::StrCat("/proc/self/fd/", fd);
  ssize_t size = listxattr(link.c_str(), nullptr, 0);
  if (size == 0 || (size < 0 && errno == ENOTSUP)) return absl::OkStatus();
  std::string names(XATTR_LIST_MAX, '\0');
  if (size > 0) size = listxattr(link.c_str(), names.data(), names.size());
  if (size < 0) return ErrnoStatus(errno, "cannot list attributes of", path);
  names.resize(static_cast<size_t>(size));
  for (absl::string_view name : absl::StrSplit(names, '\0')) {
    if (!IsWalkedXattr(name)) continue;
    std::string value(XATTR_SIZE_MAX, '\0');
    const ssize_t length = getxattr(link.c_str(), std::string(name).c_str(),
                                    value.data(), value.size());
    if (length < 0) {
      if (errno == ENODATA) continue;
      return ErrnoStatus(errno, "cannot read attributes of", path);
    }
    value.resize(static_cast<size_t>(length));
    facts.xattrs.emplace(std::string(name), std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<Found> LookAt(int fd, absl::string_view path) {
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", path);
  }
  Found found;
  found.identity = {info.st_dev, info.st_ino};
  found.facts.type = FileTypeOfMode(info.st_mode);
  found.facts.size_bytes = static_cast<uint64_t>(info.st_size);
  found.facts.permissions = info.st_mode & 07777;
  found.facts.uid = info.st_uid;
  found.facts.gid = info.st_gid;
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
    found.facts.device_major = major(info.st_rdev);
    found.facts.device_minor = minor(info.st_rdev);
  }
  if (found.facts.type == FileType::kSymlink) {
    std::string target(PATH_MAX, '\0');
    const ssize_t size = readlinkat(fd, "", target.data(), target.size());
    if (size < 0) return ErrnoStatus(errno, "cannot read", path);
    found.facts.target = target.substr(0, static_cast<size_t>(size));
  }
  absl::Status xattrs = ReadWalkedXattrs(fd, path, found.facts);
  if (!xattrs.ok()) return xattrs;
  return found;
}

absl::StatusOr<Level> Enter(Directory directory, absl::string_view path,
                            uint64_t& names) {
  auto entries = directory.List();
  if (!entries.ok()) return entries.status();
  names += entries->size();
  if (names > kMaxWalkedNames) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the directory has more than ", kMaxWalkedNames, " names below it"));
  }
  std::reverse(entries->begin(), entries->end());
  return Level{std::move(directory), *std::move(entries), path.size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryTree>> DirectoryTree::Open(
    const RootDir& root, absl::string_view path) {
  auto fd = root.OpenAt(path, O_RDONLY | O_DIRECTORY);
  if (!fd.ok()) return fd.status();
  return std::unique_ptr<DirectoryTree>(
      new DirectoryTree(RootDir(*std::move(fd))));
}

absl::StatusOr<FileType> DirectoryTree::TypeOf(absl::string_view path) {
  return root_.TypeOf(path);
}

absl::StatusOr<std::vector<DirectoryEntry>> DirectoryTree::List(
    absl::string_view path) {
  return root_.ListDirectory(path);
}

absl::StatusOr<std::string> DirectoryTree::ReadFile(absl::string_view path,
                                                    uint64_t limit_bytes) {
  return root_.ReadSmallFile(path, limit_bytes);
}

absl::StatusOr<std::optional<std::string>> DirectoryTree::Xattr(
    absl::string_view path, absl::string_view name) {
  auto type = root_.TypeOf(path);
  if (!type.ok()) return type.status();
  // user.* attributes exist on regular files and directories only: xattr(7).
  if (*type != FileType::kRegular && *type != FileType::kDirectory) {
    return std::optional<std::string>();
  }
  auto fd = root_.OpenAt(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.ok()) return fd.status();
  std::string value(XATTR_SIZE_MAX, '\0');
  const ssize_t size = fgetxattr(fd->get(), std::string(name).c_str(),
                                 value.data(), value.size());
  if (size < 0) {
    if (errno == ENODATA || errno == ENOTSUP) {
      return std::optional<std::string>();
    }
    return ErrnoStatus(errno, "cannot read attributes of", path);
  }
  value.resize(static_cast<size_t>(size));
  return std::optional<std::string>(std::move(value));
}

absl::Status DirectoryTree::Walk(
    absl::FunctionRef<bool(absl::string_view, const NodeFacts&)> visit) {
  std::string path;
  uint64_t names = 0;
  std::set<std::pair<dev_t, ino_t>> directories;
  auto top = root_.OpenDirectory("/");
  if (!top.ok()) return top.status();
  auto found = LookAt(top->fd(), "/");
  if (!found.ok()) return found.status();
  directories.insert(found->identity);
  if (!visit(path, found->facts)) return absl::OkStatus();
  auto level = Enter(*std::move(top), path, names);
  if (!level.ok()) return level.status();
  std::vector<Level> levels;
  levels.push_back(*std::move(level));
  while (!levels.empty()) {
    Level& in = levels.back();
    path.resize(in.path_size);
    if (in.pending.empty()) {
      levels.pop_back();
      continue;
    }
    const std::string name = std::move(in.pending.back().name);
    in.pending.pop_back();
    absl::StrAppend(&path, path.empty() ? "" : "/", name);
    if (levels.size() > kMaxWalkedDepth) {
      return absl::ResourceExhaustedError(
          absl::StrCat(QuotePath(path), " is more than ", kMaxWalkedDepth,
                       " directories deep"));
    }
    auto fd = in.directory.Open(name, O_PATH);
    if (absl::IsNotFound(fd.status())) continue;
    if (!fd.ok()) return fd.status();
    found = LookAt(fd->get(), path);
    if (!found.ok()) return found.status();
    const bool directory = found->facts.type == FileType::kDirectory;
    if (directory && !directories.insert(found->identity).second) {
      return absl::DataLossError(absl::StrCat("the directory ", QuotePath(path),
                                              " stands in another place too"));
    }
    if (!visit(path, found->facts)) return absl::OkStatus();
    if (!directory) continue;
    level = Enter(Directory(*std::move(fd), path), path, names);
    if (!level.ok()) return level.status();
    levels.push_back(*std::move(level));
  }
  return absl::OkStatus();
}

}  // namespace extgate
