// Way in: TestSigner, then Sign.
#include "engine/crypto/testing/test_signer.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <utility>

#include "engine/crypto/testing/digest_names.h"
#include "engine/crypto/testing/ssl_ptr.h"

namespace extgate {
namespace {

void OrAbort(bool done) {
  if (done) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

// Also the digests that nobody shall accept. They have to be known by name
// before anything is looked up.
[[maybe_unused]] const bool kKnowsDigests = [] {
  KnowSha2ByName();
  return EVP_add_digest(EVP_sha1()) == 1 && EVP_add_digest(EVP_md5()) == 1;
}();

EvpPkeyPtr MakeKey(TestKey kind) {
  switch (kind) {
    case TestKey::kEc256:
      return EvpPkeyPtr(EVP_EC_gen("P-256"));
    case TestKey::kRsa2048:
      return EvpPkeyPtr(EVP_RSA_gen(2048));
    case TestKey::kRsa4096:
      return EvpPkeyPtr(EVP_RSA_gen(4096));
  }
  return nullptr;
}

void SetCommonName(X509_NAME* name, const std::string& text) {
  OrAbort(X509_NAME_add_entry_by_txt(
              name, "CN", MBSTRING_UTF8,
              reinterpret_cast<const unsigned char*>(text.data()),
              static_cast<int>(text.size()), -1, 0) == 1);
}

X509Ptr MakeX509(EVP_PKEY& key, const TestCertificate& options) {
  constexpr long kDay = 24 * 60 * 60;
  X509Ptr x509(X509_new());
  OrAbort(x509 != nullptr && X509_set_version(x509.get(), 2) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509.get()), options.serial);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()),
                  options.not_before_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()),
                  options.not_after_days * kDay);
  SetCommonName(X509_get_subject_name(x509.get()), options.common_name);
  SetCommonName(X509_get_issuer_name(x509.get()), options.issuer_name.empty()
                                                      ? options.common_name
                                                      : options.issuer_name);
  OrAbort(X509_set_pubkey(x509.get(), &key) == 1);
  OrAbort(X509_sign(x509.get(), &key, EVP_sha256()) > 0);
  return x509;
}

}  // namespace

struct TestSigner::State {
  EvpPkeyPtr key;
  X509Ptr x509;
  Certificate certificate;
};

TestSigner::TestSigner(const TestCertificate& options) {
  StartCrypto();
  EvpPkeyPtr key = MakeKey(options.key);
  OrAbort(key != nullptr);
  X509Ptr x509 = MakeX509(*key, options);
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509.get(), &der);
  OrAbort(size > 0);
  const SslBytesPtr owner(der);
  Certificate certificate = *ParseDer(absl::string_view(
      reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  state_ = std::make_unique<State>(
      State{std::move(key), std::move(x509), std::move(certificate)});
}

TestSigner::~TestSigner() = default;

const Certificate& TestSigner::certificate() const {
  return state_->certificate;
}

std::string TestSigner::private_key_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  OrAbort(PEM_write_bio_PrivateKey(bio.get(), state_->key.get(), nullptr,
                                   nullptr, 0, nullptr, nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string TestSigner::Sign(absl::string_view content,
                             const TestSignature& how) const {
  return SignTogether({this}, content, how);
}

std::string SignTogether(const std::vector<const TestSigner*>& signers,
                         absl::string_view content, const TestSignature& how) {
  StartCrypto();
  int flags = PKCS7_BINARY | PKCS7_PARTIAL;
  if (!how.embed_content) flags |= PKCS7_DETACHED;
  if (!how.embed_certificate) flags |= PKCS7_NOCERTS;
  if (!how.signed_attributes) flags |= PKCS7_NOATTR;
  const BioPtr in = ReadOnlyBio(content);
  const Pkcs7Ptr pkcs7(PKCS7_sign(nullptr, nullptr, nullptr, in.get(), flags));
  const EVP_MD* md = EVP_get_digestbyname(how.digest.c_str());
  OrAbort(pkcs7 != nullptr && md != nullptr);
  for (const TestSigner* signer : signers) {
    OrAbort(PKCS7_sign_add_signer(pkcs7.get(), signer->state_->x509.get(),
                                  signer->state_->key.get(), md,
                                  flags) != nullptr);
  }
  OrAbort(PKCS7_final(pkcs7.get(), in.get(), flags) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_PKCS7(pkcs7.get(), &der);
  const SslBytesPtr owner(der);
  OrAbort(size > 0);
  return std::string(reinterpret_cast<char*>(der), static_cast<size_t>(size));
}

const TestSigner& SharedTestSigner() {
  static const TestSigner* const signer = new TestSigner;
  return *signer;
}

}  // namespace extgate
