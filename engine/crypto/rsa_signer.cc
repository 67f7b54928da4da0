// Ways in: FromPem, FromProvider and FromEngine. OpenSSL's functions for that
// are looked up here and not with those of libcrypto.h: nothing else signs, and
// engines are not in every libcrypto.
#include "engine/crypto/rsa_signer.h"

// Engines, which are all that some tokens have.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>

#include <climits>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/crypto/libcrypto.h"
#include "engine/crypto/libcrypto_functions.h"
#include "engine/crypto/sha256.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

#define EXTGATE_SIGNING_FUNCTIONS(X) \
  X(BIO_free)                        \
  X(BIO_new_mem_buf)                 \
  X(CRYPTO_free)                     \
  X(ERR_error_string_n)              \
  X(ERR_get_error)                   \
  X(EVP_PKEY_CTX_set_rsa_padding)    \
  X(EVP_PKEY_sign)                   \
  X(EVP_PKEY_sign_init)              \
  X(OSSL_PROVIDER_load)              \
  X(OSSL_STORE_INFO_free)            \
  X(OSSL_STORE_INFO_get1_PKEY)       \
  X(OSSL_STORE_close)                \
  X(OSSL_STORE_eof)                  \
  X(OSSL_STORE_load)                 \
  X(OSSL_STORE_open)                 \
  X(PEM_read_bio_PrivateKey)         \
  X(i2d_PUBKEY)

struct SigningFunctions {
#define EXTGATE_POINTER(name) decltype(&::name) name = nullptr;
  EXTGATE_SIGNING_FUNCTIONS(EXTGATE_POINTER)
#undef EXTGATE_POINTER
};

template <typename F>
bool Find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  return function != nullptr;
}

absl::StatusOr<SigningFunctions> FindSigningFunctions() {
  if (absl::Status status = LoadLibcrypto(); !status.ok()) return status;
  void* const library = LoadedLibcrypto().library;
  SigningFunctions found;
#define EXTGATE_FIND(name)                                           \
  if (!Find(library, #name, found.name)) {                           \
    return absl::FailedPreconditionError("libcrypto has no " #name); \
  }
  EXTGATE_SIGNING_FUNCTIONS(EXTGATE_FIND)
#undef EXTGATE_FIND
  return found;
}

// The oldest of OpenSSL's errors, in its words; all are forgotten.
std::string OpensslWords(const SigningFunctions& signing) {
  const unsigned long error = signing.ERR_get_error();
  LoadedLibcrypto().ERR_clear_error();
  if (error == 0) return "no reason given";
  char words[256];
  signing.ERR_error_string_n(error, words, sizeof(words));
  return words;
}

// DigestInfo of SHA-256 (RFC 8017, 9.2, note 1), which the digest follows.
constexpr absl::string_view kSha256Info(
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
    "\x04\x20",
    19);

class PkeySigner : public RsaSigner {
 public:
  PkeySigner(const SigningFunctions& signing, EvpPkeyPtr key,
             RsaPublicKey public_key)
      : signing_(signing),
        key_(std::move(key)),
        public_key_(std::move(public_key)) {}

  const RsaPublicKey& public_key() const override { return public_key_; }

  // What is signed is made here and not by OpenSSL, which keys in tokens do
  // not all leave the digest to.
  absl::StatusOr<std::string> Sign(absl::string_view message) override {
    const Libcrypto& crypto = LoadedLibcrypto();
    const Sha256Digest digest = Sha256::Of(BytesOf(message));
    const std::string info = absl::StrCat(kSha256Info, TextOf(digest));
    EvpPkeyCtxPtr context(crypto.EVP_PKEY_CTX_new(key_.get(), nullptr));
    std::string signature(public_key_.size_bytes(), '\0');
    size_t size = signature.size();
    if (context == nullptr || signing_.EVP_PKEY_sign_init(context.get()) != 1 ||
        signing_.EVP_PKEY_CTX_set_rsa_padding(context.get(),
                                              RSA_PKCS1_PADDING) != 1 ||
        signing_.EVP_PKEY_sign(context.get(),
                               reinterpret_cast<uint8_t*>(signature.data()),
                               &size, BytesOf(info).data(), info.size()) != 1) {
      return absl::InternalError(
          absl::StrCat("the key does not sign: ", OpensslWords(signing_)));
    }
    signature.resize(size);
    if (!public_key_.Verifies(message, signature)) {
      return absl::InternalError(
          "the key made a signature that is not its own");
    }
    return signature;
  }

 private:
  const SigningFunctions signing_;
  EvpPkeyPtr key_;
  const RsaPublicKey public_key_;
};

absl::StatusOr<std::unique_ptr<RsaSigner>> SignerOf(
    const SigningFunctions& signing, EvpPkeyPtr key) {
  uint8_t* der = nullptr;
  const int size = signing.i2d_PUBKEY(key.get(), &der);
  if (size <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key has no public half: ", OpensslWords(signing)));
  }
  const std::string spki(reinterpret_cast<char*>(der),
                         static_cast<size_t>(size));
  signing.CRYPTO_free(der, "", 0);
  auto public_key = RsaPublicKey::FromSpki(spki);
  if (!public_key.ok()) {
    return absl::InvalidArgumentError("it is no RSA key");
  }
  return std::make_unique<PkeySigner>(signing, std::move(key),
                                      *std::move(public_key));
}

// Nobody is there to be asked.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<std::unique_ptr<RsaSigner>> RsaSigner::FromPem(
    absl::string_view pem) {
  const auto signing = FindSigningFunctions();
  if (!signing.ok()) return signing.status();
  if (pem.size() > INT_MAX) {
    return absl::InvalidArgumentError("it is too long for a key");
  }
  BIO* const bio =
      signing->BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EvpPkeyPtr key(
      signing->PEM_read_bio_PrivateKey(bio, nullptr, NoPassphrase, nullptr));
  signing->BIO_free(bio);
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no private key in it that can be read without "
                     "a passphrase: ",
                     OpensslWords(*signing)));
  }
  return SignerOf(*signing, std::move(key));
}

absl::StatusOr<std::unique_ptr<RsaSigner>> RsaSigner::FromProvider(
    const std::string& provider, const std::string& uri) {
  const auto signing = FindSigningFunctions();
  if (!signing.ok()) return signing.status();
  // Once one is loaded by name, OpenSSL has no other by itself any more.
  if (signing->OSSL_PROVIDER_load(nullptr, provider.c_str()) == nullptr ||
      signing->OSSL_PROVIDER_load(nullptr, "default") == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "OpenSSL has no provider `", provider, "`: ", OpensslWords(*signing)));
  }
  OSSL_STORE_CTX* const store =
      signing->OSSL_STORE_open(uri.c_str(), nullptr, nullptr, nullptr, nullptr);
  EvpPkeyPtr key;
  while (store != nullptr && key == nullptr &&
         signing->OSSL_STORE_eof(store) == 0) {
    OSSL_STORE_INFO* const info = signing->OSSL_STORE_load(store);
    if (info == nullptr) break;
    key.reset(signing->OSSL_STORE_INFO_get1_PKEY(info));
    signing->OSSL_STORE_INFO_free(info);
  }
  if (store != nullptr) signing->OSSL_STORE_close(store);
  if (key == nullptr) {
    return absl::NotFoundError(absl::StrCat("provider `", provider,
                                            "` gives no key for `", uri,
                                            "`: ", OpensslWords(*signing)));
  }
  return SignerOf(*signing, std::move(key));
}

absl::StatusOr<std::unique_ptr<RsaSigner>> RsaSigner::FromEngine(
    const std::string& engine, const std::string& uri) {
  const auto signing = FindSigningFunctions();
  if (!signing.ok()) return signing.status();
  void* const library = LoadedLibcrypto().library;
  decltype(&::ENGINE_by_id) by_id = nullptr;
  decltype(&::ENGINE_init) init = nullptr;
  decltype(&::ENGINE_load_private_key) load = nullptr;
  if (!Find(library, "ENGINE_by_id", by_id) ||
      !Find(library, "ENGINE_init", init) ||
      !Find(library, "ENGINE_load_private_key", load)) {
    return absl::FailedPreconditionError(
        "this OpenSSL has no engines: use a provider");
  }
  // An engine lives to the end of the process, as its keys do.
  LoadedLibcrypto().OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, nullptr);
  ENGINE* const found = by_id(engine.c_str());
  if (found == nullptr || init(found) != 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "OpenSSL has no engine `", engine, "`: ", OpensslWords(*signing)));
  }
  EvpPkeyPtr key(load(found, uri.c_str(), nullptr, nullptr));
  if (key == nullptr) {
    return absl::NotFoundError(absl::StrCat("engine `", engine,
                                            "` gives no key for `", uri,
                                            "`: ", OpensslWords(*signing)));
  }
  return SignerOf(*signing, std::move(key));
}

}  // namespace extgate
