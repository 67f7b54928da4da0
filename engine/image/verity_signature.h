// The verity signature partition: a JSON object, then zero bytes.
// Format: uapi-group discoverable partitions, "root-verity-sig".
#ifndef EXTGATE_ENGINE_IMAGE_VERITY_SIGNATURE_H_
#define EXTGATE_ENGINE_IMAGE_VERITY_SIGNATURE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"
#include "policy/evidence.h"
#include "policy/facts.h"

namespace extgate {

// Reads the partition: `rootHash` (hex of either case) and `signature` (base64
// of a DER PKCS#7) are required strings, other keys are read over. Malformed
// (with the byte where): over 4 MiB, a byte other than zero after the first
// zero, not one JSON object, a key twice, nesting deeper than 16, wrong hex or
// base64. Status: I/O only.
absl::StatusOr<Evidence<VeritySignature>> ReadVeritySignature(
    ImageReader& image, const ByteRange& range);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_VERITY_SIGNATURE_H_
