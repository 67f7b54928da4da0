// The arithmetic behind a signature: whether a key made what a signer claims.
// Internal to this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_SIGNER_PROOF_H_
#define EXTGATE_ENGINE_CRYPTO_SIGNER_PROOF_H_

#include "absl/strings/string_view.h"
#include "policy/signature_claims.h"

namespace extgate {

// Whether `public_key`, a SubjectPublicKeyInfo in DER, made `claim.signature`
// over `content`: RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) or ECDSA, over the content
// or, where there are signed attributes, over these, whose one message digest
// must be the content's (RFC 2315, 9.3 and 9.4). Believes nothing of `claim`
// but these bytes; false also where the key is of another kind or none.
bool Proves(const SignerClaim& claim, absl::string_view public_key,
            absl::string_view content);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_SIGNER_PROOF_H_
