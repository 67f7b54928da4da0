// What reading and believing one image costs, in process.
// bazel run --config=opt //engine/image:signed_path_benchmark
#include <cstdint>
#include <cstdlib>
#include <random>

#include "benchmark/benchmark.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "engine/image/signed_path.h"
#include "engine/image/verified_reader.h"

namespace extgate {
namespace {

constexpr size_t kDataSize = 64 << 20;

void OrAbort(bool done) {
  if (!done) std::abort();
}

// 64 MiB of data, signed by `signer`.
BuiltImage MakeImage(const TestSigner& signer) {
  TestImage options;
  options.data.resize(kDataSize);
  std::mt19937_64 generator(1);
  for (size_t i = 0; i < kDataSize; i += 8) {
    PutNumber(options.data, i, generator(), 8);
  }
  options.signer = &signer;
  return BuildImage(options);
}

// From the first byte of the partition table to a verified PKCS#7.
void GptToVerifiedPkcs7(benchmark::State& state, TestKey key) {
  const TestSigner signer({"benchmark", "", 1, key});
  TrustStore store;
  store.Trust(signer.certificate(), "benchmark");
  const BuiltImage image = MakeImage(signer);
  for (auto iteration : state) {
    BufferReader reader(image.bytes());
    const auto path = ReadSignedPath(reader, store);
    OrAbort(path.ok() && path->Holds());
  }
}
BENCHMARK_CAPTURE(GptToVerifiedPkcs7, rsa2048, TestKey::kRsa2048)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(GptToVerifiedPkcs7, rsa4096, TestKey::kRsa4096)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(GptToVerifiedPkcs7, ec256, TestKey::kEc256)
    ->Unit(benchmark::kMicrosecond);

// H(salt || 4 KiB), to compare with `openssl speed -bytes 4096 -evp sha256`.
void HashBlock(benchmark::State& state) {
  const Bytes salt(32, 1);
  const Bytes block(4096, 2);
  const auto hasher = *BlockHasher::Create("sha256", salt);
  uint8_t digest[32];
  for (auto iteration : state) {
    hasher->Hash(block, digest);
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * block.size());
}
BENCHMARK(HashBlock);

void VerifyEveryBlock(benchmark::State& state) {
  const BuiltImage image = MakeImage(SharedTestSigner());
  BufferReader reader(image.bytes());
  TrustStore store;
  const SignedPath path = *ReadSignedPath(reader, store);
  for (auto iteration : state) {
    const auto check =
        VerifyAllData(reader, image.data, image.verity, *path.verity.value());
    OrAbort(check.ok() && check->complete);
  }
  state.SetBytesProcessed(state.iterations() * kDataSize);
}
BENCHMARK(VerifyEveryBlock)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace extgate
