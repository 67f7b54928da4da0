// Ways in: Compress1Armv8 and Compress2Armv8. The latter advances two messages
// in turn, since SHA256H takes several cycles and many CPUs can start another
// meanwhile.
#include "engine/crypto/sha256_kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

// The one way to use instructions that the rest of the program must not
// contain.
#if defined(__clang__)
#define EXTGATE_ARMV8 __attribute__((target("sha2")))
#else
#define EXTGATE_ARMV8 __attribute__((target("+crypto")))
#endif
#define EXTGATE_ARMV8_INLINE EXTGATE_ARMV8 __attribute__((always_inline)) inline

namespace extgate {
namespace {

struct Halves {
  uint32x4_t abcd;
  uint32x4_t efgh;
};

// One message on its way through a chunk: the last 16 words of the schedule,
// four to a register, W[t] in schedule[t / 4 % 4].
struct Stream {
  Halves now;
  Halves before;
  uint32x4_t schedule[4];
};

EXTGATE_ARMV8_INLINE Halves LoadState(const Sha256State& state) {
  return {vld1q_u32(&state[0]), vld1q_u32(&state[4])};
}

EXTGATE_ARMV8_INLINE void StoreState(const Halves& halves, Sha256State& state) {
  vst1q_u32(&state[0], halves.abcd);
  vst1q_u32(&state[4], halves.efgh);
}

EXTGATE_ARMV8_INLINE void Begin(Stream& stream) { stream.before = stream.now; }

EXTGATE_ARMV8_INLINE void End(Stream& stream) {
  stream.now.abcd = vaddq_u32(stream.now.abcd, stream.before.abcd);
  stream.now.efgh = vaddq_u32(stream.now.efgh, stream.before.efgh);
}

// Rounds 4 * kQuad to 4 * kQuad + 3.
template <int kQuad>
EXTGATE_ARMV8_INLINE void FourRounds(Stream& stream, const uint8_t* chunk) {
  uint32x4_t* const w = stream.schedule;
  if constexpr (kQuad < 4) {
    w[kQuad] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(chunk + 16 * kQuad)));
  } else {
    w[kQuad % 4] =
        vsha256su1q_u32(vsha256su0q_u32(w[kQuad % 4], w[(kQuad + 1) % 4]),
                        w[(kQuad + 2) % 4], w[(kQuad + 3) % 4]);
  }
  Halves& now = stream.now;
  const uint32x4_t added =
      vaddq_u32(w[kQuad % 4], vld1q_u32(kSha256Rounds + 4 * kQuad));
  const uint32x4_t abcd = now.abcd;
  now.abcd = vsha256hq_u32(now.abcd, now.efgh, added);
  now.efgh = vsha256h2q_u32(now.efgh, abcd, added);
}

}  // namespace
}  // namespace extgate

#define EXTGATE_SHA256_INLINE EXTGATE_ARMV8_INLINE
#include "engine/crypto/sha256_streams.h"

namespace extgate {

EXTGATE_ARMV8 void Compress1Armv8(Sha256State* states, const uint8_t* first,
                                  size_t, size_t chunks) {
  CompressOne(states, first, chunks);
}

EXTGATE_ARMV8 void Compress2Armv8(Sha256State* states, const uint8_t* first,
                                  size_t stride, size_t chunks) {
  CompressTwo(states, first, stride, chunks);
}

}  // namespace extgate

#endif  // __aarch64__
