// OpenSSL's names and serial numbers as text for people. Internal to this
// folder.
#ifndef EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
#define EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/ssl_ptr.h"

namespace extgate {

// Immutable once made: OpenSSL locks what it caches in it. Its key may still be
// bytes, see X509FromDer.
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

enum class WithKey { kNo, kYes };

// `der` as an X.509 object; nullptr when it does not parse or does not end with
// the certificate. To decode the key costs as much as all else that a look at
// one image does: without it X509_get0_pubkey() is nullptr, and nothing is
// verified.
X509Ptr X509FromDer(absl::string_view der, WithKey with_key);

// The certificate's DER; empty when OpenSSL cannot encode it.
std::string DerOf(X509& x509);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
