// Way in: StandingOfDer.
#include "engine/crypto/testing/standing_of_der.h"

#include <vector>

#include "engine/crypto/pkcs7.h"
#include "engine/crypto/testing/pkcs7_oracle.h"
#include "gtest/gtest.h"

namespace extgate {

SignatureStanding StandingOfDer(const TrustStore& store, absl::string_view der,
                                absl::string_view content) {
  Evidence<SignatureClaims> claims = ReadPkcs7(der);
  const SignatureStanding unproved = store.Standing(claims, content);
  if (claims.value() != nullptr) {
    ProveEmbedded(der, content, *claims.value());
  }
  const SignatureStanding standing = store.Standing(claims, content);
  EXPECT_EQ(standing.state == SignatureState::kTrusted,
            unproved.state == SignatureState::kTrusted);
  if (standing.state == SignatureState::kTrusted) {
    // What systemd is given: the certificates that signed, no others.
    std::vector<Certificate> certificates;
    for (const Signer& signer : standing.signers) {
      certificates.push_back(*store.Find(*signer.sha256));
    }
    EXPECT_TRUE(OpensslAccepts(der, certificates, content));
  }
  return standing;
}

}  // namespace extgate
