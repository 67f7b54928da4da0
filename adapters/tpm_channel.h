// The way to a TPM: commands go there, answers come back, and nothing waits
// longer than it is told to. tpm2-tss has ways of its own (TCTI), which wait
// for an answer for ever.
#ifndef EXTGATE_ADAPTERS_TPM_CHANNEL_H_
#define EXTGATE_ADAPTERS_TPM_CHANNEL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "adapters/unique_fd.h"

namespace extgate {

// A longer answer is none (TPM 2.0 Library, part 2, MAX_RESPONSE_SIZE).
inline constexpr size_t kMaxTpmAnswer = 4096;  // bytes

// One command after the other. Not thread-safe.
//
// The kernel itself waits for a device, by command between a second and minutes
// (its tpm.h, enum tpm2_timeouts). From Linux 5.0 on Transact() does not wait
// for the kernel; who closes the device, as the end of the process does, does.
class TpmChannel {
 public:
  using Clock = std::chrono::steady_clock;

  // `device` is a path, of a character device or of a socket that a software
  // TPM serves; the same as tpm2-tss writes it, "device:PATH" or
  // "swtpm:path=PATH"; or "", for /dev/tpmrm0, or where that is not there
  // /dev/tpm0. Waits until `deadline` for one that somebody else has open.
  // NotFound: there is none; InvalidArgument: another kind of file, or of
  // string; PermissionDenied; Unavailable: it stayed busy, and everything else.
  static absl::StatusOr<std::unique_ptr<TpmChannel>> Open(
      const std::string& device, Clock::time_point deadline);

  // The answer to a command, whole, as they stand in TPM 2.0 Library, part 3.
  // Unavailable: there is none before `deadline`, or it has no end; then so is
  // every later one.
  absl::StatusOr<std::string> Transact(absl::Span<const uint8_t> command,
                                       Clock::time_point deadline);

  const std::string& path() const { return path_; }

 private:
  TpmChannel(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  absl::StatusOr<std::string> TryTransact(absl::Span<const uint8_t> command,
                                          Clock::time_point deadline);
  absl::Status Send(absl::Span<const uint8_t> command,
                    Clock::time_point deadline);
  // Until something can be done that is of `events` of poll(2).
  absl::Status Wait(short events, Clock::time_point deadline);

  const std::string path_;
  const UniqueFd fd_;
  absl::Status broken_;  // why nothing can follow any more
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TPM_CHANNEL_H_
