// Public RSA keys, as policies of a TPM name them.
#ifndef EXTGATE_ENGINE_CRYPTO_RSA_PUBLIC_KEY_H_
#define EXTGATE_ENGINE_CRYPTO_RSA_PUBLIC_KEY_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// An object that exists holds one key of at most 16384 bits. A value.
class RsaPublicKey {
 public:
  // `pem` begins with a PUBLIC KEY or a CERTIFICATE, whose key is meant.
  // InvalidArgument for anything else, and for keys other than RSA.
  static absl::StatusOr<RsaPublicKey> FromPem(absl::string_view pem);

  // `spki` is a SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7).
  static absl::StatusOr<RsaPublicKey> FromSpki(absl::string_view spki);

  // The key as RSAPublicKey (RFC 8017, A.1.1) in DER.
  const std::string& pkcs1() const { return pkcs1_; }
  // A block PUBLIC KEY.
  std::string pem() const;
  // SHA-256 of pkcs1(), 32 raw bytes: what systemd calls `pkfp`.
  std::string Fingerprint() const;

  // The number of bytes of the modulus, which a signature has too.
  uint64_t size_bytes() const { return size_bytes_; }

  // Whether `signature` is this key's of `message`: RSASSA-PKCS1-v1_5 with
  // SHA-256 (RFC 8017, 8.2). Needs LoadLibcrypto().
  bool Verifies(absl::string_view message, absl::string_view signature) const;

  friend bool operator==(const RsaPublicKey& a, const RsaPublicKey& b) {
    return a.pkcs1_ == b.pkcs1_;
  }

 private:
  RsaPublicKey(std::string spki, std::string pkcs1, uint64_t size_bytes)
      : spki_(std::move(spki)),
        pkcs1_(std::move(pkcs1)),
        size_bytes_(size_bytes) {}

  std::string spki_;
  std::string pkcs1_;
  uint64_t size_bytes_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_RSA_PUBLIC_KEY_H_
