// Way in: DescribeCertificate.
#include "engine/crypto/x509_text.h"

#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/crypto/der.h"
#include "engine/crypto/sha256.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr size_t kNameLimit = 1024;
constexpr int kSerialBytesLimit = 64;

std::string BioText(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : "";
}

template <typename Digest>
Digest DigestOf(absl::Span<const uint8_t> bytes) {
  return *Digest::FromBytes(Sha256::Of(bytes));
}

}  // namespace

std::string NameText(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || name == nullptr ||
      X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return "";
  }
  std::string text = BioText(*bio);
  if (text.size() > kNameLimit) text = text.substr(0, kNameLimit) + "...";
  return text;
}

std::string IssuerAndSerialText(const X509_NAME* issuer,
                                const ASN1_INTEGER* serial) {
  std::string digits = "too long to show";
  if (serial != nullptr && ASN1_STRING_length(serial) <= kSerialBytesLimit) {
    const BignumPtr number(ASN1_INTEGER_to_BN(serial, nullptr));
    char* hex = number != nullptr ? BN_bn2hex(number.get()) : nullptr;
    if (hex != nullptr) digits = absl::AsciiStrToLower(hex);
    OPENSSL_free(hex);
  }
  return absl::StrCat(NameText(issuer), ", serial ", digits);
}

absl::StatusOr<Certificate> DescribeCertificate(X509& x509,
                                                absl::string_view der) {
  const absl::StatusOr<FileDigest> to_be_signed = ToBeSignedOf(der);
  const BioPtr pem(BIO_new(BIO_s_mem()));
  if (!to_be_signed.ok() || pem == nullptr ||
      PEM_write_bio(pem.get(), PEM_STRING_X509, "", BytesOf(der).data(),
                    static_cast<long>(der.size())) <= 0) {
    return absl::InternalError("the certificate cannot be described");
  }
  X509_up_ref(&x509);
  return Certificate{
      FingerprintOf(der),
      *to_be_signed,
      NameText(X509_get_subject_name(&x509)),
      std::string(der),
      BioText(*pem),
      std::make_shared<const ParsedX509>(ParsedX509{X509Ptr(&x509)})};
}

std::string DerOf(X509_NAME& name) {
  const unsigned char* der = nullptr;
  size_t size = 0;
  if (X509_NAME_get0_der(&name, &der, &size) != 1) return "";
  return std::string(reinterpret_cast<const char*>(der), size);
}

std::string DerOf(const ASN1_INTEGER& number) {
  return Encoded(
      [&](unsigned char** out) { return i2d_ASN1_INTEGER(&number, out); });
}

Fingerprint FingerprintOf(absl::string_view der) {
  return DigestOf<Fingerprint>(BytesOf(der));
}

absl::StatusOr<FileDigest> ToBeSignedOf(absl::string_view der) {
  absl::Span<const uint8_t> bytes = BytesOf(der);
  if (std::optional<DerElement> certificate = TakeDerElement(bytes)) {
    if (auto to_be_signed = TakeDerElement(certificate->content)) {
      return DigestOf<FileDigest>(to_be_signed->whole);
    }
  }
  return absl::InternalError("the certificate has nothing to be signed");
}

bool Names(const SignerClaim& claim, X509& x509) {
  return claim.serial == DerOf(*X509_get_serialNumber(&x509)) &&
         claim.issuer == DerOf(*X509_get_issuer_name(&x509));
}

X509Ptr X509FromDer(absl::string_view der) {
  // OpenSSL takes BER too, in which one certificate has many fingerprints.
  if (der.size() > LONG_MAX || !IsDer(BytesOf(der))) return nullptr;
  OSSL_LIB_CTX* const context = NoAlgorithms();
  X509* target = context != nullptr ? X509_new_ex(context, nullptr) : nullptr;
  if (target == nullptr) return nullptr;
  const auto* cursor = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = cursor + der.size();
  // Frees the target when it fails.
  X509Ptr x509(d2i_X509(&target, &cursor, static_cast<long>(der.size())));
  return cursor == end ? std::move(x509) : nullptr;
}

}  // namespace extgate
