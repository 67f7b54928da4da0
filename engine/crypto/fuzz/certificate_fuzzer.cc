// One certificate in DER, or any number in PEM. What is accepted is DER and is
// known by the digest of its own bytes, in either form.
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/der.h"
#include "engine/image/byte_cursor.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

std::string Sha256(absl::Span<const uint8_t> bytes) {
  StreamDigest stream;
  stream.Update(bytes);
  return stream.Finish().hex();
}

void Check(const Certificate& certificate) {
  absl::Span<const uint8_t> bytes = BytesOf(certificate.der);
  Require(IsDer(bytes), "a certificate is in DER");
  Require(certificate.sha256.hex() == Sha256(bytes),
          "the fingerprint is of the bytes as they stand");
  absl::Span<const uint8_t> content = TakeDerElement(bytes)->content;
  Require(bytes.empty(), "nothing follows a certificate");
  Require(
      certificate.to_be_signed.hex() == Sha256(TakeDerElement(content)->whole),
      "what is signed is hashed as it stands");
  Require(!certificate.public_key.empty(), "a certificate has a key");
}

bool Same(const Certificate& a, const Certificate& b) {
  return a.sha256 == b.sha256 && a.to_be_signed == b.to_be_signed &&
         a.subject == b.subject && a.der == b.der && a.pem == b.pem;
}

void CheckDer(absl::string_view der) {
  const absl::StatusOr<Certificate> certificate = ParseDer(der);
  Require(certificate.ok() || absl::IsInvalidArgument(certificate.status()),
          "DER is accepted or InvalidArgument");
  if (!certificate.ok()) return;
  Require(certificate->der == der, "the bytes are kept as they stand");
  Check(*certificate);
  Require(Same(*certificate, *ParseDer(der)), "parsed alike twice");
  Require(!ParseDer(absl::StrCat(der, "x")).ok(), "nothing may follow");
  const auto pem = ParsePem(certificate->pem);
  Require(pem.ok() && pem->size() == 1 && Same(pem->front(), *certificate),
          "its PEM is the same certificate");
}

void CheckPem(absl::string_view text) {
  const absl::StatusOr<std::vector<Certificate>> all = ParsePem(text);
  Require(all.ok() || absl::IsInvalidArgument(all.status()),
          "PEM is accepted or InvalidArgument");
  if (!all.ok()) return;
  Require(!all->empty(), "there is one at least");
  std::string printed;
  for (const Certificate& certificate : *all) {
    Check(certificate);
    absl::StrAppend(&printed, certificate.pem);
  }
  const auto again = ParsePem(printed);
  Require(again.ok() && again->size() == all->size(), "what is printed parses");
  for (size_t i = 0; i < all->size(); ++i) {
    Require(Same((*all)[i], (*again)[i]), "what is printed parses to equals");
  }
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view text = input.RestText();
  extgate::CheckDer(text);
  extgate::CheckPem(text);
  return 0;
}
