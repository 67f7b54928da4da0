// One way in: MountProbe. A child makes the namespace, a child of its own is
// systemd-dissect; what they say comes through one pipe.
#include "adapters/probe_mount.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/unique_fd.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr char kTool[] = "/usr/bin/systemd-dissect";
// A tmpfs over /tmp, in the namespace alone, is what the probe is mounted in.
constexpr char kOver[] = "/tmp";
constexpr char kMounted[] = "/tmp/probe";
constexpr char kPayload[] = "/tmp/probe/usr/share/extgate-probe/payload";
constexpr int kPatience = 60;         // seconds
constexpr size_t kMostWords = 16384;  // bytes, of what is said

// Exit statuses of the first child.
constexpr int kServed = 0;
constexpr int kRefused = 10;
constexpr int kUnserved = 11;
constexpr int kCannotTry = 12;

[[noreturn]] void End(int status, const char* what) {
  const char* why = std::strerror(errno);
  for (const char* part : {what, ": ", why, "\n"}) {
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  _exit(status);
}

void ReadPayload() {
  const int fd = open(kPayload, O_RDONLY | O_CLOEXEC);
  if (fd < 0) End(kUnserved, "open");
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
  }
  if (got < 0) End(kUnserved, "read");
}

// The kernel's "required key not available" makes systemd-dissect ask for a
// passphrase, of whoever answers, for ever. Where nothing can be written nobody
// is asked, and it gives up.
bool NobodyAnswers() {
  constexpr char kQuestions[] = "/run/systemd/ask-password";
  if (mkdir(kQuestions, 0755) != 0 && errno != EEXIST) return false;
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  return nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
         mount("tmpfs", kQuestions, "tmpfs", MS_RDONLY, nullptr) == 0;
}

// The first child. `words` and `environment` are of systemd-dissect.
[[noreturn]] void TryIt(char* const* words, char* const* environment) {
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0 ||
      mount("tmpfs", kOver, "tmpfs", 0, "mode=0700") != 0 ||
      mkdir(kMounted, 0700) != 0 || !NobodyAnswers()) {
    End(kCannotTry, "a mount namespace");
  }
  const pid_t tool = fork();
  if (tool < 0) End(kCannotTry, "fork");
  if (tool == 0) {
    execve(kTool, words, environment);
    End(kCannotTry, kTool);
  }
  int status = 0;
  while (waitpid(tool, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotTry) {
    _exit(kCannotTry);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(kRefused);
  ReadPayload();
  _exit(kServed);
}

// What comes through `from` until it is closed; nullopt when that takes too
// long.
std::optional<std::string> ReadUntilClosed(int from) {
  std::string said;
  const time_t end = time(nullptr) + kPatience;
  while (true) {
    pollfd ready = {from, POLLIN, 0};
    const time_t left = end - time(nullptr);
    if (left <= 0) return std::nullopt;
    if (poll(&ready, 1, static_cast<int>(left) * 1000) <= 0) {
      if (errno == EINTR) continue;
      return std::nullopt;
    }
    char buffer[4096];
    const ssize_t got = read(from, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return said;
    if (said.size() < kMostWords) said.append(buffer, static_cast<size_t>(got));
  }
}

// The line that names the key, else the last that says something.
std::string LastWords(absl::string_view said) {
  for (absl::string_view line : absl::StrSplit(said, '\n')) {
    if (absl::StrContains(line, "key not available")) {
      return PrintableText(line);
    }
  }
  said = absl::StripTrailingAsciiWhitespace(said);
  const size_t at = said.rfind('\n');
  if (at != absl::string_view::npos) said.remove_prefix(at + 1);
  return PrintableText(said);
}

ProbeMount NotTried(std::string why) {
  return {ProbeMount::End::kNotTried, std::move(why)};
}

ProbeMount EndOf(int status, absl::string_view said) {
  if (!WIFEXITED(status)) return NotTried("the process that tried it died");
  switch (WEXITSTATUS(status)) {
    case kServed:
      return {ProbeMount::End::kServed, ""};
    case kRefused:
      return {ProbeMount::End::kRefused, LastWords(said)};
    case kUnserved:
      return {ProbeMount::End::kUnserved, LastWords(said)};
    default:
      return NotTried(LastWords(said));
  }
}

}  // namespace

ProbeMount MountProbe(const std::string& image, const DissectOrders& orders) {
  if (geteuid() != 0) return NotTried("only root may mount: ask as root");
  if (access(kTool, X_OK) != 0) {
    return NotTried(
        absl::StrCat("there is no ", kTool, " (Debian: systemd-container)"));
  }
  std::vector<std::string> words = {kTool, "--mount", "--read-only",
                                    "--fsck=no"};
  if (!orders.image_policy.empty()) {
    words.push_back(absl::StrCat("--image-policy=", orders.image_policy));
  }
  words.insert(words.end(), {image, kMounted});
  std::vector<std::string> environment = orders.environment;
  environment.insert(environment.end(), {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                         "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0"});
  const auto pointers = [](std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (std::string& text : strings) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(environment);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return NotTried(std::strerror(errno));
  UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  const pid_t child = fork();
  if (child < 0) return NotTried(std::strerror(errno));
  if (child == 0) {
    setpgid(0, 0);
    dup2(to.get(), STDOUT_FILENO);
    dup2(to.get(), STDERR_FILENO);
    TryIt(argv.data(), envp.data());
  }
  setpgid(child, child);
  to = UniqueFd();
  const std::optional<std::string> said = ReadUntilClosed(from.get());
  if (!said) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!said) return NotTried("systemd-dissect did not end within a minute");
  return EndOf(status, *said);
}

}  // namespace extgate
