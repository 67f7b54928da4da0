// Ways in: CopyTree and RemoveTree. Both go by open directories, one a level,
// so that no path of somebody else's is resolved.
#include "adapters/tree_copy.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/io_status.h"
#include "adapters/staged_file.h"
#include "adapters/unique_fd.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/filesystem.h"

namespace extgate {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;

using Attributes = std::map<std::string, std::string>;

std::string LinkOf(int fd) { return absl::StrCat("/proc/self/fd/", fd); }

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

class TreeCopier {
 public:
  TreeCopier(const Directory& from, const Directory& to)
      : from_(from), to_(to), buffer_(kChunkBytes, '\0') {}

  absl::StatusOr<std::string> Go() {
    struct stat info;
    if (fstat(from_.fd(), &info) != 0) {
      return ErrnoStatus(errno, "cannot look at", from_.path());
    }
    device_ = info.st_dev;
    absl::Status status = CopyEntries(from_, to_, "", 1);
    if (status.ok()) status = Describe("", from_.fd(), info, to_.fd(), "");
    if (!status.ok()) return status;
    return digest_.Finish().hex();
  }

 private:
  absl::Status CopyEntries(const Directory& from, const Directory& to,
                           const std::string& path, size_t depth) {
    if (depth > kMaxWalkedDepth) {
      return absl::ResourceExhaustedError(
          absl::StrCat(QuotePath(from.path()), " is more than ",
                       kMaxWalkedDepth, " directories deep"));
    }
    auto entries = from.List();
    if (!entries.ok()) return entries.status();
    for (const DirectoryEntry& entry : *entries) {
      if (++names_ > kMaxWalkedNames) {
        return absl::ResourceExhaustedError(
            absl::StrCat(QuotePath(from_.path()), " has more than ",
                         kMaxWalkedNames, " names"));
      }
      absl::Status status = CopyEntry(
          from, to, entry.name,
          absl::StrCat(path, path.empty() ? "" : "/", entry.name), depth);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status CopyEntry(const Directory& from, const Directory& to,
                         const std::string& name, const std::string& path,
                         size_t depth) {
    auto fd = from.Open(name, O_PATH);
    if (!fd.ok()) return fd.status();
    struct stat info;
    if (fstat(fd->get(), &info) != 0) {
      return ErrnoStatus(errno, "cannot look at", from.PathOf(name));
    }
    if (info.st_dev != device_) {
      return absl::FailedPreconditionError(absl::StrCat(
          "another file system is mounted at ", QuotePath(from.PathOf(name))));
    }
    if (!S_ISDIR(info.st_mode) && info.st_nlink > 1) {
      const auto [first, is_new] = links_.try_emplace(info.st_ino, path);
      if (!is_new) return LinkTo(first->second, to, name, path);
    }
    absl::Status status;
    std::string content;
    if (S_ISDIR(info.st_mode)) {
      status = CopyDirectory(*fd, from, to, name, path, depth);
    } else if (S_ISREG(info.st_mode)) {
      auto copied = CopyFile(*fd, info, to, name);
      status = copied.status();
      if (copied.ok()) content = *std::move(copied);
    } else if (S_ISLNK(info.st_mode)) {
      std::string target(PATH_MAX, '\0');
      const ssize_t size =
          readlinkat(fd->get(), "", target.data(), target.size());
      if (size < 0) {
        return ErrnoStatus(errno, "cannot read link", from.PathOf(name));
      }
      target.resize(static_cast<size_t>(size));
      status = to.MakeSymlink(target, name);
      content = std::move(target);
    } else if (mknodat(to.fd(), name.c_str(), info.st_mode, info.st_rdev) !=
               0) {
      status = ErrnoStatus(errno, "cannot copy", from.PathOf(name));
    } else {
      content = absl::StrCat(major(info.st_rdev), ":", minor(info.st_rdev));
    }
    if (!status.ok()) return status;
    Add("file");
    Add(content);
    return Describe(path, fd->get(), info, to.fd(), name);
  }

  absl::Status CopyDirectory(const UniqueFd& seen, const Directory& from,
                             const Directory& to, const std::string& name,
                             const std::string& path, size_t depth) {
    // By what was looked at, not by its name again.
    UniqueFd opened(
        openat(seen.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.valid()) {
      return ErrnoStatus(errno, "cannot open", from.PathOf(name));
    }
    auto made = to.MakeDirectory(name, 0700);
    if (!made.ok()) return made.status();
    return CopyEntries(Directory(std::move(opened), from.PathOf(name)), *made,
                       path, depth + 1);
  }

  // The digest of what was copied.
  absl::StatusOr<std::string> CopyFile(const UniqueFd& seen,
                                       const struct stat& info,
                                       const Directory& to,
                                       const std::string& name) {
    const auto size = static_cast<uint64_t>(info.st_size);
    if (absl::Status space = CheckSpace(to, size); !space.ok()) return space;
    // It is a regular file: nothing waits, and no device is touched.
    const UniqueFd in(
        open(LinkOf(seen.get()).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!in.valid()) return ErrnoStatus(errno, "cannot open", name);
    auto out = to.Open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!out.ok()) return out.status();
    StreamDigest digest;
    for (uint64_t done = 0; done < size;) {
      const ssize_t got = read(in.get(), buffer_.data(),
                               std::min<uint64_t>(buffer_.size(), size - done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoStatus(errno, "cannot read", name);
      if (got == 0) return Changed(name);
      const absl::string_view bytes(buffer_.data(), static_cast<size_t>(got));
      absl::Status written = WriteAll(out->get(), bytes, to.PathOf(name));
      if (!written.ok()) return written;
      digest.Update(BytesOf(bytes));
      done += static_cast<uint64_t>(got);
    }
    struct stat after;
    if (fstat(in.get(), &after) != 0 || !IsSame(info, after)) {
      return Changed(name);
    }
    return digest.Finish().hex();
  }

  static absl::Status Changed(const std::string& name) {
    return absl::UnavailableError(
        absl::StrCat(QuotePath(name), " changed while it was copied"));
  }

  absl::Status LinkTo(const std::string& first, const Directory& to,
                      const std::string& name, const std::string& path) {
    // `first` is of this copy: nobody else's symlink is on the way.
    if (linkat(to_.fd(), first.c_str(), to.fd(), name.c_str(), 0) != 0) {
      return ErrnoStatus(errno, "cannot link", to.PathOf(name));
    }
    Add("link");
    Add(path);
    Add(first);
    return absl::OkStatus();
  }

  // Gives `name` in directory `to` (or that directory itself, "") what the file
  // behind `source` has, and adds it to the digest.
  absl::Status Describe(const std::string& path, int source,
                        const struct stat& info, int to,
                        const std::string& name) {
    auto attributes = AttributesOf(source, path);
    if (!attributes.ok()) return attributes.status();
    const int flags = AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0);
    // Owner first: a change of it takes setuid and capabilities away.
    if (fchownat(to, name.c_str(), info.st_uid, info.st_gid, flags) != 0) {
      return ErrnoStatus(errno, "cannot give the owner of", path);
    }
    const std::string copy =
        name.empty() ? LinkOf(to) : absl::StrCat(LinkOf(to), "/", name);
    const mode_t permissions = info.st_mode & 07777;
    if (!S_ISLNK(info.st_mode) && chmod(copy.c_str(), permissions) != 0) {
      return ErrnoStatus(errno, "cannot give the mode of", path);
    }
    for (const auto& [key, value] : *attributes) {
      // Through /proc a name is never followed, the directory's own link is.
      const auto set = name.empty() ? setxattr : lsetxattr;
      if (set(copy.c_str(), key.c_str(), value.data(), value.size(), 0) != 0) {
        return absl::UnavailableError(
            ErrnoStatus(
                errno, absl::StrCat("cannot keep attribute ", key, " of"), path)
                .message());
      }
    }
    const timespec times[] = {info.st_mtim, info.st_mtim};
    const int set_times =
        name.empty() ? futimens(to, times)
                     : utimensat(to, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
    if (set_times != 0) return ErrnoStatus(errno, "cannot date", path);
    Add(path);
    Add(absl::StrCat(info.st_mode, " ", info.st_uid, " ", info.st_gid, " ",
                     info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, " ",
                     attributes->size()));
    for (const auto& [key, value] : *attributes) {
      Add(key);
      Add(value);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Attributes> AttributesOf(int fd, const std::string& path) {
    Attributes attributes;
    const std::string link = LinkOf(fd);
    std::string names(XATTR_LIST_MAX, '\0');
    const ssize_t size = listxattr(link.c_str(), names.data(), names.size());
    if (size < 0 && errno == ENOTSUP) return attributes;
    if (size < 0) return ErrnoStatus(errno, "cannot list attributes of", path);
    names.resize(static_cast<size_t>(size));
    for (absl::string_view name :
         absl::StrSplit(names, '\0', absl::SkipEmpty())) {
      std::string value(XATTR_SIZE_MAX, '\0');
      const ssize_t length = getxattr(link.c_str(), std::string(name).c_str(),
                                      value.data(), value.size());
      if (length < 0) {
        return ErrnoStatus(errno, "cannot read attributes of", path);
      }
      value.resize(static_cast<size_t>(length));
      attribute_bytes_ += value.size();
      if (attribute_bytes_ > kMaxWalkedXattrBytes) {
        return absl::ResourceExhaustedError(
            absl::StrCat(QuotePath(from_.path()), " has more than ",
                         kMaxWalkedXattrBytes, " bytes of attributes"));
      }
      attributes.emplace(std::string(name), std::move(value));
    }
    return attributes;
  }

  // Each field with its length: no two lists of fields look alike.
  void Add(absl::string_view field) {
    digest_.Update(BytesOf(absl::StrCat(field.size(), ":")));
    digest_.Update(BytesOf(field));
  }

  const Directory& from_;
  const Directory& to_;
  std::string buffer_;
  StreamDigest digest_;
  dev_t device_ = 0;
  uint64_t names_ = 0;
  uint64_t attribute_bytes_ = 0;
  std::map<ino_t, std::string> links_;  // the first name of each
};

absl::Status EmptyDirectory(const Directory& directory, dev_t device) {
  for (;;) {
    auto entries = directory.List();
    if (!entries.ok()) return entries.status();
    if (entries->empty()) return absl::OkStatus();
    for (const DirectoryEntry& entry : *entries) {
      if (entry.type != FileType::kDirectory) {
        if (absl::Status status = directory.Remove(entry.name); !status.ok()) {
          return status;
        }
        continue;
      }
      auto below = directory.OpenDirectory(entry.name);
      if (!below.ok()) return below.status();
      struct stat info;
      if (fstat(below->fd(), &info) != 0 || info.st_dev != device) {
        return absl::FailedPreconditionError(absl::StrCat(
            "another file system is mounted at ", QuotePath(below->path())));
      }
      absl::Status status = EmptyDirectory(*below, device);
      if (status.ok()) status = directory.RemoveDirectory(entry.name);
      if (!status.ok()) return status;
    }
  }
}

}  // namespace

absl::StatusOr<std::string> CopyTree(const Directory& from,
                                     const Directory& to) {
  return TreeCopier(from, to).Go();
}

absl::Status RemoveTree(const Directory& parent, absl::string_view name) {
  auto tree = parent.OpenDirectory(name);
  if (absl::IsNotFound(tree.status())) return absl::OkStatus();
  if (!tree.ok()) return tree.status();
  struct stat info;
  if (fstat(tree->fd(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", tree->path());
  }
  absl::Status status = EmptyDirectory(*tree, info.st_dev);
  return status.ok() ? parent.RemoveDirectory(name) : status;
}

}  // namespace extgate
