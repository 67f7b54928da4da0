// Counting an entry again that is another one than the one that came up well.
#ifndef EXTGATE_ENGINE_BOOT_REARM_H_
#define EXTGATE_ENGINE_BOOT_REARM_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ports.h"
#include "engine/report.h"

namespace extgate {

// The tries that a changed entry gets, as systemd and Kairos give a new one.
inline constexpr uint32_t kTriesOfAChangedEntry = 3;

// Keeps what the entry of `report` was made of, for it came up well by a policy
// with those `sources`. Writes only what is new. Errors of
// StatePort::WriteState.
absl::Status KeepGoodGeneration(const Report& report,
                                const std::vector<std::string>& sources,
                                StatePort& state);

struct RearmedEntry {
  std::string id;
  std::string why;  // what is not as it was, in words for people
  friend bool operator==(const RearmedEntry&, const RearmedEntry&) = default;
};

struct Rearming {
  std::vector<RearmedEntry> entries;  // that are counted again
  std::string why_none;  // in words for people; "" where there are some
  friend bool operator==(const Rearming&, const Rearming&) = default;
};

// Gives kTriesOfAChangedEntry to each entry that the policy may fail, is not
// counted (any more), and would be booted with another policy or other images
// than when it last came up well; it is forgiven what it was failed for, and
// why it is counted is kept for those who ask. Entries of which nothing is
// known stay as they are. Goes by the policy as the next boot will have it: a
// mode that was set until then counts no more.
//
// Of no entry where that policy is not enforcing, so that nothing could fail,
// and in recovery and on live media, from where not all is seen that the other
// entries have. Errors of BootPort::Assessment (NotFound: no boot loader that
// counts), and the first one of writing, after all entries were tried.
absl::StatusOr<Rearming> RearmChangedEntries(const Ports& ports);

// Why entries were counted again that have not come up well since, by their
// word; none where that cannot be read.
std::map<std::string, std::string> RearmedEntries(StatePort& state);

// One object, two spaces deep, ending in a newline (proto/boot.proto).
std::string RearmingToJson(const Rearming& rearming);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_REARM_H_
