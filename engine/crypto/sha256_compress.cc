// Ways in: Sha256Engines and KernelsOf. The portable engine is here too.
#include "engine/crypto/sha256_compress.h"

#include <bit>
#include <cstring>

#include "absl/base/internal/endian.h"
#include "engine/crypto/sha256_kernels.h"

#if defined(__x86_64__)
#if defined(__clang__)
#define _Bool bool  // clang's C++ does not know C's word, which the header uses
#endif
#include <sys/platform/x86.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace extgate {
namespace {

// FIPS 180-4, 6.2.2, as it stands there.
void CompressChunk(Sha256State& state, const uint8_t* chunk) {
  uint32_t w[64];
  for (int t = 0; t < 16; ++t) w[t] = absl::big_endian::Load32(chunk + 4 * t);
  for (int t = 16; t < 64; ++t) {
    const uint32_t old = w[t - 15];
    const uint32_t young = w[t - 2];
    w[t] = w[t - 16] + w[t - 7] +
           (std::rotr(old, 7) ^ std::rotr(old, 18) ^ (old >> 3)) +
           (std::rotr(young, 17) ^ std::rotr(young, 19) ^ (young >> 10));
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (int t = 0; t < 64; ++t) {
    const uint32_t one =
        h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
        ((e & f) ^ (~e & g)) + kSha256Rounds[t] + w[t];
    const uint32_t two =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) +
        ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + one;
    d = c;
    c = b;
    b = a;
    a = one + two;
  }
  const Sha256State sum = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); ++i) state[i] += sum[i];
}

void Compress1Portable(Sha256State* states, const uint8_t* first, size_t,
                       size_t chunks) {
  for (size_t i = 0; i < chunks; ++i) {
    CompressChunk(states[0], first + i * kSha256Chunk);
  }
}

constexpr Sha256Kernel kPortableKernels[] = {{1, Compress1Portable}};

#if defined(__x86_64__)
constexpr Sha256Kernel kShaNiKernels[] = {{2, Compress2ShaNi},
                                          {1, Compress1ShaNi}};
constexpr Sha256Kernel kAvx512Kernels[] = {
    {16, Compress16Avx512}, {2, Compress2ShaNi}, {1, Compress1ShaNi}};
// Of a CPU that has no SHA instructions.
constexpr Sha256Kernel kAvx512AloneKernels[] = {{16, Compress16Avx512},
                                                {1, Compress1Portable}};

// What the C library found at its start: to ask the CPU again would leave a
// virtual machine each time.
bool HasShaNi() {
  return CPU_FEATURE_ACTIVE(SHA) && CPU_FEATURE_ACTIVE(SSE4_1);
}
bool HasAvx512() {
  return CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512BW);
}
#elif defined(__aarch64__)
constexpr Sha256Kernel kArmv8Kernels[] = {{2, Compress2Armv8},
                                          {1, Compress1Armv8}};

bool HasArmv8() { return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0; }
#endif

}  // namespace

absl::string_view ToText(Sha256Engine engine) {
  switch (engine) {
    case Sha256Engine::kPortable:
      return "portable";
    case Sha256Engine::kShaNi:
      return "sha-ni";
    case Sha256Engine::kArmv8:
      return "armv8";
    case Sha256Engine::kAvx512:
      return "avx-512";
  }
  return "";
}

const std::vector<Sha256Engine>& Sha256Engines() {
  static const std::vector<Sha256Engine> engines = [] {
    std::vector<Sha256Engine> found = {Sha256Engine::kPortable};
#if defined(__x86_64__)
    if (HasShaNi()) found.push_back(Sha256Engine::kShaNi);
    if (HasAvx512()) found.push_back(Sha256Engine::kAvx512);
#elif defined(__aarch64__)
    if (HasArmv8()) found.push_back(Sha256Engine::kArmv8);
#endif
    return found;
  }();
  return engines;
}

absl::Span<const Sha256Kernel> KernelsOf(Sha256Engine engine) {
  switch (engine) {
    case Sha256Engine::kPortable:
      break;
#if defined(__x86_64__)
    case Sha256Engine::kShaNi:
      return kShaNiKernels;
    case Sha256Engine::kAvx512:
      if (HasShaNi()) return kAvx512Kernels;
      return kAvx512AloneKernels;
    case Sha256Engine::kArmv8:
      break;
#elif defined(__aarch64__)
    case Sha256Engine::kArmv8:
      return kArmv8Kernels;
    case Sha256Engine::kShaNi:
    case Sha256Engine::kAvx512:
      break;
#else
    case Sha256Engine::kShaNi:
    case Sha256Engine::kArmv8:
    case Sha256Engine::kAvx512:
      break;
#endif
  }
  return kPortableKernels;
}

void StoreSha256(const Sha256State& state, uint8_t* digest) {
  for (size_t i = 0; i < state.size(); ++i) {
    absl::big_endian::Store32(digest + 4 * i, state[i]);
  }
}

size_t PadSha256(uint8_t* tail, size_t size, uint64_t total) {
  const size_t chunks = size + 1 + sizeof(total) <= kSha256Chunk ? 1 : 2;
  tail[size] = 0x80;
  std::memset(tail + size + 1, 0, chunks * kSha256Chunk - size - 1);
  absl::big_endian::Store64(tail + chunks * kSha256Chunk - sizeof(total),
                            8 * total);
  return chunks;
}

}  // namespace extgate
