// The certificate that a stranger left in an image's signature, to show it.
#ifndef EXTGATE_ENGINE_REMEDY_STRANGER_H_
#define EXTGATE_ENGINE_REMEDY_STRANGER_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/confinement.h"
#include "policy/facts.h"
#include "policy/hex_bytes.h"

namespace extgate {

// PEM of the certificate of fingerprint `sha256` inside the PKCS#7 of `facts`.
// The PKCS#7 is read in confinement; of what comes out only the fingerprint is
// looked at here, and it fits. NotFound: there is no such certificate inside;
// Unavailable: the reader failed.
absl::StatusOr<std::string> StrangersPem(Confinement& confinement,
                                         const ImageFacts& facts,
                                         const Fingerprint& sha256);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_STRANGER_H_
