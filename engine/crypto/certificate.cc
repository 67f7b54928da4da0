// Ways in: ParsePem, FindPemProblems and ParseDer.
#include "engine/crypto/certificate.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
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

constexpr const char* kOrdinals[] = {"first", "second", "third",   "fourth",
                                     "fifth", "sixth",  "seventh", "eighth",
                                     "ninth", "tenth"};
constexpr const char* kNumbers[] = {"one", "two",   "three", "four", "five",
                                    "six", "seven", "eight", "nine", "ten"};

// "the second of three certificates"; `number` from 1.
std::string NthOf(size_t number, size_t count) {
  if (count > std::size(kNumbers)) {
    return absl::StrCat("certificate ", number, " of ", count);
  }
  return absl::StrCat("the ", kOrdinals[number - 1], " of ",
                      kNumbers[count - 1], " certificates");
}

bool IsCertificate(absl::string_view part) {
  const absl::string_view label = PemLabel(part);
  return label == kLabel || label == kOldLabel;
}

// What a text holds, and what is wrong with it.
struct PemContent {
  std::vector<Certificate> certificates;
  std::vector<PemProblem> problems;
};

PemContent ReadAll(absl::string_view pem) {
  const std::vector<absl::string_view> parts = PemParts(pem);
  const size_t count = static_cast<size_t>(
      std::count_if(parts.begin(), parts.end(), IsCertificate));
  PemContent content;
  size_t number = 0;  // of certificates so far
  for (const absl::string_view part : parts) {
    const bool is_certificate = IsCertificate(part);
    if (is_certificate) ++number;
    const absl::StatusOr<PemBlock> block = ReadPemBlock(part);
    absl::Status status = block.status();
    if (block.ok() && is_certificate) {
      absl::StatusOr<Certificate> certificate = ParseDer(block->bytes);
      status = certificate.status();
      if (certificate.ok()) {
        content.certificates.push_back(*std::move(certificate));
      }
    }
    if (status.ok()) continue;
    std::string where;
    if (!is_certificate) {
      where = absl::StrCat("the block `", PemLabel(part), "`: ");
    } else if (count > 1) {
      where = absl::StrCat(NthOf(number, count), ": ");
    }
    content.problems.push_back({static_cast<size_t>(part.data() - pem.data()),
                                absl::StrCat(where, status.message())});
  }
  if (count == 0 && content.problems.empty()) {
    content.problems.push_back({0, "no certificate in PEM form"});
  }
  return content;
}

}  // namespace

std::vector<PemProblem> FindPemProblems(absl::string_view pem) {
  return ReadAll(pem).problems;
}

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
  PemContent content = ReadAll(pem);
  if (!content.problems.empty()) {
    return absl::InvalidArgumentError(content.problems[0].message);
  }
  return std::move(content.certificates);
}

}  // namespace extgate
