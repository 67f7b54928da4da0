// Closed words: every enumeration that an operator can read or write has one
// table here, and the same word stands in policy keys, protobuf fields,
// reports, logs and documents.
#ifndef EXTGATE_POLICY_WORDS_H_
#define EXTGATE_POLICY_WORDS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace extgate {

// Specialised for each enumeration in values.h:
//   static constexpr std::pair<E, const char*> kTable[] = {{E::kA, "a"}, ...};
//   static constexpr char kNoun[] = "mode";
template <typename E>
struct Words;

// The word of `value`. Total: every enumerator is in its table (kept by
// values_test, which walks the tables both ways).
template <typename E>
constexpr const char* ToWord(E value) {
  for (const auto& [enumerator, word] : Words<E>::kTable) {
    if (enumerator == value) return word;
  }
  return "";
}

// The enumerator whose word is exactly `word`; case matters, no white space is
// trimmed. nullopt for any other text.
template <typename E>
std::optional<E> FromWord(absl::string_view word) {
  for (const auto& [enumerator, text] : Words<E>::kTable) {
    if (word == text) return enumerator;
  }
  return std::nullopt;
}

// All words of E, for messages: "disabled, permissive, enforcing".
template <typename E>
std::string AllWords() {
  std::string all;
  for (const auto& [enumerator, word] : Words<E>::kTable) {
    if (!all.empty()) all += ", ";
    all += word;
  }
  return all;
}

}  // namespace extgate

#endif  // EXTGATE_POLICY_WORDS_H_
