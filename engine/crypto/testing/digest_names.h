// The table of digests by name, which OpenSSL signs and verifies a PKCS#7 by.
// The program has no use for it, see StartCrypto.
#ifndef EXTGATE_ENGINE_CRYPTO_TESTING_DIGEST_NAMES_H_
#define EXTGATE_ENGINE_CRYPTO_TESTING_DIGEST_NAMES_H_

namespace extgate {

// Adds SHA-2. To be called before main(): what OpenSSL looks up first makes it
// read the table, and names that come later are then not found. Aborts where
// OpenSSL fails.
void KnowSha2ByName();

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TESTING_DIGEST_NAMES_H_
