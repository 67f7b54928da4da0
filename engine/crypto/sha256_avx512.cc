// Way in: Compress16Avx512. Word i of 16 messages is in one register, a lane a
// message, and the rounds are those of FIPS 180-4 as they stand there.
#include "engine/crypto/sha256_kernels.h"

#if defined(__x86_64__)

// GCC 12 warns of its own header, where a lane that is masked out needs no
// value (its bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

// AddressSanitizer moves variables to where they are not aligned to 64 bytes
// (GCC's bug 110027), which these instructions do not forgive.
#define EXTGATE_AVX512 \
  __attribute__((target("avx512f,avx512bw"), no_sanitize("address")))
#define EXTGATE_AVX512_INLINE \
  EXTGATE_AVX512 __attribute__((always_inline)) inline

namespace extgate {
namespace {

// What VPTERNLOG calls them.
constexpr int kXor = 0x96;
constexpr int kChoose = 0xca;
constexpr int kMajority = 0xe8;

// Of 16 rows of 16 words each, makes its columns rows.
EXTGATE_AVX512_INLINE void Transpose(__m512i* rows) {
  __m512i pairs[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  // quads[4 * i + j]: column j of each 128 bits, of rows 4 * i to 4 * i + 3.
  __m512i quads[16];
  for (int i = 0; i < 16; i += 4) {
    quads[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    quads[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    quads[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    quads[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  for (int j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0x88);
    const __m512i low_odd = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0xdd);
    const __m512i high_even =
        _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0x88);
    const __m512i high_odd =
        _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0xdd);
    rows[j] = _mm512_shuffle_i32x4(low_even, high_even, 0x88);
    rows[4 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0x88);
    rows[8 + j] = _mm512_shuffle_i32x4(low_even, high_even, 0xdd);
    rows[12 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0xdd);
  }
}

// The 16 words of each message's chunk.
EXTGATE_AVX512_INLINE void LoadWords(const uint8_t* chunk, size_t stride,
                                     __m512i* words) {
  const __m512i big_endian = _mm512_broadcast_i32x4(
      _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  for (int lane = 0; lane < 16; ++lane) {
    words[lane] = _mm512_shuffle_epi8(
        _mm512_loadu_si512(chunk + static_cast<size_t>(lane) * stride),
        big_endian);
  }
  Transpose(words);
}

// Round t, with W[t] in `word`. What the round leaves is in the same eight
// registers, one further: h is then in d's place and so on, so that the
// arguments rotate instead of the values.
EXTGATE_AVX512_INLINE void Round(__m512i a, __m512i b, __m512i c, __m512i& d,
                                 __m512i e, __m512i f, __m512i g, __m512i& h,
                                 __m512i word, uint32_t constant) {
  const __m512i sum1 =
      _mm512_ternarylogic_epi32(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11),
                                _mm512_ror_epi32(e, 25), kXor);
  const __m512i sum0 =
      _mm512_ternarylogic_epi32(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13),
                                _mm512_ror_epi32(a, 22), kXor);
  const __m512i choose = _mm512_ternarylogic_epi32(e, f, g, kChoose);
  const __m512i majority = _mm512_ternarylogic_epi32(a, b, c, kMajority);
  const __m512i keyed = _mm512_add_epi32(
      _mm512_add_epi32(
          h, _mm512_add_epi32(word,
                              _mm512_set1_epi32(static_cast<int>(constant)))),
      _mm512_add_epi32(choose, sum1));
  d = _mm512_add_epi32(d, keyed);
  h = _mm512_add_epi32(keyed, _mm512_add_epi32(sum0, majority));
}

// W[t] in the place of W[t - 16], for t = kIndex modulo 16.
template <int kIndex>
EXTGATE_AVX512_INLINE void Extend(__m512i* w) {
  const __m512i old = w[(kIndex + 1) % 16];
  const __m512i young = w[(kIndex + 14) % 16];
  const __m512i sigma0 = _mm512_ternarylogic_epi32(
      _mm512_ror_epi32(old, 7), _mm512_ror_epi32(old, 18),
      _mm512_srli_epi32(old, 3), kXor);
  const __m512i sigma1 = _mm512_ternarylogic_epi32(
      _mm512_ror_epi32(young, 17), _mm512_ror_epi32(young, 19),
      _mm512_srli_epi32(young, 10), kXor);
  w[kIndex] =
      _mm512_add_epi32(_mm512_add_epi32(w[kIndex], w[(kIndex + 9) % 16]),
                       _mm512_add_epi32(sigma0, sigma1));
}

// Rounds kIndex to 15 of the 16 whose constants are `constants`. After each
// but the last 16, the word that it used makes room for one 16 further.
template <int kIndex, bool kLast>
EXTGATE_AVX512_INLINE void Rounds(__m512i* s, __m512i* w,
                                  const uint32_t* constants) {
  if constexpr (kIndex < 16) {
    constexpr int k = 16 - kIndex;
    Round(s[k % 8], s[(k + 1) % 8], s[(k + 2) % 8], s[(k + 3) % 8],
          s[(k + 4) % 8], s[(k + 5) % 8], s[(k + 6) % 8], s[(k + 7) % 8],
          w[kIndex], constants[kIndex]);
    if constexpr (!kLast) Extend<kIndex>(w);
    Rounds<kIndex + 1, kLast>(s, w, constants);
  }
}

}  // namespace

EXTGATE_AVX512 void Compress16Avx512(Sha256State* states, const uint8_t* first,
                                     size_t stride, size_t chunks) {
  // Two states a row: lane i's words are in the low half of row i, and the
  // transposed rows 8 to 15 are not used.
  __m512i rows[16];
  for (int lane = 0; lane < 16; ++lane) {
    rows[lane] = _mm512_castsi256_si512(_mm256_loadu_si256(
        reinterpret_cast<const __m256i*>(states[lane].data())));
  }
  Transpose(rows);
  __m512i s[8];
  for (int i = 0; i < 8; ++i) s[i] = rows[i];

  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    __m512i w[16];
    LoadWords(first + chunk * kSha256Chunk, stride, w);
    __m512i before[8];
    for (int i = 0; i < 8; ++i) before[i] = s[i];
    for (int t = 0; t < 48; t += 16) {
      Rounds<0, false>(s, w, kSha256Rounds + t);
    }
    Rounds<0, true>(s, w, kSha256Rounds + 48);
    for (int i = 0; i < 8; ++i) s[i] = _mm512_add_epi32(s[i], before[i]);
  }

  for (int i = 0; i < 8; ++i) rows[i] = s[i];
  for (int i = 8; i < 16; ++i) rows[i] = _mm512_setzero_si512();
  Transpose(rows);
  for (int lane = 0; lane < 16; ++lane) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(states[lane].data()),
                        _mm512_castsi512_si256(rows[lane]));
  }
}

}  // namespace extgate

#endif  // __x86_64__
