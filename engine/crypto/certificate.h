// X.509 certificates as values.
#ifndef EXTGATE_ENGINE_CRYPTO_CERTIFICATE_H_
#define EXTGATE_ENGINE_CRYPTO_CERTIFICATE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/hex_bytes.h"
#include "policy/utc_time.h"

namespace extgate {

// One certificate, of ParsePem or ParseDer. Byte strings are raw. Its key is
// decoded when something has to be verified, and not before: to decode one
// costs as much as all else that a look at one image does.
struct Certificate {
  Fingerprint sha256;       // of `der`
  FileDigest to_be_signed;  // SHA-256 of the TBSCertificate, as dbx has it
  std::string subject;      // RFC 2253
  std::string issuer;       // DER of the Name
  std::string serial;       // DER of the INTEGER
  std::string public_key;   // DER of the SubjectPublicKeyInfo
  std::string der;          // the bytes that were parsed, as they stand
  std::string pem;
  // The last second of its validity (RFC 5280, 4.1.2.5); nullopt where that is
  // not a time in the form the RFC asks for.
  std::optional<UtcTime> not_after = std::nullopt;
};

// What is wrong with one certificate of a text.
struct PemProblem {
  size_t offset = 0;    // bytes, of the line that the certificate begins with
  std::string message;  // "the second of three certificates: it has no end"
};

// All that is wrong with `pem`, in the order of the text; empty exactly where
// ParsePem() takes it. Where there is no certificate at all, that is at 0.
std::vector<PemProblem> FindPemProblems(absl::string_view pem);

// Parses every certificate of `pem` (one or several, text between them
// ignored). InvalidArgument with the first of FindPemProblems().
absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem);

// Parses one DER certificate without trailing bytes. InvalidArgument otherwise,
// for BER too.
absl::StatusOr<Certificate> ParseDer(absl::string_view der);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_CERTIFICATE_H_
