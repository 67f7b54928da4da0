// OpenSSL's names and serial numbers as text for people. Internal to this
// folder.
#ifndef EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
#define EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/ssl_ptr.h"
#include "policy/signature_claims.h"

namespace extgate {

// Immutable once made: OpenSSL locks what it caches in it. Its key is still
// bytes.
struct ParsedX509 {
  X509Ptr x509;
};

// RFC 2253, control characters and all beyond ASCII escaped. Cut after 1024
// bytes with "...": a name is for reading, and a stranger chooses its length.
std::string NameText(const X509_NAME* name);

// "CN=Acme CA, serial 1f2e".
std::string IssuerAndSerialText(const X509_NAME* issuer,
                                const ASN1_INTEGER* serial);

// The value that describes `x509`, which is X509FromDer(der), and shares it.
// Internal when there is no memory.
absl::StatusOr<Certificate> DescribeCertificate(X509& x509,
                                                absl::string_view der);

// `der` as an X.509 object whose key stays bytes: to decode a key costs as much
// as all else that a look at one image does. X509_get0_pubkey() of it is
// nullptr, and nothing is verified. nullptr when it does not parse, is not in
// DER, or does not end with the certificate.
X509Ptr X509FromDer(absl::string_view der);

// What one of OpenSSL's i2d functions writes; empty when it fails.
template <typename Encode>
std::string Encoded(Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(&bytes);
  const SslBytesPtr owner(bytes);
  if (size <= 0) return "";
  return std::string(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
}

// DER, of a name as it was read; empty when OpenSSL cannot encode it.
std::string DerOf(X509_NAME& name);
std::string DerOf(const ASN1_INTEGER& number);

// SHA-256 of `der`, the bytes of a certificate as they stand: OpenSSL may
// encode one anew in other bytes, for another fingerprint.
Fingerprint FingerprintOf(absl::string_view der);

// SHA-256 of the TBSCertificate in `der` as it stands, which is what dbx has.
// Internal when there is none.
absl::StatusOr<FileDigest> ToBeSignedOf(absl::string_view der);

// Whether `claim` names `x509` by issuer and serial number. Byte for byte, as
// the kernel compares; OpenSSL by itself would not tell case.
bool Names(const SignerClaim& claim, X509& x509);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_X509_TEXT_H_
