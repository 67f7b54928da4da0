// Way in: DirectoryTree::Open.
#include "adapters/directory_tree.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/xattr.h>

#include <cerrno>

#include "adapters/io_status.h"

namespace extgate {

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

}  // namespace extgate
