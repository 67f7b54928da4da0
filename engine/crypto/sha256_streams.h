// One message, and two in turn, by instructions that do four rounds at a time:
// what sha256_shani.cc and sha256_armv8.cc share, for them alone. Whoever
// includes it has defined, in its unnamed namespace, `Stream` with `now`,
// LoadState, StoreState, Begin, End and FourRounds, and EXTGATE_SHA256_INLINE:
// the attributes of a function that may use those instructions and is to stand
// where it is called.
#ifndef EXTGATE_ENGINE_CRYPTO_SHA256_STREAMS_H_
#define EXTGATE_ENGINE_CRYPTO_SHA256_STREAMS_H_

#include <cstddef>
#include <cstdint>

#include "engine/crypto/sha256_compress.h"

namespace extgate {
namespace {

// The rest of a chunk of one message, from rounds 4 * kQuad on.
template <int kQuad>
EXTGATE_SHA256_INLINE void Rounds(Stream& one, const uint8_t* chunk) {
  if constexpr (kQuad < 16) {
    FourRounds<kQuad>(one, chunk);
    Rounds<kQuad + 1>(one, chunk);
  }
}

// The same of two.
template <int kQuad>
EXTGATE_SHA256_INLINE void Rounds(Stream& one, Stream& two,
                                  const uint8_t* chunk_of_one,
                                  const uint8_t* chunk_of_two) {
  if constexpr (kQuad < 16) {
    FourRounds<kQuad>(one, chunk_of_one);
    FourRounds<kQuad>(two, chunk_of_two);
    Rounds<kQuad + 1>(one, two, chunk_of_one, chunk_of_two);
  }
}

EXTGATE_SHA256_INLINE void CompressOne(Sha256State* states,
                                       const uint8_t* first, size_t chunks) {
  Stream one;
  one.now = LoadState(states[0]);
  for (size_t i = 0; i < chunks; ++i) {
    Begin(one);
    Rounds<0>(one, first + i * kSha256Chunk);
    End(one);
  }
  StoreState(one.now, states[0]);
}

EXTGATE_SHA256_INLINE void CompressTwo(Sha256State* states,
                                       const uint8_t* first, size_t stride,
                                       size_t chunks) {
  Stream one;
  Stream two;
  one.now = LoadState(states[0]);
  two.now = LoadState(states[1]);
  for (size_t i = 0; i < chunks; ++i) {
    const uint8_t* const chunk = first + i * kSha256Chunk;
    Begin(one);
    Begin(two);
    Rounds<0>(one, two, chunk, chunk + stride);
    End(one);
    End(two);
  }
  StoreState(one.now, states[0]);
  StoreState(two.now, states[1]);
}

}  // namespace
}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_SHA256_STREAMS_H_
