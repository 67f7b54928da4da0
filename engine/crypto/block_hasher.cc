// Way in: BlockHasher::Create. The salt is absorbed once; each block starts
// from a copy of that state.
#include "engine/crypto/block_hasher.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/crypto/ssl_ptr.h"

namespace extgate {
namespace {

// OpenSSL fails these calls only for want of memory, or when misused. A digest
// that was not computed must never be compared with anything.
void OrAbort(bool done) {
  if (!done) std::abort();
}

class EvpBlockHasher : public BlockHasher {
 public:
  EvpBlockHasher(EvpMdPtr md, EvpMdCtxPtr salted, EvpMdCtxPtr scratch)
      : md_(std::move(md)),
        salted_(std::move(salted)),
        scratch_(std::move(scratch)) {}

  size_t digest_size() const override {
    return static_cast<size_t>(EVP_MD_get_size(md_.get()));
  }

  void Hash(absl::Span<const uint8_t> block,
            absl::Span<uint8_t> digest) override {
    OrAbort(EVP_MD_CTX_copy_ex(scratch_.get(), salted_.get()));
    OrAbort(EVP_DigestUpdate(scratch_.get(), block.data(), block.size()));
    OrAbort(digest.size() >= digest_size() &&
            EVP_DigestFinal_ex(scratch_.get(), digest.data(), nullptr));
  }

 private:
  EvpMdPtr md_;
  EvpMdCtxPtr salted_;
  EvpMdCtxPtr scratch_;
};

class EvpStreamDigest : public StreamDigest {
 public:
  explicit EvpStreamDigest(EvpMdCtxPtr context)
      : context_(std::move(context)) {}

  void Update(absl::Span<const uint8_t> bytes) override {
    OrAbort(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  }

  FileDigest Finish() override {
    uint8_t digest[32];
    OrAbort(EVP_DigestFinal_ex(context_.get(), digest, nullptr));
    return *FileDigest::FromBytes(digest);
  }

 private:
  EvpMdCtxPtr context_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<BlockHasher>> BlockHasher::Create(
    absl::string_view algorithm, absl::Span<const uint8_t> salt) {
  if (algorithm != "sha256" && algorithm != "sha512") {
    return absl::UnimplementedError(
        absl::StrCat("hash algorithm `", algorithm, "` is not read here"));
  }
  StartCrypto();
  EvpMdPtr md(EVP_MD_fetch(nullptr, std::string(algorithm).c_str(), nullptr));
  EvpMdCtxPtr salted(EVP_MD_CTX_new());
  EvpMdCtxPtr scratch(EVP_MD_CTX_new());
  if (md == nullptr || salted == nullptr || scratch == nullptr ||
      EVP_DigestInit_ex(salted.get(), md.get(), nullptr) != 1 ||
      EVP_DigestUpdate(salted.get(), salt.data(), salt.size()) != 1) {
    return absl::InternalError(
        absl::StrCat("libcrypto does not offer ", algorithm));
  }
  return std::make_unique<EvpBlockHasher>(std::move(md), std::move(salted),
                                          std::move(scratch));
}

std::unique_ptr<StreamDigest> StreamDigest::Create() {
  StartCrypto();
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  OrAbort(context != nullptr &&
          EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
  return std::make_unique<EvpStreamDigest>(std::move(context));
}

}  // namespace extgate
