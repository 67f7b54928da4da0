// Private RSA keys: in a file, or in a token that OpenSSL reaches.
#ifndef EXTGATE_ENGINE_CRYPTO_RSA_SIGNER_H_
#define EXTGATE_ENGINE_CRYPTO_RSA_SIGNER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/rsa_public_key.h"

namespace extgate {

// Not thread-safe.
class RsaSigner {
 public:
  // `pem` holds a private key. InvalidArgument: none that is RSA, or one that a
  // passphrase protects, for which nobody is asked. FailedPrecondition: the
  // system has no libcrypto.
  static absl::StatusOr<std::unique_ptr<RsaSigner>> FromPem(
      absl::string_view pem);

  // The key that `uri` names ("pkcs11:token=...;object=...;pin-value=..."), by
  // OpenSSL's provider `provider` ("pkcs11"). FailedPrecondition: OpenSSL has
  // no such provider; NotFound: it gives no RSA key for that.
  static absl::StatusOr<std::unique_ptr<RsaSigner>> FromProvider(
      const std::string& provider, const std::string& uri);

  // The same by an engine of OpenSSL, before there were providers.
  static absl::StatusOr<std::unique_ptr<RsaSigner>> FromEngine(
      const std::string& engine, const std::string& uri);

  virtual ~RsaSigner() = default;

  virtual const RsaPublicKey& public_key() const = 0;

  // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2) of `message`. Internal:
  // where the key does not sign, with OpenSSL's words.
  virtual absl::StatusOr<std::string> Sign(absl::string_view message) = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_RSA_SIGNER_H_
