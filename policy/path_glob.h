// A pattern on whole paths.
#ifndef EXTGATE_POLICY_PATH_GLOB_H_
#define EXTGATE_POLICY_PATH_GLOB_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/glob.h"

namespace extgate {

// "/usr/lib/systemd/**": each part is a Glob, in which no wildcard takes a `/`,
// or `**`, which takes any number of parts, none among them. At the end `**`
// takes at least one: what is below, not the directory itself. Time is at most
// text × pattern. Immutable, thread-safe.
class PathGlob {
 public:
  // InvalidArgument as Glob::Parse, and on a pattern that does not begin with
  // `/`, ends with one, has an empty part, `.`, `..` or `**` beside other
  // characters, or more than 62 parts.
  static absl::StatusOr<PathGlob> Parse(absl::string_view pattern);

  // `path` is relative to the root: "usr/lib/x".
  bool Matches(absl::string_view path) const;

  // Whether it matches some path below `path`, if there were such a one.
  bool MayMatchBelow(absl::string_view path) const;

  const std::string& text() const { return text_; }

 private:
  // A bit a place in the pattern: bit i before part i, the last behind all.
  using Places = uint64_t;

  explicit PathGlob(std::string text) : text_(std::move(text)) {}

  // Where one can stand once all of `path` is taken.
  Places After(absl::string_view path) const;

  std::string text_;
  std::vector<std::optional<Glob>> parts_;  // nullopt: `**`
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_PATH_GLOB_H_
