// One way in: StrangersPem.
#include "engine/remedy/stranger.h"

#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/crypto/pkcs7.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// Of a line of base64 (RFC 7468).
constexpr size_t kLineSize = 64;

std::string PemOf(absl::string_view der) {
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  const std::string base64 = absl::Base64Escape(der);
  for (size_t at = 0; at < base64.size(); at += kLineSize) {
    absl::StrAppend(&pem, base64.substr(at, kLineSize), "\n");
  }
  return absl::StrCat(pem, "-----END CERTIFICATE-----\n");
}

}  // namespace

absl::StatusOr<std::string> StrangersPem(Confinement& confinement,
                                         const ImageFacts& facts,
                                         const Fingerprint& sha256) {
  const VeritySignature* const signature = facts.signature.value();
  if (signature == nullptr) return absl::NotFoundError("there is no signature");
  BufferReader nothing({});
  const std::unique_ptr<ConfinedRun> run = confinement.Start(
      nothing, [&](ImageReader&, const Confinement::Emit& emit) {
        if (const auto der = CertificateInside(signature->pkcs7_der, sha256)) {
          emit(*der);
        }
      });
  const absl::StatusOr<std::vector<std::string>> parts = run->Finish();
  if (!parts.ok()) return parts.status();
  if (parts->empty()) {
    return absl::NotFoundError("the signature carries no such certificate");
  }
  StreamDigest digest;
  digest.Update(BytesOf(parts->front()));
  if (digest.Finish().hex() != sha256.hex()) {
    return absl::UnavailableError("its reader gave another certificate");
  }
  return PemOf(parts->front());
}

}  // namespace extgate
