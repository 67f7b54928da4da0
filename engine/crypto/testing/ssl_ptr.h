// Owners of OpenSSL's objects, and its one start-up call.
#ifndef EXTGATE_ENGINE_CRYPTO_TESTING_SSL_PTR_H_
#define EXTGATE_ENGINE_CRYPTO_TESTING_SSL_PTR_H_

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace extgate {

// Calls the function that frees a T.
template <auto kFree>
struct SslDelete {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <typename T, auto kFree>
using SslOwner = std::unique_ptr<T, SslDelete<kFree>>;

using BioPtr = SslOwner<BIO, BIO_free_all>;
using EvpMdPtr = SslOwner<EVP_MD, EVP_MD_free>;
using EvpMdCtxPtr = SslOwner<EVP_MD_CTX, EVP_MD_CTX_free>;
using EvpPkeyCtxPtr = SslOwner<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EvpPkeyPtr = SslOwner<EVP_PKEY, EVP_PKEY_free>;
using Pkcs7Ptr = SslOwner<PKCS7, PKCS7_free>;
using X509Ptr = SslOwner<X509, X509_free>;

// Memory that OpenSSL allocated.
struct SslFree {
  void operator()(void* memory) const { OPENSSL_free(memory); }
};
using SslBytesPtr = std::unique_ptr<unsigned char, SslFree>;

// Starts OpenSSL without reading its configuration file, which costs start-up
// time and belongs to whoever may write it; and without an end, which would
// free one by one what the end of the process frees at once. No digest is known
// by name. Cheap when called again; every way into this
// folder calls it first.
void StartCrypto();

// Leaves OpenSSL's error queue of this thread empty on the way out.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() { ERR_clear_error(); }
  ~ErrorQueueGuard() { ERR_clear_error(); }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

// A BIO that reads `bytes`, which must outlive it; nullptr when there are more
// than 2^31 - 1 of them or no memory.
BioPtr ReadOnlyBio(absl::string_view bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TESTING_SSL_PTR_H_
