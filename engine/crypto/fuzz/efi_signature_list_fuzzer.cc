// An EFI signature database: read alike twice, and made anew of what was found
// in it, it reads as the same.
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/efi_signature_list.h"
#include "engine/image/byte_cursor.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

// The GUIDs as UEFI stores them.
constexpr absl::string_view kX509 =
    "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72";
constexpr absl::string_view kX509Sha256 =
    "\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed";

std::string U32(size_t number) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
  return bytes;
}

// A list of one signature.
std::string ListOf(absl::string_view type, absl::string_view signature) {
  const size_t size = 16 + signature.size();
  return absl::StrCat(type, U32(28 + size), U32(0), U32(size),
                      std::string(16, 'o'), signature);
}

bool Same(const EfiSignatureList& a, const EfiSignatureList& b) {
  if (a.x509_sha256 != b.x509_sha256 ||
      a.certificates.size() != b.certificates.size()) {
    return false;
  }
  for (size_t i = 0; i < a.certificates.size(); ++i) {
    if (a.certificates[i].der != b.certificates[i].der) return false;
  }
  return true;
}

void Check(absl::string_view bytes) {
  const absl::StatusOr<EfiSignatureList> list =
      ParseEfiSignatureList(BytesOf(bytes));
  Require(list.ok() || absl::IsInvalidArgument(list.status()),
          "a list is accepted or InvalidArgument");
  if (!list.ok()) return;
  Require(Same(*list, *ParseEfiSignatureList(BytesOf(bytes))),
          "read alike twice");
  std::string anew;
  for (const Certificate& certificate : list->certificates) {
    Require(ParseDer(certificate.der).ok(), "certificates are in DER");
    absl::StrAppend(&anew, ListOf(kX509, certificate.der));
  }
  for (const FileDigest& digest : list->x509_sha256) {
    absl::StrAppend(&anew,
                    ListOf(kX509Sha256, absl::StrCat(TextOf(digest.bytes()),
                                                     std::string(16, 't'))));
  }
  const auto again = ParseEfiSignatureList(BytesOf(anew));
  Require(again.ok() && Same(*list, *again), "made anew it reads the same");
  const std::string twice = absl::StrCat(bytes, anew);
  const auto both = ParseEfiSignatureList(BytesOf(twice));
  Require(both.ok() &&
              both->certificates.size() == 2 * list->certificates.size() &&
              both->x509_sha256.size() == 2 * list->x509_sha256.size(),
          "lists follow one another");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
