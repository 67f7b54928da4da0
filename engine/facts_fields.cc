// One way in: RecordedText.
#include "engine/facts_fields.h"

#include <cstddef>

#include "policy/printable.h"

namespace extgate {

std::string RecordedText(absl::string_view text) {
  for (absl::string_view rest = text; !rest.empty();) {
    const int length = Utf8Length(rest);
    if (length == 0) return PrintableText(text);
    rest.remove_prefix(static_cast<size_t>(length));
  }
  return std::string(text);
}

}  // namespace extgate
