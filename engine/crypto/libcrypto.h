// OpenSSL's libcrypto, loaded when first needed. To read and relocate it costs
// a start of the program more than all that extgate itself does for an image;
// and what has no signature to verify needs none of it. It is shared, so that
// the system's security updates reach it.
#ifndef EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_H_
#define EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_H_

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
#include <thread>

#include "absl/status/status.h"

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
};

// Loads and starts it, once; cheap when called again. FailedPrecondition, with
// the loader's words, where the system has none, then and ever after. A process
// that may open no file any more has to have called this before. Started
// without its configuration file, which costs time and belongs to whoever may
// write it; and without an end, which would free one by one what the end of the
// process frees at once. It knows no digest by name. Thread-safe.
absl::Status LoadLibcrypto();

// The functions. Ends the process where LoadLibcrypto fails: callers that can
// go on without have asked it.
const Libcrypto& LoadedLibcrypto();

// Loads it in a thread of its own, beside what the caller does meanwhile; the
// end of this object waits for it. Until then no process may be forked, which
// would inherit the loader's locks and nobody to open them.
class LibcryptoAhead {
 public:
  LibcryptoAhead();

 private:
  std::jthread thread_;
};

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

#endif  // EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_H_
