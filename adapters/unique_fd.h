// An open file descriptor that is closed once.
#ifndef EXTGATE_ADAPTERS_UNIQUE_FD_H_
#define EXTGATE_ADAPTERS_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace extgate {

// Owns a descriptor, or nothing. Move only; thread-compatible.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  // Leaves the descriptor to the caller, who closes it.
  int Release() { return std::exchange(fd_, -1); }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_UNIQUE_FD_H_
