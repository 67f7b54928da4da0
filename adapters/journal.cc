// Ways in: JournalDatagram, KernelLine, SendNotices.
#include "adapters/journal.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

constexpr char kFolder[] = "systemd/journal";
constexpr char kSocket[] = "socket";
constexpr char kKernelLog[] = "/dev/kmsg";
constexpr char kIdentifier[] = "extgate";
constexpr size_t kMostKernelLines = 8;
constexpr size_t kLongestKernelLine = 900;  // bytes; the kernel's is 1 KiB

void AppendField(absl::string_view name, absl::string_view value,
                 std::string& out) {
  if (value.find('\n') == absl::string_view::npos) {
    absl::StrAppend(&out, name, "=", value, "\n");
    return;
  }
  absl::StrAppend(&out, name, "\n");
  for (int byte = 0; byte < 8; ++byte) {
    out.push_back(static_cast<char>(uint64_t{value.size()} >> (8 * byte)));
  }
  absl::StrAppend(&out, value, "\n");
}

int NumberOf(Priority priority) { return static_cast<int>(priority); }

// journald's socket, ready to send to; invalid where there is none.
UniqueFd Connect(const Places& places) {
  const HostPath folder = places.run() / kFolder;
  auto directory = folder.root->OpenAt(folder.path, O_PATH | O_DIRECTORY);
  if (!directory.ok()) return UniqueFd();
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  // By the open directory: its own path may be too long for an address.
  const std::string path =
      absl::StrCat("/proc/self/fd/", directory->get(), "/", kSocket);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (!fd.valid() ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    return UniqueFd();
  }
  return fd;
}

absl::Status Send(const UniqueFd& fd, absl::string_view bytes,
                  absl::string_view where) {
  const ssize_t sent = write(fd.get(), bytes.data(), bytes.size());
  return sent < 0 ? ErrnoStatus(errno, "cannot write to", where)
                  : absl::OkStatus();
}

}  // namespace

std::string JournalDatagram(const Notice& notice) {
  std::string out;
  AppendField("MESSAGE", notice.message, out);
  AppendField("MESSAGE_ID", notice.message_id, out);
  AppendField("PRIORITY", absl::StrCat(NumberOf(notice.priority)), out);
  AppendField("SYSLOG_IDENTIFIER", kIdentifier, out);
  for (const auto& [name, value] : notice.fields) AppendField(name, value, out);
  return out;
}

std::string KernelLine(const Notice& notice) {
  std::string line = absl::StrCat("<", NumberOf(notice.priority), ">",
                                  kIdentifier, ": ", notice.message);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  if (line.size() > kLongestKernelLine) line.resize(kLongestKernelLine);
  return line + "\n";
}

absl::Status SendNotices(const Places& places,
                         absl::Span<const Notice> notices) {
  absl::Status first;
  if (const UniqueFd journal = Connect(places); journal.valid()) {
    for (const Notice& notice : notices) {
      first.Update(Send(journal, JournalDatagram(notice), "the journal"));
    }
    return first;
  }
  const HostPath log = places.Find(kKernelLog);
  auto kernel = log.root->OpenAt(log.path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  if (!kernel.ok()) return kernel.status();
  for (const Notice& notice :
       notices.subspan(0, std::min(notices.size(), kMostKernelLines))) {
    first.Update(Send(*kernel, KernelLine(notice), kKernelLog));
  }
  return first;
}

}  // namespace extgate
