// Ways in: the members of Directory, each one system call or two on its
// descriptor.
#include "adapters/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

constexpr size_t kMaxEntries = 65536;

absl::Status Rename(const Directory& from, absl::string_view name,
                    const Directory& to, absl::string_view new_name,
                    unsigned int flags) {
  for (absl::string_view part : {name, new_name}) {
    if (absl::Status status = CheckName(part); !status.ok()) return status;
  }
  if (renameat2(from.fd(), std::string(name).c_str(), to.fd(),
                std::string(new_name).c_str(), flags) != 0) {
    return ErrnoStatus(
        errno, absl::StrCat("cannot move to ", QuotePath(to.PathOf(new_name))),
        from.PathOf(name));
  }
  return absl::OkStatus();
}

struct CloseDir {
  void operator()(DIR* stream) const { closedir(stream); }
};

}  // namespace

absl::StatusOr<Directory> Directory::Duplicate() const {
  UniqueFd copy(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy.valid()) return ErrnoStatus(errno, "cannot open", path_);
  return Directory(std::move(copy), path_);
}

std::string Directory::PathOf(absl::string_view name) const {
  return absl::StrCat(path_, path_ == "/" ? "" : "/", name);
}

absl::StatusOr<std::vector<DirectoryEntry>> Directory::List() const {
  UniqueFd fd(openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot list", path_);
  std::unique_ptr<DIR, CloseDir> stream(fdopendir(fd.get()));
  if (stream == nullptr) return ErrnoStatus(errno, "cannot list", path_);
  fd.Release();
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) {
      if (errno != 0) return ErrnoStatus(errno, "cannot list", path_);
      break;
    }
    const absl::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entries.size() == kMaxEntries) {
      return absl::ResourceExhaustedError(
          absl::StrCat("cannot list ", QuotePath(path_), ": more than ",
                       kMaxEntries, " entries"));
    }
    FileType type = FileTypeOfMode(DTTOIF(entry->d_type));
    if (entry->d_type == DT_UNKNOWN) {
      absl::StatusOr<FileType> known = TypeOf(name);
      if (absl::IsNotFound(known.status())) continue;
      if (!known.ok()) return known.status();
      type = *known;
    }
    entries.push_back({std::string(name), type});
  }
  std::sort(entries.begin(), entries.end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) {
              return a.name < b.name;
            });
  return entries;
}

absl::StatusOr<FileType> Directory::TypeOf(absl::string_view name) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  struct stat info;
  if (fstatat(fd(), std::string(name).c_str(), &info, AT_SYMLINK_NOFOLLOW)) {
    return ErrnoStatus(errno, "cannot look at", PathOf(name));
  }
  return FileTypeOfMode(info.st_mode);
}

absl::StatusOr<uint64_t> Directory::SizeOf(absl::string_view name) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  struct stat info;
  if (fstatat(fd(), std::string(name).c_str(), &info, AT_SYMLINK_NOFOLLOW)) {
    return ErrnoStatus(errno, "cannot look at", PathOf(name));
  }
  return static_cast<uint64_t>(info.st_size);
}

absl::StatusOr<std::string> Directory::ReadLink(absl::string_view name) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  std::string target(PATH_MAX, '\0');
  const ssize_t size =
      readlinkat(fd(), std::string(name).c_str(), target.data(), target.size());
  if (size < 0) return ErrnoStatus(errno, "cannot read link", PathOf(name));
  target.resize(static_cast<size_t>(size));
  return target;
}

absl::StatusOr<UniqueFd> Directory::Open(absl::string_view name, int flags,
                                         mode_t mode) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  UniqueFd opened(openat(fd(), std::string(name).c_str(),
                         flags | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!opened.valid()) return ErrnoStatus(errno, "cannot open", PathOf(name));
  return opened;
}

absl::StatusOr<Directory> Directory::OpenDirectory(
    absl::string_view name) const {
  auto opened = Open(name, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return opened.status();
  return Directory(*std::move(opened), PathOf(name));
}

absl::StatusOr<std::string> Directory::ReadFile(absl::string_view name,
                                                uint64_t limit_bytes) const {
  // O_NONBLOCK: the open of a FIFO must not wait for a writer.
  auto opened = Open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened.ok()) return opened.status();
  struct stat info;
  if (fstat(opened->get(), &info) != 0) {
    return ErrnoStatus(errno, "cannot read", PathOf(name));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot read ", QuotePath(PathOf(name)), ": not a regular file"));
  }
  return ReadAll(opened->get(), limit_bytes, PathOf(name));
}

absl::StatusOr<Directory> Directory::MakeDirectory(absl::string_view name,
                                                   mode_t mode) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  const bool made = mkdirat(fd(), std::string(name).c_str(), mode) == 0;
  if (!made && errno != EEXIST) {
    return ErrnoStatus(errno, "cannot make directory", PathOf(name));
  }
  auto opened = OpenDirectory(name);
  if (made && opened.ok() && fchmod(opened->fd(), mode) != 0) {
    return ErrnoStatus(errno, "cannot make directory", PathOf(name));
  }
  return opened;
}

absl::Status Directory::MakeSymlink(absl::string_view target,
                                    absl::string_view name) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  if (symlinkat(std::string(target).c_str(), fd(), std::string(name).c_str()) !=
      0) {
    return ErrnoStatus(errno, "cannot make link", PathOf(name));
  }
  return absl::OkStatus();
}

absl::Status Directory::WriteFile(absl::string_view name,
                                  absl::string_view content,
                                  mode_t mode) const {
  const std::string temporary = absl::StrCat(".", name, ".new");
  if (absl::Status status = Remove(temporary); !status.ok()) return status;
  auto opened = Open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!opened.ok()) return opened.status();
  absl::Status status = WriteAll(opened->get(), content, PathOf(name));
  if (status.ok() &&
      (fchmod(opened->get(), mode) != 0 || fsync(opened->get()) != 0)) {
    status = ErrnoStatus(errno, "cannot write", PathOf(name));
  }
  if (status.ok()) status = Replace(temporary, *this, name);
  if (!status.ok()) {
    Remove(temporary).IgnoreError();  // the first error is the one to tell
    return status;
  }
  // The rename itself, on disk; nothing to do on a tmpfs.
  if (fsync(fd()) != 0 && errno != EINVAL && errno != EBADF) {
    return ErrnoStatus(errno, "cannot write", PathOf(name));
  }
  return absl::OkStatus();
}

absl::Status Directory::Move(absl::string_view name, const Directory& to,
                             absl::string_view new_name) const {
  return Rename(*this, name, to, new_name, RENAME_NOREPLACE);
}

absl::Status Directory::Exchange(absl::string_view name, const Directory& to,
                                 absl::string_view other_name) const {
  return Rename(*this, name, to, other_name, RENAME_EXCHANGE);
}

absl::Status Directory::Replace(absl::string_view name, const Directory& to,
                                absl::string_view new_name) const {
  return Rename(*this, name, to, new_name, 0);
}

absl::Status Directory::Remove(absl::string_view name) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  if (unlinkat(fd(), std::string(name).c_str(), 0) != 0 && errno != ENOENT) {
    return ErrnoStatus(errno, "cannot remove", PathOf(name));
  }
  return absl::OkStatus();
}

absl::Status Directory::RemoveDirectory(absl::string_view name) const {
  if (absl::Status status = CheckName(name); !status.ok()) return status;
  if (unlinkat(fd(), std::string(name).c_str(), AT_REMOVEDIR) != 0 &&
      errno != ENOENT) {
    return ErrnoStatus(errno, "cannot remove directory", PathOf(name));
  }
  return absl::OkStatus();
}

}  // namespace extgate
