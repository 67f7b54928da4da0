// systemd's log of what was extended into the TPM: run/log/systemd/
// tpm2-measure.log. Whoever extends a register locks it first, and marks it by
// the sticky bit until the record is there, so that who reads it knows whether
// one is missing (systemd-pcrextend(8)).
#ifndef EXTGATE_ADAPTERS_MEASUREMENT_LOG_H_
#define EXTGATE_ADAPTERS_MEASUREMENT_LOG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/directory.h"
#include "adapters/places.h"
#include "adapters/unique_fd.h"

namespace extgate {

// For people; it is where run/ of the machine is.
inline constexpr char kMeasurementLog[] = "/run/log/systemd/tpm2-measure.log";

// Open, locked and marked, for one record. Not thread-safe.
class MeasurementLog {
 public:
  // Makes it where there is none, and waits for `patience` for whoever has it.
  // Unavailable, as of every other call.
  static absl::StatusOr<MeasurementLog> Open(const Places& places,
                                             absl::Duration patience);

  // Nothing was extended after all: takes the mark away that Open() has made.
  absl::Status GiveUp();

  // Appends `record` and does the same. Where it cannot be appended whole the
  // log is as long as it was, and stays marked.
  absl::Status Append(absl::string_view record);

 private:
  MeasurementLog(Directory directory, UniqueFd fd, uint32_t mode)
      : directory_(std::move(directory)), fd_(std::move(fd)), mode_(mode) {}

  std::string Path() const;

  Directory directory_;
  UniqueFd fd_;
  uint32_t mode_;  // before it was marked
};

struct MeasurementLogText {
  std::string bytes;
  bool complete = true;  // false: the mark of one that died is on it
};

// What it holds, while nobody writes. NotFound: there is none; Unavailable.
absl::StatusOr<MeasurementLogText> ReadMeasurementLog(const Places& places,
                                                      absl::Duration patience);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_MEASUREMENT_LOG_H_
