// Way in: RootDir::Open; every other member goes through RootDir::OpenAt.
#include "adapters/root_dir.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

// openat2(2) gives up with EAGAIN when a rename raced with a `..` it walked.
constexpr int kRaces = 128;

int OpenInRoot(int root, const char* path, int flags, mode_t mode) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  int fd = -1;
  for (int i = 0; i < kRaces; ++i) {
    fd = static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof(how)));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

bool IsHostRoot(int fd) {
  struct stat ours;
  struct stat host;
  return fstat(fd, &ours) == 0 && stat("/", &host) == 0 &&
         ours.st_dev == host.st_dev && ours.st_ino == host.st_ino;
}

absl::Status NotRegular(absl::string_view path) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot open ", QuotePath(path), ": not a regular file"));
}

}  // namespace

absl::StatusOr<RootDir> RootDir::Open(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open", path);
  return RootDir(std::move(fd));
}

absl::StatusOr<UniqueFd> RootDir::OpenAt(absl::string_view path, int flags,
                                         mode_t mode) const {
  if (path.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot open ", QuotePath(path), ": NUL in a path"));
  }
  std::string text(path.empty() ? "." : path);
  UniqueFd opened(OpenInRoot(fd_.get(), text.c_str(), flags, mode));
  if (!opened.valid() && errno == ENOSYS) {
    if (!IsHostRoot(fd_.get())) {
      return absl::UnavailableError(absl::StrCat(
          "cannot open ", QuotePath(path),
          ": this kernel (before 5.6) cannot keep symlinks below a root"));
    }
    if (text[0] != '/') text = absl::StrCat("/", text);
    opened = UniqueFd(open(text.c_str(), flags | O_CLOEXEC, mode));
  }
  if (!opened.valid()) return ErrnoStatus(errno, "cannot open", path);
  return opened;
}

absl::StatusOr<UniqueFd> RootDir::OpenRegular(absl::string_view path) const {
  auto type = TypeOf(path);
  if (!type.ok()) return type.status();
  if (*type != FileType::kRegular) return NotRegular(path);
  auto opened = OpenAt(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened.ok()) return opened.status();
  // It may have been swapped between the look and the open.
  struct stat info;
  if (fstat(opened->get(), &info) != 0) {
    return ErrnoStatus(errno, "cannot open", path);
  }
  if (!S_ISREG(info.st_mode)) return NotRegular(path);
  return opened;
}

absl::StatusOr<Directory> RootDir::OpenDirectory(absl::string_view path) const {
  auto opened = OpenAt(path, O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return opened.status();
  return Directory(*std::move(opened), std::string(path));
}

absl::StatusOr<FileType> RootDir::TypeOf(absl::string_view path) const {
  auto opened = OpenAt(path, O_PATH);
  if (!opened.ok()) return opened.status();
  struct stat info;
  if (fstat(opened->get(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", path);
  }
  return FileTypeOfMode(info.st_mode);
}

bool RootDir::Exists(absl::string_view path) const {
  return OpenAt(path, O_PATH | O_NOFOLLOW).ok();
}

absl::StatusOr<std::string> RootDir::ReadSmallFile(absl::string_view path,
                                                   uint64_t limit_bytes) const {
  auto opened = OpenRegular(path);
  if (!opened.ok()) return opened.status();
  return ReadAll(opened->get(), limit_bytes, path);
}

absl::StatusOr<std::vector<DirectoryEntry>> RootDir::ListDirectory(
    absl::string_view path) const {
  auto directory = OpenDirectory(path);
  if (!directory.ok()) return directory.status();
  return directory->List();
}

absl::StatusOr<Directory> RootDir::MakeDirectories(absl::string_view path,
                                                   mode_t mode) const {
  auto directory = OpenDirectory("/");
  std::string done;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (!directory.ok()) return directory.status();
    const std::string next = absl::StrCat(done, "/", part);
    auto opened = OpenDirectory(next);
    if (absl::IsNotFound(opened.status())) {
      opened = directory->MakeDirectory(part, mode);
    }
    directory = std::move(opened);
    done = next;
  }
  return directory;
}

}  // namespace extgate
