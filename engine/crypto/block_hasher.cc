// Way in: BlockHasher::Create. The whole chunks of the salt are absorbed once;
// each block starts from a copy of that state. sha512 is OpenSSL's.
//
// Which of a CPU's SHA-256 engines is the quickest cannot be known from what it
// can do: two SHA-NI streams are 1.3 times as fast as 16 AVX-512 lanes on one
// kind of CPU, and two thirds as fast on another. So each hasher tries them on
// its first blocks.
#include "engine/crypto/block_hasher.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/internal/cycleclock.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/libcrypto.h"
#include "engine/crypto/libcrypto_functions.h"
#include "engine/crypto/trial.h"

namespace extgate {
namespace {

// A digest that was not computed must never be compared with anything.
void OrAbort(bool done) {
  if (!done) std::abort();
}

// Without system call, which a confined process might not be allowed.
uint64_t Ticks() {
  return static_cast<uint64_t>(absl::base_internal::CycleClock::Now());
}

// Several blocks at a time, a lane each, which all go the same way: the rest of
// the salt and the first bytes of the block make one chunk; then the chunks
// inside the block, where they lie; then its last bytes with the padding.
class Sha256BlockHasher : public BlockHasher {
 public:
  // By the quickest of `engines`, of which there is one at least.
  Sha256BlockHasher(absl::Span<const uint8_t> salt,
                    absl::Span<const Sha256Engine> engines)
      : trial_(engines.size()), salt_bytes_(salt.size()) {
    for (const Sha256Engine engine : engines) {
      ways_.push_back(KernelsOf(engine));
    }
    const size_t chunks = salt.size() / kSha256Chunk;
    ways_.front().back().compress(&salted_, salt.data(), 0, chunks);
    salt.remove_prefix(chunks * kSha256Chunk);
    salt_rest_.assign(salt.begin(), salt.end());
  }

  size_t digest_size() const override { return kSha256Size; }

 private:
  // As many as the widest kernel takes are a turn, so that all ways do the
  // same work.
  void HashMany(const uint8_t* first, size_t count, size_t block_size,
                uint8_t* digests) override {
    while (!trial_.over() && count >= kSha256MaxLanes) {
      const uint64_t start = Ticks();
      HashWith(ways_[trial_.way()], first, kSha256MaxLanes, block_size,
               digests);
      trial_.Took(Ticks() - start);
      first += kSha256MaxLanes * block_size;
      digests += kSha256MaxLanes * kSha256Size;
      count -= kSha256MaxLanes;
    }
    HashWith(ways_[trial_.way()], first, count, block_size, digests);
  }

  void HashWith(absl::Span<const Sha256Kernel> kernels, const uint8_t* first,
                size_t count, size_t block_size, uint8_t* digests) const {
    for (const Sha256Kernel& kernel : kernels) {
      for (; count >= kernel.lanes; count -= kernel.lanes) {
        HashLanes(kernel, first, block_size, digests);
        first += kernel.lanes * block_size;
        digests += kernel.lanes * kSha256Size;
      }
    }
  }

  void HashLanes(const Sha256Kernel& kernel, const uint8_t* first,
                 size_t block_size, uint8_t* digests) const {
    Sha256State states[kSha256MaxLanes];
    std::fill_n(states, kernel.lanes, salted_);
    // A chunk or two for each lane.
    uint8_t edges[kSha256MaxLanes * 2 * kSha256Chunk];
    size_t done = 0;                    // bytes of the block
    size_t before = salt_rest_.size();  // bytes that wait in front of the rest
    if (before > 0 && before + block_size >= kSha256Chunk) {
      done = kSha256Chunk - before;
      for (size_t lane = 0; lane < kernel.lanes; ++lane) {
        uint8_t* const chunk = edges + lane * kSha256Chunk;
        std::memcpy(chunk, salt_rest_.data(), before);
        std::memcpy(chunk + before, first + lane * block_size, done);
      }
      kernel.compress(states, edges, kSha256Chunk, 1);
      before = 0;
    }
    if (before == 0) {
      const size_t chunks = (block_size - done) / kSha256Chunk;
      kernel.compress(states, first + done, block_size, chunks);
      done += chunks * kSha256Chunk;
    }
    const size_t rest = block_size - done;
    size_t chunks = 0;
    for (size_t lane = 0; lane < kernel.lanes; ++lane) {
      uint8_t* const tail = edges + lane * 2 * kSha256Chunk;
      std::copy_n(salt_rest_.begin(), before, tail);
      std::copy_n(first + lane * block_size + done, rest, tail + before);
      chunks = PadSha256(tail, before + rest, salt_bytes_ + block_size);
    }
    kernel.compress(states, edges, 2 * kSha256Chunk, chunks);
    for (size_t lane = 0; lane < kernel.lanes; ++lane) {
      StoreSha256(states[lane], digests + lane * kSha256Size);
    }
  }

  std::vector<absl::Span<const Sha256Kernel>> ways_;  // one for each engine
  Trial trial_;                                       // of ways_
  const size_t salt_bytes_;
  Sha256State salted_ = kSha256Start;  // behind the salt's whole chunks
  std::vector<uint8_t> salt_rest_;     // behind these, less than a chunk
};

// OpenSSL fails these calls only for want of memory, or when misused.
class EvpBlockHasher : public BlockHasher {
 public:
  EvpBlockHasher(EvpMdPtr md, EvpMdCtxPtr salted, EvpMdCtxPtr scratch)
      : md_(std::move(md)),
        salted_(std::move(salted)),
        scratch_(std::move(scratch)) {}

  size_t digest_size() const override {
    return static_cast<size_t>(crypto_.EVP_MD_get_size(md_.get()));
  }

 private:
  void HashMany(const uint8_t* first, size_t count, size_t block_size,
                uint8_t* digests) override {
    for (; count > 0; --count) {
      OrAbort(crypto_.EVP_MD_CTX_copy_ex(scratch_.get(), salted_.get()));
      OrAbort(crypto_.EVP_DigestUpdate(scratch_.get(), first, block_size));
      OrAbort(crypto_.EVP_DigestFinal_ex(scratch_.get(), digests, nullptr));
      first += block_size;
      digests += digest_size();
    }
  }

  const Libcrypto& crypto_ = LoadedLibcrypto();
  EvpMdPtr md_;
  EvpMdCtxPtr salted_;
  EvpMdCtxPtr scratch_;
};

absl::StatusOr<std::unique_ptr<BlockHasher>> WithOpenssl(
    const std::string& algorithm, absl::Span<const uint8_t> salt) {
  if (absl::Status status = LoadLibcrypto(); !status.ok()) return status;
  const Libcrypto& crypto = LoadedLibcrypto();
  EvpMdPtr md(crypto.EVP_MD_fetch(nullptr, algorithm.c_str(), nullptr));
  EvpMdCtxPtr salted(crypto.EVP_MD_CTX_new());
  EvpMdCtxPtr scratch(crypto.EVP_MD_CTX_new());
  if (md == nullptr || salted == nullptr || scratch == nullptr ||
      crypto.EVP_DigestInit_ex(salted.get(), md.get(), nullptr) != 1 ||
      crypto.EVP_DigestUpdate(salted.get(), salt.data(), salt.size()) != 1) {
    return absl::InternalError(
        absl::StrCat("libcrypto does not offer ", algorithm));
  }
  return std::make_unique<EvpBlockHasher>(std::move(md), std::move(salted),
                                          std::move(scratch));
}

}  // namespace

absl::StatusOr<std::unique_ptr<BlockHasher>> BlockHasher::Create(
    absl::string_view algorithm, absl::Span<const uint8_t> salt) {
  if (algorithm == "sha256") {
    absl::Span<const Sha256Engine> engines = Sha256Engines();
    // No CPU with an engine of its own is quicker without.
    if (engines.size() > 1) engines.remove_prefix(1);
    return std::make_unique<Sha256BlockHasher>(salt, engines);
  }
  if (algorithm == "sha512") return WithOpenssl(std::string(algorithm), salt);
  return absl::UnimplementedError(
      absl::StrCat("hash algorithm `", algorithm, "` is not read here"));
}

absl::Status BlockHasher::Prepare(absl::string_view algorithm) {
  return algorithm == "sha256" ? absl::OkStatus() : LoadLibcrypto();
}

std::unique_ptr<BlockHasher> BlockHasher::CreateSha256(
    absl::Span<const uint8_t> salt, Sha256Engine engine) {
  return std::make_unique<Sha256BlockHasher>(salt,
                                             absl::MakeConstSpan(&engine, 1));
}

void BlockHasher::Hash(absl::Span<const uint8_t> block,
                       absl::Span<uint8_t> digest) {
  OrAbort(digest.size() >= digest_size());
  HashMany(block.data(), 1, block.size(), digest.data());
}

void BlockHasher::HashBlocks(absl::Span<const uint8_t> blocks,
                             size_t block_size, absl::Span<uint8_t> digests) {
  OrAbort(block_size > 0 && blocks.size() % block_size == 0);
  const size_t count = blocks.size() / block_size;
  OrAbort(digests.size() / digest_size() >= count);
  HashMany(blocks.data(), count, block_size, digests.data());
}

FileDigest StreamDigest::Finish() {
  return *FileDigest::FromBytes(sha256_.Finish());
}

}  // namespace extgate
