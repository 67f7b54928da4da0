// Way in: StartCrypto.
#include "engine/crypto/testing/ssl_ptr.h"

#include <climits>

namespace extgate {

namespace {

// Without the texts of errors, and without the tables of ciphers and digests by
// name, which OpenSSL fills at the first look-up of anything: a fifth of what a
// whole run computes.
bool Start() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                          OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                          OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
                          OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                      nullptr);
  return true;
}

}  // namespace

void StartCrypto() { [[maybe_unused]] static const bool started = Start(); }

BioPtr ReadOnlyBio(absl::string_view bytes) {
  if (bytes.size() > INT_MAX) return nullptr;
  // A null pointer is no buffer for BIO_new_mem_buf, not even an empty one.
  const char* data = bytes.empty() ? "" : bytes.data();
  return BioPtr(BIO_new_mem_buf(data, static_cast<int>(bytes.size())));
}

}  // namespace extgate
