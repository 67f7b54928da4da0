// X.509 certificates as values. No OpenSSL type appears here.
#ifndef EXTGATE_ENGINE_CRYPTO_CERTIFICATE_H_
#define EXTGATE_ENGINE_CRYPTO_CERTIFICATE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/hex_bytes.h"

namespace extgate {

// What a crypto library made of a certificate; its header is this folder's own.
struct ParsedX509;

// One certificate. An object that exists parsed as X.509.
struct Certificate {
  Fingerprint sha256;       // of `der`
  FileDigest to_be_signed;  // SHA-256 of the TBSCertificate, as dbx has it
  std::string subject;      // RFC 2253
  std::string der;          // the bytes that were parsed, as they stand
  std::string pem;
  // Of `der`, kept since parsing costs more than anything else here.
  std::shared_ptr<const ParsedX509> parsed;
};

// Parses every certificate of `pem` (one or several, text between them
// ignored). InvalidArgument when there is none or one does not parse; the
// message says which.
absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem);

// Parses one DER certificate without trailing bytes. InvalidArgument otherwise,
// for BER too.
absl::StatusOr<Certificate> ParseDer(absl::string_view der);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_CERTIFICATE_H_
