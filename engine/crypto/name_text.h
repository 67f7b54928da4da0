// X.501 names and serial numbers in DER, as text for people. Internal to this
// folder.
#ifndef EXTGATE_ENGINE_CRYPTO_NAME_TEXT_H_
#define EXTGATE_ENGINE_CRYPTO_NAME_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"

namespace extgate {

// The Name (RFC 5280, 4.1.2.4) in `der`, which is DER and nothing else, as RFC
// 2253 writes it: the last part first, control characters and all beyond ASCII
// escaped, an attribute of a type without a name here in hex. Cut after 1024
// bytes with "...": a name is for reading, and a stranger chooses its length.
// nullopt where it is no Name, or has text that is not of its own type's
// encoding.
std::optional<std::string> NameText(absl::Span<const uint8_t> der);

// "CN=Acme CA, serial 1f2e", of a Name and the content of an INTEGER. nullopt
// as above.
std::optional<std::string> IssuerAndSerialText(
    absl::Span<const uint8_t> issuer_der, absl::Span<const uint8_t> serial);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_NAME_TEXT_H_
