// Keys, certificates and signatures for tests, made when the test runs.
#ifndef EXTGATE_ENGINE_CRYPTO_TESTING_TEST_SIGNER_H_
#define EXTGATE_ENGINE_CRYPTO_TESTING_TEST_SIGNER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/crypto/certificate.h"

namespace extgate {

enum class TestKey { kEc256, kRsa2048, kRsa4096 };

// What the self-made certificate says.
struct TestCertificate {
  std::string common_name = "test signer";
  std::string issuer_name = "";  // empty: the common name
  uint64_t serial = 1;
  TestKey key = TestKey::kEc256;
  int not_before_days = -1;  // days from now
  int not_after_days = 365;
};

// How a PKCS#7 is made. The defaults are what systemd-repart writes.
struct TestSignature {
  bool embed_certificate = true;
  bool signed_attributes = false;
  bool embed_content = false;
  std::string digest = "SHA256";
};

// One key and its certificate. Thread-compatible. Aborts where OpenSSL fails.
class TestSigner {
 public:
  explicit TestSigner(const TestCertificate& options = {});
  ~TestSigner();
  TestSigner(const TestSigner&) = delete;
  TestSigner& operator=(const TestSigner&) = delete;

  const Certificate& certificate() const;
  std::string private_key_pem() const;

  // The DER of a PKCS#7 over `content`.
  std::string Sign(absl::string_view content,
                   const TestSignature& how = {}) const;

 private:
  friend std::string SignTogether(const std::vector<const TestSigner*>& signers,
                                  absl::string_view content,
                                  const TestSignature& how);
  struct State;
  std::unique_ptr<State> state_;
};

// One PKCS#7 with a SignerInfo of each of `signers`; of none when it is empty.
std::string SignTogether(const std::vector<const TestSigner*>& signers,
                         absl::string_view content,
                         const TestSignature& how = {});

// The key that all tests of one program may share: "CN=test signer", P-256.
const TestSigner& SharedTestSigner();

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_TESTING_TEST_SIGNER_H_
