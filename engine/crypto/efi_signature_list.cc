// Way in: ParseEfiSignatureList.
#include "engine/crypto/efi_signature_list.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// EFI_CERT_X509_GUID and EFI_CERT_X509_SHA256_GUID.
constexpr char kX509[] = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072";
constexpr char kX509Sha256[] = "3bd2a492-96c0-4079-b420-fcf98ef103ed";

// EFI_SIGNATURE_LIST: type 16 bytes, then three sizes of 4 bytes.
constexpr uint64_t kListHeader = 28;
constexpr uint64_t kOwner = 16;   // each signature begins with its owner's GUID
constexpr uint64_t kSha256 = 32;  // ToBeSignedHash; an EFI_TIME follows

void AddSignature(absl::string_view type, absl::Span<const uint8_t> data,
                  EfiSignatureList& list) {
  if (type == kX509) {
    absl::StatusOr<Certificate> certificate = ParseDer(TextOf(data));
    if (certificate.ok()) list.certificates.push_back(*std::move(certificate));
  } else if (type == kX509Sha256 && data.size() >= kSha256) {
    list.x509_sha256.push_back(
        *FileDigest::FromBytes(data.subspan(0, kSha256)));
  }
}

absl::Status TooSmall(uint64_t offset, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("signature list at byte ", offset, ": ", what));
}

}  // namespace

absl::StatusOr<EfiSignatureList> ParseEfiSignatureList(
    absl::Span<const uint8_t> data) {
  EfiSignatureList list;
  ByteCursor cursor(data);
  uint64_t offset = 0;
  while (offset < data.size()) {
    const std::string type = GuidText(cursor.Bytes(offset, 16));
    const uint64_t list_size = cursor.U32(offset + 16);    // SignatureListSize
    const uint64_t header_size = cursor.U32(offset + 20);  // ...HeaderSize
    const uint64_t size = cursor.U32(offset + 24);         // SignatureSize
    if (!cursor.ok()) return TooSmall(offset, "its header is cut short");
    if (list_size < kListHeader + header_size ||
        list_size > data.size() - offset) {
      return TooSmall(offset,
                      absl::StrCat("its size ", list_size, " does not fit"));
    }
    const uint64_t signatures = list_size - kListHeader - header_size;
    if (size <= kOwner || signatures % size != 0) {
      return TooSmall(offset, absl::StrCat("the signature size ", size,
                                           " does not divide ", signatures));
    }
    const uint64_t end = offset + list_size;
    for (uint64_t at = end - signatures; at < end; at += size) {
      AddSignature(type, cursor.Bytes(at + kOwner, size - kOwner), list);
    }
    offset = end;
  }
  return list;
}

}  // namespace extgate
