// Way in: KnowSha2ByName.
#include "engine/crypto/testing/digest_names.h"

#include <cstdlib>

#include "engine/crypto/testing/ssl_ptr.h"

namespace extgate {

void KnowSha2ByName() {
  StartCrypto();
  for (const EVP_MD* digest :
       {EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
    if (EVP_add_digest(digest) != 1) std::abort();
  }
}

}  // namespace extgate
