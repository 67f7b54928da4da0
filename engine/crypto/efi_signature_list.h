// EFI signature databases: what the firmware trusts and revokes.
#ifndef EXTGATE_ENGINE_CRYPTO_EFI_SIGNATURE_LIST_H_
#define EXTGATE_ENGINE_CRYPTO_EFI_SIGNATURE_LIST_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/certificate.h"
#include "policy/hex_bytes.h"

namespace extgate {

// What an EFI signature database holds for us (UEFI 2.10, 32.4.1): X.509
// certificates, and in dbx also SHA-256 hashes of to-be-signed parts, timed
// ones included.
struct EfiSignatureList {
  std::vector<Certificate> certificates;
  std::vector<FileDigest> x509_sha256;  // EFI_CERT_X509_SHA256 entries
};

// Parses the data of PK, KEK, db, dbx or MokListRT: the bytes after the four
// attribute bytes of efivarfs. Lists of other types are skipped, and so is a
// certificate that does not parse: nothing could be signed with it.
// InvalidArgument when a size does not fit, with the offset.
absl::StatusOr<EfiSignatureList> ParseEfiSignatureList(
    absl::Span<const uint8_t> data);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_EFI_SIGNATURE_LIST_H_
