// Way in: CallVarlink.
#include "adapters/varlink_call.h"

#include <fcntl.h>
#include <google/protobuf/struct.pb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"
#include "engine/message_json.h"
#include "policy/printable.h"

namespace extgate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxAnswer = size_t{64} * 1024;  // bytes

class Call {
 public:
  Call(std::string path, Clock::time_point deadline)
      : path_(std::move(path)), deadline_(deadline) {}

  absl::Status Connect(const HostPath& socket);
  absl::Status Send(absl::string_view message);
  // Up to the NUL that ends it.
  absl::StatusOr<std::string> Receive();

 private:
  absl::Status Failed(absl::string_view verb) const {
    return absl::UnavailableError(ErrnoStatus(errno, verb, path_).message());
  }
  absl::Status Wait(short events) const;

  const std::string path_;
  const Clock::time_point deadline_;
  UniqueFd fd_;
};

absl::Status Call::Connect(const HostPath& at) {
  const size_t slash = at.path.rfind('/');
  const auto directory =
      at.root->OpenAt(at.path.substr(0, slash + 1), O_PATH | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  fd_ =
      UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // By the open directory: its own path may be too long for an address.
  const std::string path =
      absl::StrCat("/proc/self/fd/", directory->get(), at.path.substr(slash));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (!fd_.valid() || path.size() >= sizeof(address.sun_path)) {
    return absl::UnavailableError(
        absl::StrCat("no connection to ", QuotePath(path_)));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  while (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) != 0) {
    if (errno == EINTR) continue;
    // EAGAIN: too many wait already.
    return errno == ENOENT ? ErrnoStatus(errno, "connect to", path_)
                           : Failed("connect to");
  }
  return absl::OkStatus();
}

absl::Status Call::Wait(short events) const {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - Clock::now());
    if (left.count() <= 0) {
      return absl::UnavailableError(
          absl::StrCat(QuotePath(path_), " does not answer"));
    }
    pollfd ready{fd_.get(), events, 0};
    const int found = poll(&ready, 1, static_cast<int>(left.count()));
    if (found > 0) return absl::OkStatus();
    if (found < 0 && errno != EINTR) return Failed("wait for");
  }
}

absl::Status Call::Send(absl::string_view message) {
  while (!message.empty()) {
    const ssize_t sent =
        send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      message.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (absl::Status ready = Wait(POLLOUT); !ready.ok()) return ready;
    } else if (errno != EINTR) {
      return Failed("write to");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Call::Receive() {
  std::string answer;
  char buffer[4096];
  while (answer.size() <= kMaxAnswer) {
    const ssize_t size = recv(fd_.get(), buffer, sizeof(buffer), 0);
    if (size > 0) {
      answer.append(buffer, static_cast<size_t>(size));
      const size_t end = answer.find('\0');
      if (end != std::string::npos) return answer.substr(0, end);
    } else if (size == 0) {
      return absl::UnavailableError(
          absl::StrCat(QuotePath(path_), " ended without an answer"));
    } else if (errno == EAGAIN) {
      if (absl::Status ready = Wait(POLLIN); !ready.ok()) return ready;
    } else if (errno != EINTR) {
      return Failed("read from");
    }
  }
  return absl::UnavailableError(
      absl::StrCat(QuotePath(path_), " answers without an end"));
}

}  // namespace

absl::Status CallVarlink(const HostPath& socket, absl::string_view method,
                         absl::string_view parameters,
                         absl::Duration patience) {
  Call call(socket.path, Clock::now() + absl::ToChronoNanoseconds(patience));
  absl::Status status = call.Connect(socket);
  if (status.ok()) {
    status = call.Send(absl::StrCat("{\"method\":\"", method,
                                    "\",\"parameters\":", parameters, "}",
                                    absl::string_view("\0", 1)));
  }
  if (!status.ok()) return status;
  const auto answer = call.Receive();
  if (!answer.ok()) return answer.status();
  google::protobuf::Struct object;
  if (absl::Status read = ParseMessage(*answer, "a JSON object", object);
      !read.ok()) {
    return absl::UnavailableError(absl::StrCat(
        QuotePath(socket.path), " answers what is ", read.message()));
  }
  const auto error = object.fields().find("error");
  if (error == object.fields().end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(QuotePath(socket.path), " says ",
                   PrintableText(error->second.string_value())));
}

}  // namespace extgate
