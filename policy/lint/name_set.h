// The names that a rule takes, as a set that can be compared with another.
#ifndef EXTGATE_POLICY_LINT_NAME_SET_H_
#define EXTGATE_POLICY_LINT_NAME_SET_H_

#include <set>
#include <string>
#include <vector>

#include "policy/glob.h"
#include "policy/located.h"

namespace extgate {

// Any of a list of patterns on names. What is said of two sets is said only
// where it is certain: a regular expression is known to be like itself, and to
// be part of `*`. Immutable.
class NameSet {
 public:
  // Patterns that do not parse are left out.
  explicit NameSet(const std::vector<LocatedText>& patterns);

  // `*` is among them.
  bool IsEverything() const { return everything_; }

  // True only when every name of `other` is in this set.
  bool Covers(const NameSet& other) const;

  // True only when no name is in both.
  bool IsApartFrom(const NameSet& other) const;

  // What each glob begins with, up to its first special character; "" where
  // there is an expression. A set covers another one only if one of its heads
  // begins the first head of the other (or in ways that are not looked for).
  const std::set<std::string>& heads() const { return heads_; }
  const std::string& first_head() const { return first_head_; }

 private:
  bool everything_ = false;
  std::vector<Glob> globs_;
  std::set<std::string> expressions_;
  std::set<std::string> heads_;
  std::string first_head_;
};

// Why no image can have a name that `glob` matches, "a name has no `/`"; "" for
// one that an image can have, as far as is known.
std::string WhyNoName(const Glob& glob);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_NAME_SET_H_
