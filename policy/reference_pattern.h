// Test only, of the oracle: patterns on names and ranges of versions, as
// plainly as can be.
#ifndef EXTGATE_POLICY_REFERENCE_PATTERN_H_
#define EXTGATE_POLICY_REFERENCE_PATTERN_H_

#include <string>

#include "policy/policy.h"

namespace extgate {

// Whether the shell pattern matches all of `name`; ASCII, exponential.
bool ReferenceGlobMatches(const std::string& pattern, const std::string& name);

// The same for any pattern on names; behind `re:` by std::regex.
bool ReferenceNameMatches(const std::string& pattern, const std::string& name);

// What a version counts for that is none: not a letter or digit in it.
enum class NoVersion { kInRange, kOutOfRange };

// Whether what one of `match`'s names takes for a version in `name` is in the
// range of `match`, which has one.
bool ReferenceVersionHolds(const RuleMatch& match, const std::string& name,
                           NoVersion no_version);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REFERENCE_PATTERN_H_
