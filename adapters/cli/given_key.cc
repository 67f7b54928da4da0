// Way in: ReadPublicKey.
#include "adapters/cli/given_key.h"

#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"

namespace extgate {

absl::StatusOr<RsaPublicKey> ReadPublicKey(const std::string& path) {
  const auto pem = ReadGiven(path, kMaxKeyFile);
  if (!pem.ok()) return pem.status();
  auto key = RsaPublicKey::FromPem(*pem);
  if (!key.ok()) return AtPath(path, key.status());
  return key;
}

}  // namespace extgate
