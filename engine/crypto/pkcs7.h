// Detached PKCS#7 signatures (RFC 2315, signedData). Internal to this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_PKCS7_H_
#define EXTGATE_ENGINE_CRYPTO_PKCS7_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/ssl_ptr.h"

namespace extgate {

// A PKCS#7 that TrustStore::Standing would look at: signedData of version 1
// over detached data, no byte behind it, 1 to 32 signers, each with a SHA-2
// digest and an RSA or ECDSA signature algorithm that agrees with it.
struct SignedData {
  // Without certificates: which of those inside are worth the price of decoding
  // their keys is for the caller to say.
  Pkcs7Ptr pkcs7;
  // The certificates that were inside, their keys still bytes.
  std::vector<X509Ptr> certificates;
};

// InvalidArgument saying what is wrong.
absl::StatusOr<SignedData> ParsePkcs7(absl::string_view der);

// The signers of `pkcs7`, which owns them.
std::vector<PKCS7_SIGNER_INFO*> SignersOf(PKCS7& pkcs7);

// Whether `signer` names `x509` by issuer and serial number. Byte for byte, as
// the kernel compares; OpenSSL by itself would not tell case.
bool Names(const PKCS7_SIGNER_INFO& signer, const X509& x509);

// The certificates inside `data`, which owns them, that `signer` names.
std::vector<X509*> EmbeddedCertificates(const SignedData& data,
                                        const PKCS7_SIGNER_INFO& signer);

// Whether the key of `x509` (see WithItsKey) made the signature of this one
// signer over `content`.
bool MadeSignature(PKCS7& pkcs7, PKCS7_SIGNER_INFO& signer, X509& x509,
                   absl::string_view content);

// systemd's own check: every signature verifies, with signers out of
// `certificates` (see WithItsKey) only, no chain and no expiry.
bool VerifiesWith(PKCS7& pkcs7, const std::vector<X509*>& certificates,
                  absl::string_view content);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_PKCS7_H_
