// Way in: StartCrypto.
#include "engine/crypto/ssl_ptr.h"

#include <climits>

namespace extgate {

void StartCrypto() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT,
                      nullptr);
}

BioPtr ReadOnlyBio(absl::string_view bytes) {
  if (bytes.size() > INT_MAX) return nullptr;
  // A null pointer is no buffer for BIO_new_mem_buf, not even an empty one.
  const char* data = bytes.empty() ? "" : bytes.data();
  return BioPtr(BIO_new_mem_buf(data, static_cast<int>(bytes.size())));
}

}  // namespace extgate
