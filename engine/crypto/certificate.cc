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
#include "engine/crypto/ssl_ptr.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// One block of a PEM text.
struct PemBlock {
  std::string name;  // "CERTIFICATE"
  std::string bytes;
};

enum class PemRead { kBlock, kEnd, kBroken };

// What follows in `bio`, into `block`.
PemRead NextBlock(BIO& bio, PemBlock& block) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(&bio, &name, &header, &data, &size) != 1) {
    const unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM &&
                   ERR_GET_REASON(error) == PEM_R_NO_START_LINE
               ? PemRead::kEnd
               : PemRead::kBroken;
  }
  block.name = name;
  block.bytes.assign(reinterpret_cast<char*>(data), static_cast<size_t>(size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return PemRead::kBlock;
}

// Empty when there is no memory.
std::string PemOf(absl::string_view der) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char* data = nullptr;
  if (bio == nullptr ||
      PEM_write_bio(bio.get(), PEM_STRING_X509, "", BytesOf(der).data(),
                    static_cast<long>(der.size())) <= 0) {
    return "";
  }
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : "";
}

}  // namespace

absl::StatusOr<Certificate> ParseDer(absl::string_view der) {
  // OpenSSL takes BER too, in which one certificate has many fingerprints.
  std::optional<CertificateFields> fields;
  if (IsDer(BytesOf(der))) fields = ReadCertificateFields(BytesOf(der));
  if (!fields) {
    return absl::InvalidArgumentError("not an X.509 certificate in DER");
  }
  StartCrypto();
  std::string pem = PemOf(der);
  if (pem.empty()) return absl::InternalError("no memory for a certificate");
  return Certificate{FingerprintOf(BytesOf(der)),
                     DigestOfToBeSigned(fields->to_be_signed),
                     std::move(fields->subject),
                     std::string(TextOf(fields->issuer)),
                     std::string(TextOf(fields->serial)),
                     std::string(TextOf(fields->public_key)),
                     std::string(der),
                     std::move(pem)};
}

absl::StatusOr<std::vector<Certificate>> ParsePem(absl::string_view pem) {
  StartCrypto();
  const ErrorQueueGuard guard;
  const BioPtr bio = ReadOnlyBio(pem);
  if (bio == nullptr) return absl::InvalidArgumentError("too long");
  std::vector<Certificate> certificates;
  PemBlock block;
  PemRead read = NextBlock(*bio, block);
  for (; read == PemRead::kBlock; read = NextBlock(*bio, block)) {
    if (block.name != PEM_STRING_X509 && block.name != PEM_STRING_X509_OLD) {
      continue;
    }
    absl::StatusOr<Certificate> certificate = ParseDer(block.bytes);
    if (!certificate.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate ", certificates.size() + 1, ": ",
                       certificate.status().message()));
    }
    certificates.push_back(*std::move(certificate));
  }
  if (read == PemRead::kBroken) {
    return absl::InvalidArgumentError(absl::StrCat(
        "certificate ", certificates.size() + 1, ": the PEM block is broken"));
  }
  if (certificates.empty()) {
    return absl::InvalidArgumentError("no certificate in PEM form");
  }
  return certificates;
}

}  // namespace extgate
