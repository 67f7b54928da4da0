// Texts of UTF-8, character by character.
#ifndef EXTGATE_POLICY_CHARACTERS_H_
#define EXTGATE_POLICY_CHARACTERS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace extgate {

// The code point at `at`, which moves behind it. A byte that is not UTF-8 is a
// character of its own, beyond Unicode: no name of an image has one.
uint32_t TakeCharacter(absl::string_view text, size_t& at);

}  // namespace extgate

#endif  // EXTGATE_POLICY_CHARACTERS_H_
