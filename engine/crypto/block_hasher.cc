// Way in: BlockHasher::Create. The whole chunks of the salt are absorbed once;
// each block starts from a copy of that state. sha512 is OpenSSL's.
#include "engine/crypto/block_hasher.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/crypto/libcrypto.h"
#include "engine/crypto/libcrypto_functions.h"

namespace extgate {
namespace {

// A digest that was not computed must never be compared with anything.
void OrAbort(bool done) {
  if (!done) std::abort();
}

// Several blocks at a time, a lane each, which all go the same way: the rest of
// the salt and the first bytes of the block make one chunk; then the chunks
// inside the block, where they lie; then its last bytes with the padding.
class Sha256BlockHasher : public BlockHasher {
 public:
  Sha256BlockHasher(absl::Span<const uint8_t> salt, Sha256Engine engine)
      : kernels_(KernelsOf(engine)), salt_bytes_(salt.size()) {
    const size_t chunks = salt.size() / kSha256Chunk;
    kernels_.back().compress(&salted_, salt.data(), 0, chunks);
    salt.remove_prefix(chunks * kSha256Chunk);
    salt_rest_.assign(salt.begin(), salt.end());
  }

  size_t digest_size() const override { return kSha256Size; }

 private:
  void HashMany(const uint8_t* first, size_t count, size_t block_size,
                uint8_t* digests) override {
    for (const Sha256Kernel& kernel : kernels_) {
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

  const absl::Span<const Sha256Kernel> kernels_;
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
    return CreateSha256(salt, Sha256Engines().back());
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
  return std::make_unique<Sha256BlockHasher>(salt, engine);
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
