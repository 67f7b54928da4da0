// Keys made by OpenSSL, and its word on our signatures.
#include "engine/crypto/rsa_signer.h"

#include <string>

#include "absl/strings/match.h"
#include "engine/crypto/rsa_public_key.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/testing/ssl_ptr.h"
#include "engine/image/byte_cursor.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

enum class Half { kPrivate, kPublic };

std::string Pem(EVP_PKEY* key, Half half, const char* passphrase = nullptr) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (half == Half::kPublic) {
    PEM_write_bio_PUBKEY(bio.get(), key);
  } else {
    PEM_write_bio_PrivateKey(
        bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
        reinterpret_cast<const unsigned char*>(passphrase),
        passphrase == nullptr ? 0 : 4, nullptr, nullptr);
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

EvpPkeyPtr MakeRsa(unsigned int bits) {
  return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{bits}));
}

TEST(RsaSigner, SignsAsOpenssl) {
  const EvpPkeyPtr key = MakeRsa(2048);
  const auto signer = RsaSigner::FromPem(Pem(key.get(), Half::kPrivate));
  ASSERT_TRUE(signer.ok()) << signer.status();
  const auto signature = (*signer)->Sign("message");
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(signature->size(), 256u);
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  ASSERT_EQ(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                 key.get()),
            1);
  EXPECT_EQ(EVP_DigestVerify(context.get(), BytesOf(*signature).data(),
                             signature->size(), BytesOf("message").data(), 7),
            1);
  // The public half by itself.
  const auto half = RsaPublicKey::FromPem(Pem(key.get(), Half::kPublic));
  ASSERT_TRUE(half.ok()) << half.status();
  EXPECT_TRUE(*half == (*signer)->public_key());
  EXPECT_EQ(half->pem(), Pem(key.get(), Half::kPublic));
  EXPECT_TRUE(half->Verifies("message", *signature));
  EXPECT_FALSE(half->Verifies("massage", *signature));
  std::string flipped = *signature;
  flipped[17] = static_cast<char>(flipped[17] ^ 1);
  EXPECT_FALSE(half->Verifies("message", flipped));
}

// What systemd calls pkfp: SHA-256 of i2d_PublicKey().
TEST(RsaPublicKey, FingerprintIsOfPkcs1) {
  const EvpPkeyPtr key = MakeRsa(2048);
  unsigned char* der = nullptr;
  const int size = i2d_PublicKey(key.get(), &der);
  ASSERT_GT(size, 0);
  const SslBytesPtr owner(der);
  const auto half = RsaPublicKey::FromPem(Pem(key.get(), Half::kPublic));
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half->pkcs1(), std::string(der, der + size));
  const Sha256Digest digest =
      Sha256::Of(absl::MakeConstSpan(der, static_cast<size_t>(size)));
  EXPECT_EQ(half->Fingerprint(), std::string(digest.begin(), digest.end()));
  EXPECT_EQ(half->size_bytes(), 256u);
}

TEST(RsaSigner, WhatIsNoPrivateRsaKeyIsRefused) {
  const EvpPkeyPtr key = MakeRsa(2048);
  const EvpPkeyPtr other(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const struct {
    const char* name;
    std::string pem;
    const char* why;
  } kCases[] = {
      {"nothing", "", "no private key"},
      {"text", "hello", "no private key"},
      {"a public key", Pem(key.get(), Half::kPublic), "no private key"},
      {"behind a passphrase", Pem(key.get(), Half::kPrivate, "pass"),
       "without a passphrase"},
      {"EC", Pem(other.get(), Half::kPrivate), "it is no RSA key"},
  };
  for (const auto& c : kCases) {
    const auto signer = RsaSigner::FromPem(c.pem);
    EXPECT_EQ(signer.status().code(), absl::StatusCode::kInvalidArgument)
        << c.name;
    EXPECT_TRUE(absl::StrContains(signer.status().message(), c.why))
        << c.name << ": " << signer.status();
  }
  EXPECT_FALSE(RsaPublicKey::FromPem(Pem(other.get(), Half::kPublic)).ok());
  EXPECT_FALSE(RsaPublicKey::FromPem(Pem(key.get(), Half::kPrivate)).ok());
  EXPECT_FALSE(RsaPublicKey::FromPem("").ok());
}

TEST(RsaPublicKey, CutAnywhereItIsNone) {
  const EvpPkeyPtr key = MakeRsa(2048);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const SslBytesPtr owner(der);
  const std::string spki(der, der + size);
  ASSERT_TRUE(RsaPublicKey::FromSpki(spki).ok());
  for (size_t i = 0; i < spki.size(); ++i) {
    EXPECT_FALSE(RsaPublicKey::FromSpki(spki.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(RsaPublicKey::FromSpki(spki + "x").ok());
}

TEST(RsaSigner, WhatOpensslHasNot) {
  const auto provider = RsaSigner::FromProvider("no-such-thing", "x:");
  EXPECT_EQ(provider.status().code(), absl::StatusCode::kFailedPrecondition)
      << provider.status();
  const auto engine = RsaSigner::FromEngine("no-such-thing", "x:");
  EXPECT_EQ(engine.status().code(), absl::StatusCode::kFailedPrecondition)
      << engine.status();
}

}  // namespace
}  // namespace extgate
