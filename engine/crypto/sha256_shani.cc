// Ways in: Compress1ShaNi and Compress2ShaNi. The latter advances two messages
// in turn: a SHA256RNDS2 takes 4 cycles, and another may start every 2nd.
#include "engine/crypto/sha256_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

// The one way that both GCC and Clang have to use instructions that the rest
// of the program must not contain.
#define EXTGATE_SHANI __attribute__((target("sha,sse4.1")))
#define EXTGATE_SHANI_INLINE EXTGATE_SHANI __attribute__((always_inline)) inline

namespace extgate {
namespace {

// A state in the order of the instructions, highest word first.
struct Halves {
  __m128i abef;
  __m128i cdgh;
};

EXTGATE_SHANI_INLINE __m128i Load(const void* bytes) {
  return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
}

EXTGATE_SHANI_INLINE Halves LoadState(const Sha256State& state) {
  const __m128i dcba = Load(&state[0]);
  const __m128i hgfe = Load(&state[4]);
  const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  return {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

EXTGATE_SHANI_INLINE void StoreState(const Halves& halves, Sha256State& state) {
  const __m128i feba = _mm_shuffle_epi32(halves.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(halves.cdgh, 0xb1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(&state[0]),
                   _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(&state[4]),
                   _mm_alignr_epi8(dchg, feba, 8));
}

// One message on its way through a chunk: the last 16 words of the schedule,
// four to a register, W[t] in schedule[t / 4 % 4].
struct Stream {
  Halves now;
  Halves before;
  __m128i schedule[4];
};

EXTGATE_SHANI_INLINE void Begin(Stream& stream) { stream.before = stream.now; }

EXTGATE_SHANI_INLINE void End(Stream& stream) {
  stream.now.abef = _mm_add_epi32(stream.now.abef, stream.before.abef);
  stream.now.cdgh = _mm_add_epi32(stream.now.cdgh, stream.before.cdgh);
}

// Rounds 4 * kQuad to 4 * kQuad + 3.
template <int kQuad>
EXTGATE_SHANI_INLINE void FourRounds(Stream& stream, const uint8_t* chunk) {
  __m128i* const w = stream.schedule;
  if constexpr (kQuad < 4) {
    const __m128i big_endian =
        _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    w[kQuad] = _mm_shuffle_epi8(Load(chunk + 16 * kQuad), big_endian);
  } else {
    const __m128i seven_before =
        _mm_alignr_epi8(w[(kQuad + 3) % 4], w[(kQuad + 2) % 4], 4);
    w[kQuad % 4] = _mm_sha256msg2_epu32(
        _mm_add_epi32(_mm_sha256msg1_epu32(w[kQuad % 4], w[(kQuad + 1) % 4]),
                      seven_before),
        w[(kQuad + 3) % 4]);
  }
  Halves& now = stream.now;
  const __m128i added =
      _mm_add_epi32(w[kQuad % 4], Load(kSha256Rounds + 4 * kQuad));
  now.cdgh = _mm_sha256rnds2_epu32(now.cdgh, now.abef, added);
  now.abef =
      _mm_sha256rnds2_epu32(now.abef, now.cdgh, _mm_shuffle_epi32(added, 0x0e));
}

}  // namespace
}  // namespace extgate

#define EXTGATE_SHA256_INLINE EXTGATE_SHANI_INLINE
#include "engine/crypto/sha256_streams.h"

namespace extgate {

EXTGATE_SHANI void Compress1ShaNi(Sha256State* states, const uint8_t* first,
                                  size_t, size_t chunks) {
  CompressOne(states, first, chunks);
}

EXTGATE_SHANI void Compress2ShaNi(Sha256State* states, const uint8_t* first,
                                  size_t stride, size_t chunks) {
  CompressTwo(states, first, stride, chunks);
}

}  // namespace extgate

#endif  // __x86_64__
