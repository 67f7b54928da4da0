// Distinguished Encoding Rules (X.690), as far as a parser that also takes BER
// leaves them open, and as far as a few small structures need them. Internal to
// this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_DER_H_
#define EXTGATE_ENGINE_CRYPTO_DER_H_

#include <cstdint>
#include <optional>

#include "absl/types/span.h"

namespace extgate {

// Whether `bytes` are whole DER elements one after another, down to all that
// constructed ones hold: lengths definite and as short as can be, sequences and
// sets constructed and every other universal type primitive, tags of one byte,
// at most 32 deep. Says nothing of values or of the order within a set.
bool IsDer(absl::Span<const uint8_t> bytes);

// Universal tags, as they stand in DER.
inline constexpr uint8_t kDerOctetString = 0x04;
inline constexpr uint8_t kDerObjectIdentifier = 0x06;
inline constexpr uint8_t kDerSequence = 0x30;
inline constexpr uint8_t kDerSet = 0x31;
// [0] of a context, constructed.
inline constexpr uint8_t kDerContext0 = 0xa0;

struct DerElement {
  uint8_t tag = 0;
  absl::Span<const uint8_t> content;
  absl::Span<const uint8_t> whole;  // tag and length too
};

// Takes the first element off `bytes`, which it shortens. nullopt where no
// whole element stands there.
std::optional<DerElement> TakeDerElement(absl::Span<const uint8_t>& bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_DER_H_
