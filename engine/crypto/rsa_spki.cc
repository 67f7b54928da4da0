// Way in: RsaKeyIn.
#include "engine/crypto/rsa_spki.h"

#include "engine/crypto/der.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// 1.2.840.113549.1.1.1, rsaEncryption (RFC 3279, 2.3.1).
constexpr absl::string_view kRsaEncryption =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

}  // namespace

std::optional<absl::Span<const uint8_t>> RsaKeyIn(absl::string_view spki) {
  DerFields whole(BytesOf(spki));
  DerFields fields(whole.Take(kDerSequence).content);
  DerFields algorithm(fields.Take(kDerSequence).content);
  const absl::string_view type =
      TextOf(algorithm.Take(kDerObjectIdentifier).content);
  absl::Span<const uint8_t> bits = fields.Take(kDerBitString).content;
  // A BIT STRING begins with the number of bits that do not count.
  if (!fields.Done() || !whole.Done() || type != kRsaEncryption ||
      bits.empty() || bits[0] != 0) {
    return std::nullopt;
  }
  return bits.subspan(1);
}

}  // namespace extgate
