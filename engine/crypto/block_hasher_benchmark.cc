// What hashing costs: blocks of 4096 bytes with a salt of 32, as dm-verity has
// them, by each engine of this CPU and by OpenSSL.
// bazel run --config=opt //engine/crypto:block_hasher_benchmark
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "engine/crypto/block_hasher.h"
#include "engine/crypto/testing/ssl_ptr.h"

namespace extgate {
namespace {

constexpr size_t kBlock = 4096;
constexpr size_t kBlocks = 128;  // a leaf hash block's worth
const std::vector<uint8_t> kSalt(32, 0x5a);

void OrAbort(bool done) {
  if (!done) std::abort();
}

void Blocks(benchmark::State& state, BlockHasher& hasher) {
  const std::vector<uint8_t> blocks(kBlocks * kBlock, 1);
  std::vector<uint8_t> digests(kBlocks * kSha256Size);
  for (auto _ : state) {
    hasher.HashBlocks(blocks, kBlock, absl::MakeSpan(digests));
    benchmark::DoNotOptimize(digests.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(blocks.size()) *
                          static_cast<int64_t>(state.iterations()));
}

void BlocksOf(benchmark::State& state, Sha256Engine engine) {
  Blocks(state, *BlockHasher::CreateSha256(kSalt, engine));
}

void BlocksChosen(benchmark::State& state) {
  Blocks(state, **BlockHasher::Create("sha256", kSalt));
}

void Stream(benchmark::State& state, Sha256Engine engine) {
  const std::vector<uint8_t> bytes(kBlocks * kBlock, 1);
  for (auto _ : state) {
    Sha256 sha256(engine);
    sha256.Update(bytes);
    benchmark::DoNotOptimize(sha256.Finish());
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes.size()) *
                          static_cast<int64_t>(state.iterations()));
}

void Openssl(benchmark::State& state) {
  const EvpMdPtr md(EVP_MD_fetch(nullptr, "sha256", nullptr));
  const EvpMdCtxPtr salted(EVP_MD_CTX_new());
  const EvpMdCtxPtr scratch(EVP_MD_CTX_new());
  OrAbort(EVP_DigestInit_ex(salted.get(), md.get(), nullptr) == 1 &&
          EVP_DigestUpdate(salted.get(), kSalt.data(), kSalt.size()) == 1);
  const std::vector<uint8_t> blocks(kBlocks * kBlock, 1);
  uint8_t digest[kSha256Size];
  for (auto _ : state) {
    for (size_t i = 0; i < kBlocks; ++i) {
      OrAbort(EVP_MD_CTX_copy_ex(scratch.get(), salted.get()) == 1 &&
              EVP_DigestUpdate(scratch.get(), blocks.data() + i * kBlock,
                               kBlock) == 1 &&
              EVP_DigestFinal_ex(scratch.get(), digest, nullptr) == 1);
    }
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(static_cast<int64_t>(blocks.size()) *
                          static_cast<int64_t>(state.iterations()));
}

const bool kRegistered = [] {
  for (const Sha256Engine engine : Sha256Engines()) {
    const std::string name(ToText(engine));
    benchmark::RegisterBenchmark(("blocks/" + name).c_str(), BlocksOf, engine);
    benchmark::RegisterBenchmark(("stream/" + name).c_str(), Stream, engine);
  }
  benchmark::RegisterBenchmark("blocks/chosen", BlocksChosen);
  benchmark::RegisterBenchmark("blocks/openssl", Openssl);
  return true;
}();

}  // namespace
}  // namespace extgate
