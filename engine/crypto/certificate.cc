// Way in: ParsePem and ParseDer.
#include "engine/crypto/certificate.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/ssl_ptr.h"
#include "engine/crypto/x509_text.h"

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

}  // namespace

absl::StatusOr<Certificate> ParseDer(absl::string_view der) {
  StartCrypto();
  const ErrorQueueGuard guard;
  const X509Ptr x509 = X509FromDer(der);
  if (x509 == nullptr) {
    return absl::InvalidArgumentError("not an X.509 certificate in DER");
  }
  return DescribeCertificate(*x509, der);
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
