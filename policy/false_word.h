// The words that systemd takes for false (systemd.syntax(7)).
#ifndef EXTGATE_POLICY_FALSE_WORD_H_
#define EXTGATE_POLICY_FALSE_WORD_H_

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace extgate {

// Whether `word` is one of them, in any case. What is neither true nor false is
// not.
inline bool IsFalseWord(absl::string_view word) {
  for (absl::string_view no : {"0", "no", "n", "false", "f", "off"}) {
    if (absl::EqualsIgnoreCase(word, no)) return true;
  }
  return false;
}

}  // namespace extgate

#endif  // EXTGATE_POLICY_FALSE_WORD_H_
