// OpenSSL's libcrypto, loaded when first needed. To read and relocate it costs
// a start of the program more than all that extgate itself does for an image;
// and what has no signature to verify needs none of it. It is shared, so that
// the system's security updates reach it.
#ifndef EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_H_
#define EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_H_

#include <thread>

#include "absl/status/status.h"

namespace extgate {

// Loads and starts it, once; cheap when called again. FailedPrecondition, with
// the loader's words, where the system has none, then and ever after. A process
// that may open no file any more has to have called this before. Started
// without its configuration file, which costs time and belongs to whoever may
// write it; and without an end, which would free one by one what the end of the
// process frees at once. It knows no digest by name. Thread-safe.
absl::Status LoadLibcrypto();

// Loads it in a thread of its own, beside what the caller does meanwhile; the
// end of this object waits for it. Until then no process may be forked, which
// would inherit the loader's locks and nobody to open them.
class LibcryptoAhead {
 public:
  LibcryptoAhead();

 private:
  std::jthread thread_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_LIBCRYPTO_H_
