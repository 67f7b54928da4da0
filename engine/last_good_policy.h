// Policy sources as they were when they last could be read, for the day when
// one is broken.
#ifndef EXTGATE_ENGINE_LAST_GOOD_POLICY_H_
#define EXTGATE_ENGINE_LAST_GOOD_POLICY_H_

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "engine/ports.h"

namespace extgate {

// Text of a source by its path.
using PolicyTexts = std::map<std::string, std::string>;

// What is kept, read when first asked for: a boot without a broken source does
// not need it. `state` must outlive it.
class LastGoodPolicy {
 public:
  explicit LastGoodPolicy(StatePort& state) : state_(state) {}

  // The text kept for the source at `path`; nullptr when there is none, and
  // when what is kept cannot be read.
  const std::string* Find(const std::string& path);

 private:
  StatePort& state_;
  std::optional<PolicyTexts> kept_;
};

// Keeps `good`, and of the sources in `broken` what is kept already; forgets
// all others. Writes only what is new. Errors of StatePort::WriteState.
absl::Status KeepLastGood(const PolicyTexts& good,
                          const std::set<std::string>& broken,
                          StatePort& state);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_LAST_GOOD_POLICY_H_
