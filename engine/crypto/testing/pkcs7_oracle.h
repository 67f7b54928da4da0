// OpenSSL's own word on a PKCS#7, to hold ours against.
#ifndef EXTGATE_ENGINE_CRYPTO_TESTING_PKCS7_ORACLE_H_
#define EXTGATE_ENGINE_CRYPTO_TESTING_PKCS7_ORACLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/crypto/certificate.h"

namespace extgate {

// Whether systemd's userspace check accepts `der` over `content`: PKCS7_verify
// with PKCS7_NOINTERN and PKCS7_NOVERIFY and the certificates of verity.d
// (systemd, dissect-image.c, validate_signature_userspace).
bool OpensslAccepts(absl::string_view der,
                    absl::Span<const Certificate> certificates,
                    absl::string_view content);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TESTING_PKCS7_ORACLE_H_
