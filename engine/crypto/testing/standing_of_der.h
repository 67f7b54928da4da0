// From the DER of a PKCS#7 to how it stands, as the program does in two steps,
// with the promises that hold for every input checked on the way.
#ifndef EXTGATE_ENGINE_CRYPTO_TESTING_STANDING_OF_DER_H_
#define EXTGATE_ENGINE_CRYPTO_TESTING_STANDING_OF_DER_H_

#include "absl/strings/string_view.h"
#include "engine/crypto/trust_store.h"
#include "policy/signature_standing.h"

namespace extgate {

// Reads `der` and lets `store` judge it. A test failure where systemd's own
// check refuses what is trusted here, or where what is said of strangers makes
// anything trusted or not.
SignatureStanding StandingOfDer(const TrustStore& store, absl::string_view der,
                                absl::string_view content);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TESTING_STANDING_OF_DER_H_
