// Closed words of messages back to enumerators.
#ifndef EXTGATE_ENGINE_WORD_DECODER_H_
#define EXTGATE_ENGINE_WORD_DECODER_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/printable.h"
#include "policy/words.h"

namespace extgate {

// Sets `target` to the enumerator of `word`. A later program's word is an
// error, not a guess: InvalidArgument in `status`, which keeps the first one.
template <typename E>
void DecodeInto(absl::string_view word, E& target, absl::Status& status) {
  if (std::optional<E> value = FromWord<E>(word)) {
    target = *value;
    return;
  }
  status.Update(absl::InvalidArgumentError(absl::StrCat(
      "unknown ", Words<E>::kNoun, " `", PrintableText(word), "`")));
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_WORD_DECODER_H_
