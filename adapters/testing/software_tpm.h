// Software TPMs for tests: a real one, and a server that answers by a script.
#ifndef EXTGATE_ADAPTERS_TESTING_SOFTWARE_TPM_H_
#define EXTGATE_ADAPTERS_TESTING_SOFTWARE_TPM_H_

#include <sys/types.h>

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace extgate {

// A directory with a path short enough for sockets, removed at the end.
class SocketDirectory {
 public:
  SocketDirectory();
  ~SocketDirectory();
  SocketDirectory(const SocketDirectory&) = delete;
  SocketDirectory& operator=(const SocketDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// How a SoftwareTpm begins.
enum class TpmStart { kStarted, kNotStarted };

// swtpm, as a child, new, until the end of this object. It serves one client
// after the other. What fails ends the test program, saying why.
class SoftwareTpm {
 public:
  // With `banks`, as "sha256" or "sha1,sha384", or with all it has.
  explicit SoftwareTpm(const std::string& banks = "",
                       TpmStart start = TpmStart::kStarted);
  ~SoftwareTpm();
  SoftwareTpm(const SoftwareTpm&) = delete;
  SoftwareTpm& operator=(const SoftwareTpm&) = delete;

  const std::string& path() const { return path_; }

  // What `tpm2_COMMAND` of tpm2-tools says about it, which must succeed.
  std::string Tool(const std::string& command) const;

  void Stop();

 private:
  SocketDirectory directory_;
  std::string path_;
  pid_t child_ = -1;
};

// Serves one client at a socket: each command gets the next answer, whatever it
// says. The strings of an answer are sent one by one. After the last one it
// says nothing any more, or ends.
class ScriptedServer {
 public:
  using Answer = std::vector<std::string>;
  enum class End { kSilent, kClosed };

  explicit ScriptedServer(std::vector<Answer> answers, End end = End::kSilent);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const std::string& path() const { return path_; }

  // All that the client has sent so far; serves no more.
  const std::string& Received();

 private:
  void Serve(const std::stop_token& stop);

  SocketDirectory directory_;
  const std::string path_;
  const std::vector<Answer> answers_;
  const End end_;
  int listening_ = -1;
  std::string received_;  // of the thread, until it has ended
  std::jthread thread_;
};

// An answer without anything in it, of that code.
std::string TpmCode(unsigned code);

// A socket at `path` that is bound, and listens where `backlog` is not
// negative. The caller closes it.
int BoundSocket(const std::string& path, int backlog);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TESTING_SOFTWARE_TPM_H_
