#include "fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace extgate {

void Require(bool holds, absl::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n",
               static_cast<int>(property.size()), property.data());
  std::abort();
}

uint8_t FuzzInput::U8() {
  const absl::Span<const uint8_t> bytes = Bytes(1);
  return bytes.empty() ? uint8_t{0} : bytes[0];
}

uint16_t FuzzInput::U16() {
  const uint16_t low = U8();
  return static_cast<uint16_t>(low | U8() << 8);
}

absl::Span<const uint8_t> FuzzInput::Bytes(size_t size) {
  const absl::Span<const uint8_t> taken =
      rest_.first(std::min(size, rest_.size()));
  rest_.remove_prefix(taken.size());
  return taken;
}

absl::string_view FuzzInput::Until(char separator) {
  const size_t end = Text(rest_).find(separator);
  const absl::string_view taken = Text(Bytes(end));
  Bytes(1);
  return taken;
}

}  // namespace extgate
