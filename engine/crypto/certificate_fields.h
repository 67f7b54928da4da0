// An X.509 certificate's own bytes, field by field, as far as a PKCS#7 and a
// revocation list speak of them. Internal to this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_CERTIFICATE_FIELDS_H_
#define EXTGATE_ENGINE_CRYPTO_CERTIFICATE_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "policy/hex_bytes.h"
#include "policy/utc_time.h"

namespace extgate {

// Spans are of the certificate that was read.
struct CertificateFields {
  absl::Span<const uint8_t> to_be_signed;  // TBSCertificate, whole
  absl::Span<const uint8_t> serial;        // INTEGER, whole
  absl::Span<const uint8_t> issuer;        // Name, whole
  absl::Span<const uint8_t> public_key;    // SubjectPublicKeyInfo, whole
  std::string subject;                     // RFC 2253
  std::optional<UtcTime> not_after;        // see Certificate
};

// The fields of `der`, one certificate and nothing else, in DER (RFC 5280, 4.1;
// IsDer() is the caller's to ask). nullopt where it is not built as one. Says
// nothing of keys, of dates but `not_after`, and of what extensions hold.
std::optional<CertificateFields> ReadCertificateFields(
    absl::Span<const uint8_t> der);

// SHA-256 of the bytes of a certificate as they stand.
Fingerprint FingerprintOf(absl::Span<const uint8_t> der);

// SHA-256 of a TBSCertificate as it stands, which is what dbx has.
FileDigest DigestOfToBeSigned(absl::Span<const uint8_t> to_be_signed);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_CERTIFICATE_FIELDS_H_
