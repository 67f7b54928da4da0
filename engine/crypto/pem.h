// PEM (RFC 7468): blocks of base64 between lines of dashes.
#ifndef EXTGATE_ENGINE_CRYPTO_PEM_H_
#define EXTGATE_ENGINE_CRYPTO_PEM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

struct PemBlock {
  std::string label;  // "CERTIFICATE"
  std::string bytes;  // raw
  friend bool operator==(const PemBlock&, const PemBlock&) = default;
};

// The blocks of `text`, in their order; text around them is passed over. A
// line may end in white space. InvalidArgument, with the number of the block
// from 1, for one without its end before the next one begins, with the end of
// another, with headers (an encrypted key has them) or with anything but base64
// inside.
absl::StatusOr<std::vector<PemBlock>> PemBlocks(absl::string_view text);

// `text` cut before every line that begins a block: each part is one block,
// whole or broken, and what stands behind it. What stands before the first is
// in no part.
std::vector<absl::string_view> PemParts(absl::string_view text);

// The block that `part`, one of PemParts, begins with. InvalidArgument as of
// PemBlocks, without a number.
absl::StatusOr<PemBlock> ReadPemBlock(absl::string_view part);

// What the first line of `part`, one of PemParts, says that it is:
// "CERTIFICATE".
absl::string_view PemLabel(absl::string_view part);

// One block, its lines 64 characters long, as OpenSSL writes it.
std::string PemText(absl::string_view label, absl::string_view bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_PEM_H_
