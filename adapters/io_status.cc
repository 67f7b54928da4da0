// Way in: ErrnoStatus, and ReadAll and WriteAll that use it.
#include "adapters/io_status.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr size_t kFirstChunk = 4096;
constexpr size_t kMaxChunk = 64 * 1024;

// strerror(3) begins with a capital, our messages do not.
std::string Reason(int error) {
  std::string text = std::generic_category().message(error);
  if (text.size() > 1 && absl::ascii_islower(text[1])) {
    text[0] = absl::ascii_tolower(text[0]);
  }
  return text;
}

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case ENXIO:
    case ENOTEMPTY:
    case EEXIST:
      return absl::StatusCode::kFailedPrecondition;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::StatusCode::kResourceExhausted;
    case EINVAL:
    case ENAMETOOLONG:
      return absl::StatusCode::kInvalidArgument;
    default:  // errno is no enumeration
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

std::string QuotePath(absl::string_view path) {
  return absl::StrCat("`", PrintableText(path), "`");
}

absl::Status ErrnoStatus(int error, absl::string_view verb,
                         absl::string_view path) {
  return absl::Status(CodeOf(error), absl::StrCat(verb, " ", QuotePath(path),
                                                  ": ", Reason(error)));
}

absl::Status AtPath(absl::string_view path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(QuotePath(path), ": ", status.message()));
}

absl::StatusOr<std::string> ReadAll(int fd, uint64_t limit_bytes,
                                    absl::string_view path) {
  const auto too_long = [&] {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot read ", QuotePath(path), ": longer than ",
                     limit_bytes, " bytes"));
  };
  struct stat info;
  if (fstat(fd, &info) != 0) return ErrnoStatus(errno, "cannot read", path);
  size_t chunk = kFirstChunk;
  if (S_ISREG(info.st_mode) && info.st_size > 0) {
    const auto size = static_cast<uint64_t>(info.st_size);
    if (size > limit_bytes) return too_long();
    chunk = static_cast<size_t>(size) + 1;  // one more, to see the end
  }
  std::string text;
  for (;; chunk = std::clamp(text.size(), kFirstChunk, kMaxChunk)) {
    const size_t have = text.size();
    text.resize(have + chunk);
    const ssize_t got = read(fd, text.data() + have, chunk);
    const int error = errno;
    text.resize(have + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
    if (got < 0 && error != EINTR) {
      return ErrnoStatus(error, "cannot read", path);
    }
    if (text.size() > limit_bytes) return too_long();
  }
}

absl::Status WriteAll(int fd, absl::string_view bytes, absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus(errno, "cannot write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status WriteAllAt(int fd, uint64_t offset,
                        absl::Span<const uint8_t> bytes,
                        absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t put =
        pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus(errno, "cannot write to", path);
    }
    offset += static_cast<uint64_t>(put);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status SyncFd(int fd, absl::string_view path) {
  return fsync(fd) == 0 ? absl::OkStatus()
                        : ErrnoStatus(errno, "cannot write", path);
}

absl::Status CheckName(absl::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.size() > 255 ||
      name.find('/') != absl::string_view::npos ||
      name.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotePath(name), " is not a file name"));
  }
  return absl::OkStatus();
}

}  // namespace extgate
