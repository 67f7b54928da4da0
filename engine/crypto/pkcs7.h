// Detached PKCS#7 signatures (RFC 2315, signedData), from bytes to claims. They
// are read without OpenSSL: by a confined process, in which a library that
// keeps much in memory would cost as much as all the rest. What is read here
// OpenSSL reads too, which the tests hold against it.
#ifndef EXTGATE_ENGINE_CRYPTO_PKCS7_H_
#define EXTGATE_ENGINE_CRYPTO_PKCS7_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/evidence.h"
#include "policy/hex_bytes.h"
#include "policy/signature_claims.h"

namespace extgate {

// What `der` says of its signers. Malformed, saying what is wrong, unless it is
// what systemd would look at and extgate trusts to have one meaning: signedData
// of version 1 over detached data, DER to the last byte, 1 to 32 signers, each
// with a SHA-2 digest that the signedData announces and an RSA (PKCS#1) or
// ECDSA signature algorithm that agrees with it; certificates inside are built
// as such, and there are no revocation lists. Lists the first 8 certificates
// inside that each signer names.
Evidence<SignatureClaims> ReadPkcs7(absl::string_view der);

// Computes of each certificate that `claims`, of ReadPkcs7(der), list whether
// its key made the signature over `content`. To name strangers, no more. With
// OpenSSL.
void ProveEmbedded(absl::string_view der, absl::string_view content,
                   SignatureClaims& claims);

// The DER of the certificate inside that has this fingerprint, to show it to
// people; nullopt when there is none.
std::optional<std::string> CertificateInside(absl::string_view der,
                                             const Fingerprint& sha256);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_PKCS7_H_
