// OpenSSL's names and serial numbers as text for people. Internal to this
// folder.
#ifndef EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
#define EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/ssl_ptr.h"

namespace extgate {

// Immutable once made: OpenSSL locks what it caches in it. Its key is still
// bytes, see WithItsKey.
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

// `der` as an X.509 object whose key stays bytes: to decode a key costs as much
// as all else that a look at one image does. X509_get0_pubkey() of it is
// nullptr, and nothing is verified. nullptr when it does not parse or does not
// end with the certificate.
X509Ptr X509FromDer(absl::string_view der);

// A copy of `x509` with its key decoded, to verify with. nullptr when there is
// no memory; a key that does not decode is left out as above.
X509Ptr WithItsKey(X509& x509);

// The certificate's DER; empty when OpenSSL cannot encode it.
std::string DerOf(X509& x509);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
