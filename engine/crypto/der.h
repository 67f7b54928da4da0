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
// at most 32 deep; and booleans, numbers, bit strings, nulls and object
// identifiers in the form that their type has (X.690, 8.2 to 8.8, 8.19). Says
// nothing of other values or of the order within a set.
bool IsDer(absl::Span<const uint8_t> bytes);

// Universal tags, as they stand in DER.
inline constexpr uint8_t kDerBoolean = 0x01;
inline constexpr uint8_t kDerInteger = 0x02;
inline constexpr uint8_t kDerBitString = 0x03;
inline constexpr uint8_t kDerOctetString = 0x04;
inline constexpr uint8_t kDerNull = 0x05;
inline constexpr uint8_t kDerObjectIdentifier = 0x06;
inline constexpr uint8_t kDerSequence = 0x30;
inline constexpr uint8_t kDerSet = 0x31;
// [0] of a context, constructed; the next are [1], [2], ...
inline constexpr uint8_t kDerContext0 = 0xa0;

struct DerElement {
  uint8_t tag = 0;
  absl::Span<const uint8_t> content;
  absl::Span<const uint8_t> whole;  // tag and length too
};

// Takes the first element off `bytes`, which it shortens. nullopt where no
// whole element stands there.
std::optional<DerElement> TakeDerElement(absl::Span<const uint8_t>& bytes);

// Takes the elements of a structure one after another, in the order in which
// its definition lists them. What does not stand where it must gives an empty
// element, and is remembered: take a whole structure, then ask Done() once.
// Thread-compatible; the bytes must outlive it and all that it gives.
class DerFields {
 public:
  explicit DerFields(absl::Span<const uint8_t> bytes) : rest_(bytes) {}

  // The next element, which must have `tag`.
  DerElement Take(uint8_t tag);
  // The next element if it has `tag` (OPTIONAL).
  std::optional<DerElement> TakeIf(uint8_t tag);
  // The next element, of whatever tag (ANY); nullopt at the end.
  std::optional<DerElement> TakeAny();

  // Something was not as it must be.
  void Refuse() { ok_ = false; }
  bool ok() const { return ok_; }
  // All elements were taken, and nothing was amiss.
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  absl::Span<const uint8_t> rest_;
  bool ok_ = true;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_DER_H_
