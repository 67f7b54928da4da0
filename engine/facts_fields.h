// Text and hex as facts record them.
#ifndef EXTGATE_ENGINE_FACTS_FIELDS_H_
#define EXTGATE_ENGINE_FACTS_FIELDS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// `text` itself where it is UTF-8, else made so. JSON keeps control characters.
std::string RecordedText(absl::string_view text);

// Sets `target` to what `hex` says; what cannot be read is remembered in
// `status`, which keeps the first of it.
template <typename Hex>
void DecodeHex(absl::string_view hex, std::optional<Hex>& target,
               absl::Status& status) {
  absl::StatusOr<Hex> parsed = Hex::Parse(hex);
  if (parsed.ok()) {
    target = *std::move(parsed);
  } else {
    status.Update(parsed.status());
  }
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_FACTS_FIELDS_H_
