// Keys in files that are named on the command line.
#ifndef EXTGATE_ADAPTERS_CLI_GIVEN_KEY_H_
#define EXTGATE_ADAPTERS_CLI_GIVEN_KEY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "engine/crypto/rsa_public_key.h"

namespace extgate {

inline constexpr uint64_t kMaxKeyFile = uint64_t{64} * 1024;  // bytes

// The key in the file `path`. Errors as of ReadGiven() and of
// RsaPublicKey::FromPem(), with the path.
absl::StatusOr<RsaPublicKey> ReadPublicKey(const std::string& path);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_GIVEN_KEY_H_
