// The boots that were failed on purpose, for whoever comes up next.
#ifndef EXTGATE_ENGINE_BOOT_FAILED_BOOTS_H_
#define EXTGATE_ENGINE_BOOT_FAILED_BOOTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/planner.h"

namespace extgate {

// One of them.
struct FailedBoot {
  std::string entry;       // the word of HostFacts::entry
  std::string time;        // RFC 3339, UTC
  std::string boot_id;     // of the boot that was failed
  std::string generation;  // its policy and images, see GenerationOf()
  // The entry was given up, having no other try. One that is booted all the
  // same is not failed a second time.
  bool rejected = false;
  std::string next;  // id of the entry that was to come up
  std::vector<Violation> violations;
  friend bool operator==(const FailedBoot&, const FailedBoot&) = default;
};

// So many are kept, and so many violations of each; the newest, the first.
inline constexpr size_t kMostFailedBoots = 16;
inline constexpr size_t kMostFailedFindings = 16;

// `boots`, oldest first, as JSON of v1.FailedBoots (proto/state.proto), bounded
// as above.
std::string FailedBootsToJson(const std::vector<FailedBoot>& boots);

// Reads it back. Whoever can write to the ESP can have written it, so its texts
// are made printable, and nothing in it ever allows anything. InvalidArgument
// when it is not of that form; a violation of an unknown code is left out.
absl::StatusOr<std::vector<FailedBoot>> FailedBootsFromJson(
    absl::string_view json);

// The boots of both lists, each boot id and entry once, by time.
std::vector<FailedBoot> MergeFailedBoots(std::vector<FailedBoot> one,
                                         const std::vector<FailedBoot>& other);

// `boots` without those of `entry`, which came up well.
std::vector<FailedBoot> WithoutEntry(std::vector<FailedBoot> boots,
                                     absl::string_view entry);

// Whether `entry` was given up and did not come up well since.
bool IsRejected(const std::vector<FailedBoot>& boots, absl::string_view entry);

// A line for people: "active was failed at 2026-11-27T14:00:00Z: wrong-key:
// signer-untrusted".
std::string Sentence(const FailedBoot& boot);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_FAILED_BOOTS_H_
