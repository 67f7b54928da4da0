// How far something long is, on a terminal.
#ifndef EXTGATE_ADAPTERS_CLI_PROGRESS_LINE_H_
#define EXTGATE_ADAPTERS_CLI_PROGRESS_LINE_H_

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "policy/printable.h"

namespace extgate {

// Says on standard error how far a long copy or check is, twice a second, on a
// terminal only.
class ProgressLine {
 public:
  void operator()(const std::string& path, uint64_t done, uint64_t total) {
    if (isatty(STDERR_FILENO) != 1) return;
    const auto now = std::chrono::steady_clock::now();
    if (done == total && shown_) {
      std::fputs("\r\033[K", stderr);
      shown_ = false;
      return;
    }
    if (now - last_ < std::chrono::milliseconds(500)) return;
    last_ = now;
    shown_ = true;
    std::fprintf(stderr, "\r\033[K%s: %d %%", PrintableText(path).c_str(),
                 total == 0 ? 100 : static_cast<int>(done * 100 / total));
  }

 private:
  std::chrono::steady_clock::time_point last_ =
      std::chrono::steady_clock::now();
  bool shown_ = false;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_PROGRESS_LINE_H_
