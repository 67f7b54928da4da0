// The key in a SubjectPublicKeyInfo for plain RSA. Internal to this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_RSA_SPKI_H_
#define EXTGATE_ENGINE_CRYPTO_RSA_SPKI_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// The RSAPublicKey (RFC 8017, A.1.1) in `spki`, DER of a SubjectPublicKeyInfo
// (RFC 5280, 4.1.2.7), which must outlive it; what it holds was not looked at.
// nullopt for another algorithm, and for what is none.
std::optional<absl::Span<const uint8_t>> RsaKeyIn(absl::string_view spki);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_RSA_SPKI_H_
