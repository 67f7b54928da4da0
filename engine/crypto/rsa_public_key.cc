// Ways in: FromPem and FromSpki.
#include "engine/crypto/rsa_public_key.h"

#include "absl/types/span.h"
#include "engine/crypto/der.h"
#include "engine/crypto/pem.h"
#include "engine/crypto/public_key.h"
#include "engine/crypto/rsa_spki.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signer_proof.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxBytes = 2048;  // of a modulus

absl::Status NoKey() {
  return absl::InvalidArgumentError("it is no public RSA key");
}

}  // namespace

absl::StatusOr<RsaPublicKey> RsaPublicKey::FromPem(absl::string_view pem) {
  const auto key = PublicKey::FromPem(pem);
  if (!key.ok()) return key.status();
  return FromSpki(key->spki());
}

absl::StatusOr<RsaPublicKey> RsaPublicKey::FromSpki(absl::string_view spki) {
  if (!IsDer(BytesOf(spki))) return NoKey();
  const auto bits = RsaKeyIn(spki);
  if (!bits.has_value() || !IsDer(*bits)) return NoKey();
  DerFields outer(*bits);
  DerFields key(outer.Take(kDerSequence).content);
  absl::Span<const uint8_t> modulus = key.Take(kDerInteger).content;
  key.Take(kDerInteger);
  if (!modulus.empty() && modulus[0] == 0) modulus.remove_prefix(1);
  if (!key.Done() || !outer.Done() || modulus.empty() ||
      modulus.size() > kMaxBytes) {
    return NoKey();
  }
  return RsaPublicKey(std::string(spki), std::string(TextOf(*bits)),
                      modulus.size());
}

std::string RsaPublicKey::pem() const { return PemText("PUBLIC KEY", spki_); }

std::string RsaPublicKey::Fingerprint() const {
  const Sha256Digest digest = Sha256::Of(BytesOf(pkcs1_));
  return {digest.begin(), digest.end()};
}

bool RsaPublicKey::Verifies(absl::string_view message,
                            absl::string_view signature) const {
  SignerClaim claim;
  claim.digest = SignatureDigest::kSha256;
  claim.key = SignatureKey::kRsa;
  claim.signature = std::string(signature);
  return Proves(claim, spki_, message);
}

}  // namespace extgate
