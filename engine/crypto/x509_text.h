// OpenSSL's names and serial numbers as text for people. Internal to this
// folder.
#ifndef EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
#define EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/ssl_ptr.h"

namespace extgate {

// Immutable once made: OpenSSL locks what it caches in it.
struct ParsedX509 {
  X509Ptr x509;
};

// RFC 2253, control characters and all beyond ASCII escaped. Cut after 1024
// bytes with "...": a name is for reading, and a stranger chooses its length.
std::string NameText(const X509_NAME* name);

// "CN=Acme CA, serial 1f2e".
std::string IssuerAndSerialText(const X509_NAME* issuer,
                                const ASN1_INTEGER* serial);

// The value that describes `x509` and shares it. Internal when OpenSSL cannot
// encode it.
absl::StatusOr<Certificate> DescribeCertificate(X509& x509);

// `der` as an X.509 object; nullptr when it does not parse or does not end with
// the certificate.
X509Ptr X509FromDer(absl::string_view der);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
