// The functions of libcrypto, and owners of what they make. Internal to this
// folder: no other header shows OpenSSL's types.
#ifndef EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_FUNCTIONS_H_
#define EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_FUNCTIONS_H_

// The plain RSA calls are used, see signer_proof.cc.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

namespace extgate {

// The functions in use, each under its own name.
#define EXTGATE_LIBCRYPTO_FUNCTIONS(X) \
  X(ERR_clear_error)                   \
  X(EVP_Digest)                        \
  X(EVP_DigestFinal_ex)                \
  X(EVP_DigestInit_ex)                 \
  X(EVP_DigestUpdate)                  \
  X(EVP_MD_CTX_copy_ex)                \
  X(EVP_MD_CTX_free)                   \
  X(EVP_MD_CTX_new)                    \
  X(EVP_MD_fetch)                      \
  X(EVP_MD_free)                       \
  X(EVP_MD_get_size)                   \
  X(EVP_PKEY_CTX_free)                 \
  X(EVP_PKEY_CTX_new)                  \
  X(EVP_PKEY_free)                     \
  X(EVP_PKEY_get_base_id)              \
  X(EVP_PKEY_verify)                   \
  X(EVP_PKEY_verify_init)              \
  X(EVP_sha224)                        \
  X(EVP_sha384)                        \
  X(EVP_sha512)                        \
  X(OPENSSL_init_crypto)               \
  X(RSA_free)                          \
  X(RSA_public_decrypt)                \
  X(RSA_size)                          \
  X(d2i_PUBKEY)                        \
  X(d2i_RSAPublicKey)

struct Libcrypto {
#define EXTGATE_POINTER(name) decltype(&::name) name = nullptr;
  EXTGATE_LIBCRYPTO_FUNCTIONS(EXTGATE_POINTER)
#undef EXTGATE_POINTER
  void* library = nullptr;  // of dlopen(3), for what few of its users need
};

// The functions. Ends the process where LoadLibcrypto fails: callers that can
// go on without have asked it.
const Libcrypto& LoadedLibcrypto();

// Calls the function of libcrypto that frees a T.
template <auto Libcrypto::*kFree>
struct LibcryptoDelete {
  template <typename T>
  void operator()(T* object) const {
    (LoadedLibcrypto().*kFree)(object);
  }
};

template <typename T, auto kFree>
using LibcryptoOwner = std::unique_ptr<T, LibcryptoDelete<kFree>>;

using EvpMdPtr = LibcryptoOwner<EVP_MD, &Libcrypto::EVP_MD_free>;
using EvpMdCtxPtr = LibcryptoOwner<EVP_MD_CTX, &Libcrypto::EVP_MD_CTX_free>;
using EvpPkeyPtr = LibcryptoOwner<EVP_PKEY, &Libcrypto::EVP_PKEY_free>;
using EvpPkeyCtxPtr =
    LibcryptoOwner<EVP_PKEY_CTX, &Libcrypto::EVP_PKEY_CTX_free>;
using RsaPtr = LibcryptoOwner<RSA, &Libcrypto::RSA_free>;

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_FUNCTIONS_H_
