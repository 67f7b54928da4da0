// Way in: StreamHasher::Create. SHA-256 is our own, the others are OpenSSL's.
#include "engine/crypto/stream_hasher.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/crypto/libcrypto.h"
#include "engine/crypto/libcrypto_functions.h"
#include "engine/crypto/sha256.h"

namespace extgate {
namespace {

class OwnSha256 : public StreamHasher {
 public:
  void Update(absl::Span<const uint8_t> bytes) override {
    sha256_.Update(bytes);
  }

  std::string Finish() override {
    const Sha256Digest digest = sha256_.Finish();
    sha256_ = Sha256();
    return {digest.begin(), digest.end()};
  }

 private:
  Sha256 sha256_;
};

// OpenSSL fails these calls only for want of memory, or when misused.
void OrAbort(int done) {
  if (done != 1) std::abort();
}

class EvpStream : public StreamHasher {
 public:
  EvpStream(EvpMdPtr md, EvpMdCtxPtr context)
      : md_(std::move(md)), context_(std::move(context)) {}

  void Update(absl::Span<const uint8_t> bytes) override {
    OrAbort(
        crypto_.EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  }

  std::string Finish() override {
    std::string digest(static_cast<size_t>(crypto_.EVP_MD_get_size(md_.get())),
                       '\0');
    OrAbort(crypto_.EVP_DigestFinal_ex(
        context_.get(), reinterpret_cast<uint8_t*>(digest.data()), nullptr));
    OrAbort(crypto_.EVP_DigestInit_ex(context_.get(), md_.get(), nullptr));
    return digest;
  }

 private:
  const Libcrypto& crypto_ = LoadedLibcrypto();
  EvpMdPtr md_;
  EvpMdCtxPtr context_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StreamHasher>> StreamHasher::Create(
    absl::string_view algorithm) {
  if (algorithm == "sha256") return std::make_unique<OwnSha256>();
  if (algorithm != "sha1" && algorithm != "sha384" && algorithm != "sha512") {
    return absl::UnimplementedError(
        absl::StrCat("hash algorithm `", algorithm, "` is not known here"));
  }
  if (absl::Status status = LoadLibcrypto(); !status.ok()) return status;
  const Libcrypto& crypto = LoadedLibcrypto();
  EvpMdPtr md(
      crypto.EVP_MD_fetch(nullptr, std::string(algorithm).c_str(), nullptr));
  EvpMdCtxPtr context(crypto.EVP_MD_CTX_new());
  if (md == nullptr || context == nullptr ||
      crypto.EVP_DigestInit_ex(context.get(), md.get(), nullptr) != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("libcrypto does not offer ", algorithm));
  }
  return std::make_unique<EvpStream>(std::move(md), std::move(context));
}

}  // namespace extgate
