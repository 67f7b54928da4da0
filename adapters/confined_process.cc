// Way in: ConfinedProcess::Start. A part goes through the pipe as its length,
// four bytes in the machine's own order, and its bytes; kEnd in place of a
// length says that all were sent.
#include "adapters/confined_process.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "adapters/descriptor_reader.h"
#include "adapters/io_status.h"
#include "adapters/reader_filter.h"
#include "adapters/unique_fd.h"

namespace extgate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kEnd = UINT32_MAX;
constexpr size_t kMostLanes = 4;
// Bytes that stay free at the top of the heap, so that what is allocated next
// needs no system call.
constexpr size_t kHeapSpare = 64 << 10;
// How the child ends where it can still say why.
constexpr int kDone = 0;
constexpr int kNoMemory = 10;
constexpr int kNoConfinement = 11;
constexpr int kFailed = 12;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  // its shadow counts as memory in use
#else
constexpr bool kSanitized = false;
#endif

// ---- in the child -----------------------------------------------------------

// Ends the child without the parent's clean-up at exit; straight away, for a
// sanitizer would look for leaks first, which the filter does not let it.
[[noreturn]] void End(int status) {
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}

void CloseAllBut(int one, int other) {
  const int last = std::max(one, other);
  for (int fd = 0; fd < last; ++fd) {
    if (fd != one && fd != other) close(fd);
  }
  closefrom(last + 1);
}

bool Limit(const ConfinedLimits& limits) {
  const rlimit none = {0, 0};
  const rlimit memory = {limits.memory_bytes, limits.memory_bytes};
  return setrlimit(RLIMIT_CORE, &none) == 0 &&
         setrlimit(RLIMIT_FSIZE, &none) == 0 &&
         (kSanitized || setrlimit(RLIMIT_DATA, &memory) == 0);
}

bool Confine(const ConfinedLimits& limits, int image, int pipe, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
    return false;
  }
  CloseAllBut(image, pipe);
  std::set_new_handler([] { End(kNoMemory); });
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && Limit(limits) &&
         EnterReaderFilter();
}

void Send(int pipe, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = write(pipe, bytes.data(), bytes.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) End(kFailed);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

// In one write, for each wakes the other side.
void SendPart(int pipe, uint32_t number, absl::string_view bytes) {
  char head[sizeof(number)];
  std::memcpy(head, &number, sizeof(number));
  Send(pipe, absl::StrCat(absl::string_view(head, sizeof(head)), bytes));
}

[[noreturn]] void Child(const ConfinedLimits& limits, ImageReader& image,
                        Confinement::Work work, int pipe, pid_t parent) {
  const auto* file = dynamic_cast<const DescriptorReader*>(&image);
  const int fd = file != nullptr ? file->fd() : -1;
  if (!Confine(limits, fd, pipe, parent)) End(kNoConfinement);
  try {
    work(image, [&](absl::string_view part) {
      if (part.size() > limits.result_bytes) End(kFailed);
      SendPart(pipe, static_cast<uint32_t>(part.size()), part);
    });
  } catch (...) {
    End(kFailed);
  }
  SendPart(pipe, kEnd, "");
  End(kDone);
}

// ---- in the parent ----------------------------------------------------------

absl::Status Failed(absl::string_view how) {
  return absl::UnavailableError(
      absl::StrCat("the reader of its content ", how));
}

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// How a child ended that did not say all.
absl::Status Ended(int status, const ConfinedLimits& limits) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGSYS) {
      return Failed(
          "asked the system for what no reader needs, and was killed");
    }
    return Failed(absl::StrCat("was killed by signal ", signal, " (",
                               strsignal(signal), ")"));
  }
  switch (WEXITSTATUS(status)) {
    case kNoMemory:
      return Failed(absl::StrCat("needed more than ",
                                 limits.memory_bytes / (1 << 20),
                                 " MiB of memory"));
    case kNoConfinement:
      return Failed("could not be confined");
    case kFailed:
      return Failed("failed");
  }
  return Failed("was cut short");
}

// Puts together what arrives through the pipe.
class Parts {
 public:
  enum class State { kMore, kWhole, kBroken };

  State Add(absl::string_view bytes) {
    pending_.append(bytes.data(), bytes.size());
    size_t at = 0;
    State state = State::kMore;
    uint32_t size = 0;
    while (state == State::kMore && pending_.size() - at >= sizeof(size)) {
      std::memcpy(&size, pending_.data() + at, sizeof(size));
      const size_t left = pending_.size() - at - sizeof(size);
      if (size == kEnd) {
        state = left == 0 ? State::kWhole : State::kBroken;
      } else if (size > left) {
        break;
      } else {
        parts_.push_back(pending_.substr(at + sizeof(size), size));
        at += sizeof(size) + size;
      }
    }
    pending_.erase(0, at);
    return state;
  }

  std::vector<std::string> Take() { return std::move(parts_); }

 private:
  std::string pending_;  // behind the last whole part
  std::vector<std::string> parts_;
};

size_t Processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<size_t>(CPU_COUNT(&set));
}

}  // namespace

// One child, from its start to its end.
class ConfinedProcess::Run : public ConfinedRun {
 public:
  Run(ConfinedProcess& owner, absl::Status failure)
      : owner_(owner), failure_(std::move(failure)) {}
  Run(ConfinedProcess& owner, pid_t child, UniqueFd pipe)
      : owner_(owner),
        child_(child),
        pipe_(std::move(pipe)),
        deadline_(Clock::now() + owner.limits_.time) {}

  ~Run() override {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    WaitFor(child_);
  }

  absl::StatusOr<std::vector<std::string>> Finish() override {
    if (!failure_.ok()) return failure_;
    Parts parts;
    uint64_t total = 0;
    char buffer[16384];
    while (true) {
      absl::StatusOr<size_t> got = Read(buffer, sizeof(buffer));
      if (!got.ok()) return got.status();
      if (*got == 0) break;
      total += *got;
      if (total > owner_.limits_.result_bytes) {
        return Failed(absl::StrCat("said more than ",
                                   owner_.limits_.result_bytes,
                                   " bytes and was stopped"));
      }
      switch (parts.Add(absl::string_view(buffer, *got))) {
        case Parts::State::kMore:
          break;
        case Parts::State::kWhole:
          // It has nothing left to do but to end, which need not be waited for.
          owner_.ended_.push_back(std::exchange(child_, 0));
          return parts.Take();
        case Parts::State::kBroken:
          return Failed("was cut short");
      }
    }
    return Ended(WaitFor(std::exchange(child_, 0)), owner_.limits_);
  }

 private:
  // What comes next; 0 at the end.
  absl::StatusOr<size_t> Read(char* buffer, size_t size) {
    while (true) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline_ - Clock::now());
      if (left.count() <= 0) {
        return Failed(absl::StrCat("took longer than ",
                                   owner_.limits_.time.count(),
                                   " ms and was stopped"));
      }
      pollfd waited = {pipe_.get(), POLLIN, 0};
      const int ready = poll(&waited, 1, static_cast<int>(left.count()));
      if (ready < 0 && errno != EINTR) return Failed("cannot be waited for");
      if (ready <= 0) continue;
      const ssize_t got = read(pipe_.get(), buffer, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return Failed("cannot be heard");
    }
  }

  ConfinedProcess& owner_;
  const absl::Status failure_;  // why it was not started
  pid_t child_ = 0;             // 0: none to wait for
  const UniqueFd pipe_;
  const Clock::time_point deadline_;
};

ConfinedProcess::ConfinedProcess(const ConfinedLimits& limits)
    : limits_(limits),
      lanes_(std::clamp<size_t>(Processors(), 1, kMostLanes)) {}

ConfinedProcess::~ConfinedProcess() { ReapEnded(); }

void ConfinedProcess::ReapEnded() {
  std::erase_if(ended_, [](pid_t child) {
    return waitpid(child, nullptr, WNOHANG) != 0;
  });
}

std::unique_ptr<ConfinedRun> ConfinedProcess::Start(ImageReader& image,
                                                    Work work) {
  ReapEnded();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return std::make_unique<Run>(*this,
                                 ErrnoStatus(errno, "cannot open", "a pipe"));
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t parent = getpid();
  // What is free goes back to the system: a page that both have is copied when
  // either writes to it, and the other processors hear of it; a new one is not.
  // A thirtieth of a whole check.
  malloc_trim(kHeapSpare);
  const pid_t child = fork();
  if (child == 0) Child(limits_, image, work, theirs.get(), parent);
  if (child < 0) {
    return std::make_unique<Run>(
        *this, Failed(absl::StrCat("could not be started: ", strerror(errno))));
  }
  return std::make_unique<Run>(*this, child, std::move(ours));
}

}  // namespace extgate
