// Distinguished Encoding Rules (X.690), as far as a parser that also takes BER
// leaves them open. Internal to this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_DER_H_
#define EXTGATE_ENGINE_CRYPTO_DER_H_

#include <cstdint>

#include "absl/types/span.h"

namespace extgate {

// Whether `bytes` are whole DER elements one after another, down to all that
// constructed ones hold: lengths definite and as short as can be, sequences and
// sets constructed and every other universal type primitive, tags of one byte,
// at most 32 deep. Says nothing of values or of the order within a set.
bool IsDer(absl::Span<const uint8_t> bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_DER_H_
