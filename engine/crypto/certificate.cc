// Way in: ParsePem and ParseDer.
#include "engine/crypto/certificate.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/certificate_fields.h"
#include "engine/crypto/der.h"
#include "engine/crypto/pem.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// Also "X509 CERTIFICATE", as OpenSSL once wrote.
constexpr absl::string_view kLabel = "CERTIFICATE";
constexpr absl::string_view kOldLabel = "X509 CERTIFICATE";

}  // namespace

absl::StatusOr<Certificate> ParseDer(absl::string_view der) {
  // OpenSSL takes BER too, in which one certificate has many fingerprints.
  std::optional<CertificateFields> fields;
  if (IsDer(BytesOf(der))) fields = ReadCertificateFields(BytesOf(der));
  if (!fields) {
    return absl::InvalidArgumentError("not an X.509 certificate in DER");
  }
  return Certificate{FingerprintOf(BytesOf(der)),
                     DigestOfToBeSigned(fields->to_be_signed),
                     std::move(fields->subject),
                     std::string(TextOf(fields->issuer)),
                     std::string(TextOf(fields->serial)),
                     std::string(TextOf(fields->public_key)),
                     std::string(der),
                     PemText(kLabel, der),
                     fields->not_after};
}

absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem) {
  const absl::StatusOr<std::vector<PemBlock>> blocks = PemBlocks(pem);
  if (!blocks.ok()) return blocks.status();
  std::vector<Certificate> certificates;
  for (const PemBlock& block : *blocks) {
    if (block.label != kLabel && block.label != kOldLabel) continue;
    absl::StatusOr<Certificate> certificate = ParseDer(block.bytes);
    if (!certificate.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate ", certificates.size() + 1, ": ",
                       certificate.status().message()));
    }
    certificates.push_back(*std::move(certificate));
  }
  if (certificates.empty()) {
    return absl::InvalidArgumentError("no certificate in PEM form");
  }
  return certificates;
}

}  // namespace extgate
