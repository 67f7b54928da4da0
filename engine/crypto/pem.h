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
// from 1, for one without its end, with the end of another, with headers (an
// encrypted key has them) or with anything but base64 inside.
absl::StatusOr<std::vector<PemBlock>> PemBlocks(absl::string_view text);

// One block, its lines 64 characters long, as OpenSSL writes it.
std::string PemText(absl::string_view label, absl::string_view bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_PEM_H_
