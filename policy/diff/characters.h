// Texts of UTF-8, character by character.
#ifndef EXTGATE_POLICY_DIFF_CHARACTERS_H_
#define EXTGATE_POLICY_DIFF_CHARACTERS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace extgate {

// The code point at `at`, which moves behind it. A byte that is not UTF-8 is
// one beyond Unicode, which no name of an image has.
uint32_t TakeCharacter(absl::string_view text, size_t& at);

// As UTF-8; of Unicode.
std::string TextOf(uint32_t character);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_CHARACTERS_H_
