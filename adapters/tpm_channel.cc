// Ways in: TpmChannel::Open, Transact. The descriptor never blocks: for a
// device the kernel then works beside us (its tpm-dev-common.c), and poll(2)
// says when the answer is there.
#include "adapters/tpm_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

// With a resource manager of the kernel's, and without.
constexpr char kManaged[] = "/dev/tpmrm0";
constexpr char kPlain[] = "/dev/tpm0";

constexpr std::chrono::milliseconds kPause{10};  // between two tries to open

// Of an answer: its tag (u16), the size of all (u32), the code (u32); the most
// significant byte first.
constexpr size_t kAnswerHead = 10;
constexpr size_t kAnswerSizeAt = 2;

absl::Status Failed(int error, absl::string_view verb, absl::string_view path) {
  const absl::Status status = ErrnoStatus(error, verb, path);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
      return absl::NotFoundError(status.message());
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(status.message());
    default:
      return absl::UnavailableError(status.message());
  }
}

bool IsBusy(int error) { return error == EBUSY || error == EAGAIN; }

// A descriptor, or -1 with errno.
int TryConnect(const sockaddr_un& address) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid() ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    const int error = errno;
    fd = UniqueFd();
    errno = error;
    return -1;
  }
  return fd.Release();
}

// Tries again what says that it is busy.
template <typename Try>
absl::StatusOr<UniqueFd> UntilFree(absl::string_view path,
                                   TpmChannel::Clock::time_point deadline,
                                   Try&& attempt) {
  while (true) {
    const int fd = attempt();
    if (fd >= 0) return UniqueFd(fd);
    const int error = errno;
    if (error == EINTR) continue;
    if (!IsBusy(error) || TpmChannel::Clock::now() + kPause > deadline) {
      return Failed(error, "open", path);
    }
    std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<UniqueFd> OpenPath(const std::string& path,
                                  TpmChannel::Clock::time_point deadline) {
  struct stat kind;
  if (stat(path.c_str(), &kind) != 0) return Failed(errno, "open", path);
  if (S_ISCHR(kind.st_mode)) {
    return UntilFree(path, deadline, [&path] {
      return open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    });
  }
  sockaddr_un address = {};
  if (!S_ISSOCK(kind.st_mode) || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        QuotePath(path), S_ISSOCK(kind.st_mode)
                             ? " is too long for a socket"
                             : " is neither a device nor a socket"));
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return UntilFree(path, deadline, [&address] { return TryConnect(address); });
}

// The path that `device` is about.
absl::StatusOr<std::string> PathOf(const std::string& device) {
  if (absl::StartsWith(device, "/") || absl::StartsWith(device, ".")) {
    return device;
  }
  absl::string_view path = device;
  if ((absl::ConsumePrefix(&path, "device:") ||
       absl::ConsumePrefix(&path, "swtpm:path=")) &&
      !path.empty()) {
    return std::string(path);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no way to a TPM: ", QuotePath(device)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TpmChannel>> TpmChannel::Open(
    const std::string& device, Clock::time_point deadline) {
  auto path = device.empty() ? std::string(kManaged) : PathOf(device);
  if (!path.ok()) return path.status();
  auto fd = OpenPath(*path, deadline);
  if (device.empty() && absl::IsNotFound(fd.status())) {
    path = kPlain;
    fd = OpenPath(*path, deadline);
    if (absl::IsNotFound(fd.status())) {
      return absl::NotFoundError("this machine has no TPM");
    }
  }
  if (!fd.ok()) return fd.status();
  return std::unique_ptr<TpmChannel>(
      new TpmChannel(*std::move(path), *std::move(fd)));
}

absl::Status TpmChannel::Wait(short events, Clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd ready = {fd_.get(), events, 0};
    const int done =
        poll(&ready, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (done > 0) return absl::OkStatus();
    if (done == 0) {
      return absl::UnavailableError(
          absl::StrCat("the TPM at ", QuotePath(path_), " does not answer"));
    }
    if (errno != EINTR) return Failed(errno, "wait for", path_);
  }
}

absl::Status TpmChannel::Send(absl::Span<const uint8_t> command,
                              Clock::time_point deadline) {
  while (!command.empty()) {
    // A socket that nobody reads any more sends a signal, by write(2).
    ssize_t sent =
        send(fd_.get(), command.data(), command.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == ENOTSOCK) {
      sent = write(fd_.get(), command.data(), command.size());
    }
    if (sent >= 0) {
      command.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (!IsBusy(errno)) return Failed(errno, "write to", path_);
    if (absl::Status free = Wait(POLLOUT, deadline); !free.ok()) return free;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TpmChannel::TryTransact(
    absl::Span<const uint8_t> command, Clock::time_point deadline) {
  if (absl::Status sent = Send(command, deadline); !sent.ok()) return sent;
  std::string answer;
  size_t size = kAnswerHead;  // of all, as far as it is known
  while (answer.size() < size) {
    if (absl::Status ready = Wait(POLLIN, deadline); !ready.ok()) return ready;
    // A device gives an answer once, whole.
    char bytes[kMaxTpmAnswer];
    const ssize_t count = read(fd_.get(), bytes, sizeof(bytes));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return Failed(errno, "read from", path_);
    if (count == 0) {
      return absl::UnavailableError(absl::StrCat(
          "the TPM at ", QuotePath(path_), " ends without an answer"));
    }
    answer.append(bytes, static_cast<size_t>(count));
    if (answer.size() < kAnswerHead) continue;
    size = 0;
    for (size_t i = 0; i < 4; ++i) {
      size = size << 8 | static_cast<uint8_t>(answer[kAnswerSizeAt + i]);
    }
    if (size > kMaxTpmAnswer || answer.size() > size) {
      return absl::UnavailableError(absl::StrCat(
          "the TPM at ", QuotePath(path_), " answers ", answer.size(),
          " bytes of ", size, ", which is no answer"));
    }
  }
  return answer;
}

absl::StatusOr<std::string> TpmChannel::Transact(
    absl::Span<const uint8_t> command, Clock::time_point deadline) {
  if (!broken_.ok()) return broken_;
  auto answer = TryTransact(command, deadline);
  if (!answer.ok()) {
    broken_ = absl::UnavailableError(answer.status().message());
    return broken_;
  }
  return answer;
}

}  // namespace extgate
