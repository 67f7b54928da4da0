// A value of a policy source and where it was written.
#ifndef EXTGATE_POLICY_LOCATED_H_
#define EXTGATE_POLICY_LOCATED_H_

#include <string>

#include "policy/diagnostic.h"

namespace extgate {

template <typename T>
struct Located {
  T value{};
  SourceSpan span;
  // The span is not part of the meaning.
  friend bool operator==(const Located& a, const Located& b) {
    return a.value == b.value;
  }
};

using LocatedText = Located<std::string>;

}  // namespace extgate

#endif  // EXTGATE_POLICY_LOCATED_H_
