// Way in: OpensslAccepts.
#include "engine/crypto/testing/pkcs7_oracle.h"

#include <vector>

#include "engine/crypto/testing/digest_names.h"
#include "engine/crypto/testing/ssl_ptr.h"

namespace extgate {
namespace {

// A stack that owns no certificate.
struct X509StackDelete {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using X509StackPtr = std::unique_ptr<STACK_OF(X509), X509StackDelete>;

// At start-up: see KnowSha2ByName.
[[maybe_unused]] const bool kKnowsDigests = (KnowSha2ByName(), true);

}  // namespace

bool OpensslAccepts(absl::string_view der,
                    absl::Span<const Certificate> certificates,
                    absl::string_view content) {
  StartCrypto();
  const ErrorQueueGuard guard;
  const auto* cursor = reinterpret_cast<const unsigned char*>(der.data());
  const Pkcs7Ptr pkcs7(
      d2i_PKCS7(nullptr, &cursor, static_cast<long>(der.size())));
  const BioPtr in = ReadOnlyBio(content);
  const X509StackPtr stack(sk_X509_new_null());
  std::vector<X509Ptr> owners;
  for (const Certificate& certificate : certificates) {
    const auto* bytes =
        reinterpret_cast<const unsigned char*>(certificate.der.data());
    owners.emplace_back(
        d2i_X509(nullptr, &bytes, static_cast<long>(certificate.der.size())));
    sk_X509_push(stack.get(), owners.back().get());
  }
  return pkcs7 != nullptr &&
         PKCS7_verify(pkcs7.get(), stack.get(), nullptr, in.get(), nullptr,
                      PKCS7_NOINTERN | PKCS7_NOVERIFY) == 1;
}

}  // namespace extgate
