// Ways in: SoftwareTpm, ScriptedServer.
#include "adapters/testing/software_tpm.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

constexpr int kTries = 500;  // of 10 ms, until swtpm is there

// Says what did not work, and ends the program.
void OrDie(bool worked, const std::string& what) {
  if (worked) return;
  std::fprintf(stderr, "cannot %s: %s\n", what.c_str(), std::strerror(errno));
  std::abort();
}

// The standard output of a shell's command line, which must succeed.
std::string Output(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  OrDie(pipe != nullptr, command);
  std::string output;
  char buffer[4096];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe)) {
    output.append(buffer, size);
  }
  OrDie(pclose(pipe) == 0, absl::StrCat(command, ": ", output));
  return output;
}

// Waits until `fd` has something to say; false when that is not to be.
bool Ready(int fd, const std::stop_token& stop) {
  pollfd ready = {fd, POLLIN, 0};
  while (!stop.stop_requested()) {
    if (poll(&ready, 1, /*timeout=*/10) > 0) return true;
  }
  return false;
}

}  // namespace

SocketDirectory::SocketDirectory() : path_("/tmp/extgate-tpm-XXXXXX") {
  OrDie(mkdtemp(path_.data()) != nullptr, "make " + path_);
}

SocketDirectory::~SocketDirectory() { std::filesystem::remove_all(path_); }

SoftwareTpm::SoftwareTpm(const std::string& banks, TpmStart start)
    : path_(directory_.path() + "/tpm") {
  const std::string state = directory_.path() + "/state";
  std::filesystem::create_directory(state);
  if (!banks.empty()) {
    Output(absl::StrCat("swtpm_setup --tpm2 --tpmstate ", state,
                        " --pcr-banks ", banks, " 2>&1"));
  }
  child_ = fork();
  OrDie(child_ >= 0, "fork");
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // tpm2-tools find the second socket by the name of the first.
    execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate",
           ("dir=" + state).c_str(), "--server",
           ("type=unixio,path=" + path_).c_str(), "--ctrl",
           absl::StrCat("type=unixio,path=", path_, ".ctrl").c_str(), "--flags",
           start == TpmStart::kStarted ? "startup-clear" : "not-need-init",
           "--log", absl::StrCat("file=", state, "/log").c_str(),
           static_cast<char*>(nullptr));
    OrDie(false, "run swtpm");
  }
  for (int i = 0; i < kTries && access(path_.c_str(), F_OK) != 0; ++i) {
    OrDie(waitpid(child_, nullptr, WNOHANG) == 0, "keep swtpm");
    usleep(10000);
  }
  OrDie(access(path_.c_str(), F_OK) == 0, "find the socket of swtpm");
}

SoftwareTpm::~SoftwareTpm() { Stop(); }

void SoftwareTpm::Stop() {
  if (child_ < 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = -1;
}

std::string SoftwareTpm::Tool(const std::string& command) const {
  return Output(
      absl::StrCat("tpm2_", command, " --tcti swtpm:path=", path_, " 2>&1"));
}

ScriptedServer::ScriptedServer(std::vector<Answer> answers, End end)
    : path_(directory_.path() + "/tpm"),
      answers_(std::move(answers)),
      end_(end),
      listening_(BoundSocket(path_, 1)),
      thread_([this](const std::stop_token& stop) { Serve(stop); }) {}

ScriptedServer::~ScriptedServer() {
  Received();
  close(listening_);
}

const std::string& ScriptedServer::Received() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return received_;
}

void ScriptedServer::Serve(const std::stop_token& stop) {
  if (!Ready(listening_, stop)) return;
  const int client = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  for (const Answer& answer : answers_) {
    char command[4096];
    if (!Ready(client, stop)) break;
    const ssize_t size = read(client, command, sizeof(command));
    if (size <= 0) break;
    received_.append(command, static_cast<size_t>(size));
    for (const std::string& piece : answer) {
      send(client, piece.data(), piece.size(), MSG_NOSIGNAL);
      usleep(1000);
    }
  }
  while (end_ == End::kSilent && !stop.stop_requested()) usleep(1000);
  close(client);
}

std::string TpmCode(unsigned code) {
  std::string answer("\x80\x01\0\0\0\x0a", 6);
  for (int shift = 24; shift >= 0; shift -= 8) {
    answer += static_cast<char>(code >> shift & 0xff);
  }
  return answer;
}

int BoundSocket(const std::string& path, int backlog) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  OrDie(path.size() < sizeof(address.sun_path), "name a socket " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  OrDie(fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address),
                        sizeof(address)) == 0,
        "bind " + path);
  OrDie(backlog < 0 || listen(fd, backlog) == 0, "listen at " + path);
  return fd;
}

}  // namespace extgate
