// The compression function of SHA-256 (FIPS 180-4, 6.2.2), by the means this
// CPU has.
#ifndef EXTGATE_ENGINE_CRYPTO_SHA256_COMPRESS_H_
#define EXTGATE_ENGINE_CRYPTO_SHA256_COMPRESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// Bytes of one chunk, the unit that is compressed (FIPS: message block).
inline constexpr size_t kSha256Chunk = 64;
inline constexpr size_t kSha256Size = 32;

// The words H0 to H7.
using Sha256State = std::array<uint32_t, 8>;

// H(0) of FIPS 180-4, 5.3.3.
inline constexpr Sha256State kSha256Start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                             0xa54ff53a, 0x510e527f, 0x9b05688c,
                                             0x1f83d9ab, 0x5be0cd19};

enum class Sha256Engine {
  kPortable,  // plain C++
  kShaNi,     // x86-64's SHA instructions, two messages interleaved
  kArmv8,     // arm64's SHA2 instructions, two messages interleaved
  kAvx512,    // 16 messages at once, the rest as kShaNi or kPortable does
};

// "portable", "sha-ni", "armv8" or "avx-512".
absl::string_view ToText(Sha256Engine engine);

// Those that this CPU and its kernel can run: kPortable always and first, the
// one with most lanes last. The CPU is asked once. Thread-safe.
const std::vector<Sha256Engine>& Sha256Engines();

// Compresses the `chunks` chunks of each of `lanes` messages into its state:
// states[i] takes those that start at first + i * stride, which need no
// alignment. No lane reads beyond its chunks.
struct Sha256Kernel {
  size_t lanes;
  void (*compress)(Sha256State* states, const uint8_t* first, size_t stride,
                   size_t chunks);
};

// No kernel has more lanes.
inline constexpr size_t kSha256MaxLanes = 16;

// The kernels of `engine`, which must be one of Sha256Engines(): the widest
// first, one of a single lane last. Thread-safe; valid as long as the process.
absl::Span<const Sha256Kernel> KernelsOf(Sha256Engine engine);

// Writes the kSha256Size bytes of the digest that is `state`, big-endian.
void StoreSha256(const Sha256State& state, uint8_t* digest);

// Pads the last `size` bytes of a message of `total` bytes, which are in
// `tail`: appends 0x80, zeros and the length in bits. `size` is below
// kSha256Chunk and `tail` has room for two chunks. Returns how many there are
// then, 1 or 2.
size_t PadSha256(uint8_t* tail, size_t size, uint64_t total);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_SHA256_COMPRESS_H_
