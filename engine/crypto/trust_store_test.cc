// How signatures stand: whom they are by, and whether they are right.
#include "engine/crypto/trust_store.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/crypto/pkcs7.h"
#include "engine/crypto/testing/standing_of_der.h"
#include "engine/crypto/testing/test_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

constexpr char kContent[] =
    "e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5c";

TrustStore Trusting(std::vector<const TestSigner*> signers) {
  TrustStore store;
  for (const TestSigner* signer : signers) {
    store.Trust(signer->certificate(),
                "origin of " + signer->certificate().subject);
  }
  return store;
}

TestSignature Without(const char* what) {
  TestSignature how;
  how.embed_certificate = absl::string_view(what) != "certificate";
  how.signed_attributes = absl::string_view(what) == "noattr";
  return how;
}

TEST(TrustStoreTest, TrustedSignersOfEveryKind) {
  for (TestKey key : {TestKey::kEc256, TestKey::kRsa2048, TestKey::kRsa4096}) {
    const TestSigner signer({"db", "Acme CA", 0x1f2e, key});
    const TrustStore store = Trusting({&signer});
    for (const char* without : {"", "certificate", "noattr"}) {
      const SignatureStanding standing = StandingOfDer(
          store, signer.Sign(kContent, Without(without)), kContent);
      ASSERT_EQ(standing.state, SignatureState::kTrusted) << standing.detail;
      ASSERT_EQ(standing.signers.size(), 1u);
      const Signer& found = standing.signers[0];
      EXPECT_EQ(found.subject, "CN=db");
      EXPECT_EQ(found.issuer_and_serial, "CN=Acme CA, serial 1f2e");
      EXPECT_EQ(found.sha256, signer.certificate().sha256);
      EXPECT_TRUE(found.trusted);
      EXPECT_FALSE(found.revoked);
      EXPECT_EQ(found.origin, "origin of CN=db");
      EXPECT_EQ(standing.detail, "");
    }
  }
}

TEST(TrustStoreTest, Sha2OfEveryLength) {
  const TestSigner& signer = SharedTestSigner();
  const TrustStore store = Trusting({&signer});
  for (const char* digest : {"SHA224", "SHA256", "SHA384", "SHA512"}) {
    TestSignature how;
    how.digest = digest;
    EXPECT_EQ(StandingOfDer(store, signer.Sign(kContent, how), kContent).state,
              SignatureState::kTrusted)
        << digest;
  }
}

TEST(TrustStoreTest, AnExpiredCertificateCounts) {
  const TestSigner signer({"old", "", 1, TestKey::kEc256, -20, -10});
  EXPECT_EQ(
      StandingOfDer(Trusting({&signer}), signer.Sign(kContent), kContent).state,
      SignatureState::kTrusted);
}

// What the certificate of a set is worth is for rules to say.
TEST(TrustStoreTest, ACertificateOfASetIsNotTrustedByItself) {
  const TestSigner signer({"db"});
  TrustStore store;
  store.TrustInSet(signer.certificate(), "acme", "here");
  store.TrustInSet(signer.certificate(), "beta", "there");
  store.TrustInSet(signer.certificate(), "acme", "again");
  const std::string der = signer.Sign(kContent);
  const SignatureStanding standing = StandingOfDer(store, der, kContent);
  EXPECT_EQ(standing.state, SignatureState::kUntrusted);
  EXPECT_EQ(standing.detail,
            "signer `CN=db` is trusted only in rules that name the set `acme` "
            "or `beta`");
  ASSERT_EQ(standing.signers.size(), 1u);
  const Signer& found = standing.signers[0];
  EXPECT_FALSE(found.trusted);
  EXPECT_EQ(found.sets, (std::vector<std::string>{"acme", "beta"}));
  EXPECT_EQ(found.sha256, signer.certificate().sha256);
  EXPECT_EQ(found.not_after, signer.certificate().not_after);
  EXPECT_EQ(found.origin, "here");
  // What it did not make is as wrong as of any other.
  EXPECT_EQ(StandingOfDer(store, der, "other").state, SignatureState::kInvalid);
  store.Trust(signer.certificate(), "everywhere");
  const SignatureStanding both = StandingOfDer(store, der, kContent);
  EXPECT_EQ(both.state, SignatureState::kTrusted);
  EXPECT_EQ(both.signers[0].sets, found.sets);
  EXPECT_EQ(both.signers[0].origin, "everywhere");
  EXPECT_EQ(store.size(), 1u);
  store.Revoke(signer.certificate().sha256, "list");
  const SignatureStanding revoked = StandingOfDer(store, der, kContent);
  EXPECT_EQ(revoked.state, SignatureState::kUntrusted);
  EXPECT_TRUE(revoked.signers[0].revoked);
  EXPECT_FALSE(revoked.signers[0].trusted);
  EXPECT_EQ(revoked.signers[0].sets, found.sets) << "for deny rules";
}

TEST(TrustStoreTest, AListingTellsAllThatDecides) {
  const TestSigner a({"a"});
  const TestSigner b({"b"});
  TrustStore store;
  const std::string hex = a.certificate().sha256.hex();
  store.TrustInSet(a.certificate(), "acme", "here");
  EXPECT_EQ(store.Listing(), absl::StrCat("set acme ", hex, "\n"));
  store.Trust(a.certificate(), "here");
  store.DoubtSet("beta");
  EXPECT_EQ(store.Listing(), absl::StrCat("trusted ", hex, "\nset acme ", hex,
                                          "\ndoubted beta\n"));
  store.Trust(b.certificate(), "here");
  const UtcTime end = *a.certificate().not_after;
  EXPECT_EQ(store.ListingOfExpired(UtcTime()), "");
  EXPECT_EQ(store.ListingOfExpired(UtcTime::FromSeconds(end.seconds() - 60)),
            "");
  EXPECT_THAT(store.ListingOfExpired(UtcTime::FromSeconds(end.seconds() + 60)),
              HasSubstr(absl::StrCat("over ", hex, "\n")));
}

TEST(TrustStoreTest, AStrangerIsNamed) {
  const TestSigner ours({"ours"});
  const TestSigner stranger({"stranger", "Evil CA", 7});
  const SignatureStanding standing =
      StandingOfDer(Trusting({&ours}), stranger.Sign(kContent), kContent);
  EXPECT_EQ(standing.state, SignatureState::kUntrusted);
  ASSERT_EQ(standing.signers.size(), 1u);
  EXPECT_EQ(standing.signers[0].subject, "CN=stranger");
  EXPECT_EQ(standing.signers[0].sha256, stranger.certificate().sha256);
  EXPECT_FALSE(standing.signers[0].trusted);
  EXPECT_EQ(standing.signers[0].origin, "");
  EXPECT_EQ(standing.detail, "signer `CN=stranger` is not trusted");
}

TEST(TrustStoreTest, WithoutACertificateAtHandThereIsAName) {
  const TestSigner stranger({"stranger", "Evil CA", 7});
  const SignatureStanding standing = StandingOfDer(
      TrustStore(), stranger.Sign(kContent, Without("certificate")), kContent);
  EXPECT_EQ(standing.state, SignatureState::kUntrusted);
  EXPECT_EQ(standing.signers[0].issuer_and_serial, "CN=Evil CA, serial 07");
  EXPECT_EQ(standing.signers[0].sha256, std::nullopt);
  EXPECT_THAT(standing.detail, HasSubstr("no certificate at hand"));
}

TEST(TrustStoreTest, EmbeddedCertificatesNeverTrust) {
  const TestSigner signer;
  EXPECT_EQ(StandingOfDer(TrustStore(), signer.Sign(kContent), kContent).state,
            SignatureState::kUntrusted);
}

TEST(TrustStoreTest, OtherContentIsInvalid) {
  const TestSigner& signer = SharedTestSigner();
  const TrustStore store = Trusting({&signer});
  const std::string newline = absl::StrCat(kContent, "\n");
  for (const char* without : {"", "noattr"}) {
    const std::string der = signer.Sign(kContent, Without(without));
    for (absl::string_view content :
         {absl::string_view("other"), absl::string_view(""),
          absl::string_view(newline)}) {
      EXPECT_EQ(StandingOfDer(store, der, content).state,
                SignatureState::kInvalid);
      EXPECT_THAT(StandingOfDer(store, der, content).detail,
                  HasSubstr("does not verify"));
      EXPECT_EQ(StandingOfDer(TrustStore(), der, content).state,
                SignatureState::kInvalid)
          << "a stranger's own certificate shows that it is wrong";
    }
  }
}

TEST(TrustStoreTest, SameIssuerAndSerialWithAnotherKey) {
  const TestSigner ours({"db", "CA", 5});
  const TestSigner forger({"db", "CA", 5});
  const TrustStore store = Trusting({&ours});
  const SignatureStanding embedded =
      StandingOfDer(store, forger.Sign(kContent), kContent);
  EXPECT_EQ(embedded.state, SignatureState::kUntrusted);
  EXPECT_EQ(embedded.signers[0].sha256, forger.certificate().sha256);
  EXPECT_FALSE(embedded.signers[0].trusted);
  const SignatureStanding bare = StandingOfDer(
      store, forger.Sign(kContent, Without("certificate")), kContent);
  EXPECT_EQ(bare.state, SignatureState::kInvalid);
  // Each trusted certificate of that name is tried.
  const TestSigner* both[] = {&ours, &forger};
  for (const TestSigner* signer : both) {
    for (const TrustStore& two :
         {Trusting({&ours, &forger}), Trusting({&forger, &ours})}) {
      const SignatureStanding standing =
          StandingOfDer(two, signer->Sign(kContent), kContent);
      EXPECT_EQ(standing.state, SignatureState::kTrusted) << standing.detail;
      EXPECT_EQ(standing.signers[0].sha256, signer->certificate().sha256);
    }
  }
}

TEST(TrustStoreTest, AKeyOfAnotherKindUnderTheSameName) {
  const TestSigner rsa({"db", "CA", 5, TestKey::kRsa2048});
  const TestSigner ec({"db", "CA", 5, TestKey::kEc256});
  EXPECT_EQ(StandingOfDer(Trusting({&ec}),
                          rsa.Sign(kContent, Without("certificate")), kContent)
                .state,
            SignatureState::kInvalid);
}

TEST(TrustStoreTest, AllSignersMustBeTrusted) {
  const TestSigner a({"a"});
  const TestSigner b({"b"});
  const std::string der = SignTogether({&a, &b}, kContent);
  EXPECT_EQ(StandingOfDer(Trusting({&a, &b}), der, kContent).state,
            SignatureState::kTrusted);
  for (const TestSigner* one : {&a, &b}) {
    const SignatureStanding standing =
        StandingOfDer(Trusting({one}), der, kContent);
    EXPECT_EQ(standing.state, SignatureState::kUntrusted);
    ASSERT_EQ(standing.signers.size(), 2u);
    EXPECT_NE(standing.signers[0].trusted, standing.signers[1].trusted);
  }
}

TEST(TrustStoreTest, OneWrongSignatureAmongTwoIsInvalid) {
  // The second signer's signature is the last field of the PKCS#7.
  const TestSigner a({"a"});
  const TestSigner b({"b"});
  std::string der = SignTogether({&a, &b}, kContent);
  der.back() ^= 1;
  EXPECT_EQ(StandingOfDer(Trusting({&a, &b}), der, kContent).state,
            SignatureState::kInvalid);
}

TEST(TrustStoreTest, RevokedByFingerprintOrByToBeSigned) {
  const TestSigner signer;
  const Certificate& certificate = signer.certificate();
  const std::function<void(TrustStore&)> revocations[] = {
      [&](TrustStore& s) { s.Revoke(certificate.sha256, "efi dbx"); },
      [&](TrustStore& s) {
        s.RevokeToBeSigned(certificate.to_be_signed, "efi dbx");
      }};
  for (const auto& revoke : revocations) {
    for (bool trust_first : {false, true}) {
      TrustStore store;
      if (trust_first) store.Trust(certificate, "policy");
      revoke(store);
      if (!trust_first) store.Trust(certificate, "policy");
      const SignatureStanding standing =
          StandingOfDer(store, signer.Sign(kContent), kContent);
      EXPECT_EQ(standing.state, SignatureState::kUntrusted);
      EXPECT_TRUE(standing.signers[0].revoked);
      EXPECT_FALSE(standing.signers[0].trusted);
      EXPECT_EQ(standing.signers[0].sha256, certificate.sha256);
      EXPECT_THAT(standing.detail, HasSubstr("revoked by efi dbx"));
    }
    TrustStore store;
    revoke(store);
    EXPECT_TRUE(StandingOfDer(store, signer.Sign(kContent), kContent)
                    .signers[0]
                    .revoked)
        << "a stranger that is revoked";
  }
}

TEST(TrustStoreTest, RevokingOneLeavesTheOther) {
  const TestSigner good({"good"});
  const TestSigner bad({"bad"});
  TrustStore store = Trusting({&good, &bad});
  store.Revoke(bad.certificate().sha256, "dbx");
  EXPECT_EQ(StandingOfDer(store, good.Sign(kContent), kContent).state,
            SignatureState::kTrusted);
  EXPECT_EQ(
      StandingOfDer(store, SignTogether({&good, &bad}, kContent), kContent)
          .state,
      SignatureState::kUntrusted);
}

TEST(TrustStoreTest, FirstOriginStays) {
  TrustStore store;
  const Certificate& certificate = SharedTestSigner().certificate();
  store.Trust(certificate, "first");
  store.Trust(certificate, "second");
  EXPECT_EQ(store.size(), 1u);
  ASSERT_NE(store.Find(certificate.sha256), nullptr);
  EXPECT_EQ(store.Find(certificate.sha256)->subject, "CN=test signer");
  EXPECT_EQ(store.Find(*Fingerprint::Parse(std::string(64, '0'))), nullptr);
  EXPECT_EQ(StandingOfDer(store, SharedTestSigner().Sign(kContent), kContent)
                .signers[0]
                .origin,
            "first");
}

struct Case {
  const char* name;
  std::string der;
  const char* why;
};

TEST(TrustStoreTest, RefusesWhatIsNoDetachedSignature) {
  const TestSigner rsa({"rsa", "", 1, TestKey::kRsa2048});
  const TestSigner& signer = SharedTestSigner();
  const std::string good = signer.Sign(kContent);
  TestSignature embedded;
  embedded.embed_content = true;
  TestSignature sha1;
  sha1.digest = "SHA1";
  TestSignature md5;
  md5.digest = "MD5";
  const Case cases[] = {
      {"empty", "", "not a PKCS#7"},
      {"noise", std::string(1000, '\xa5'), "not a PKCS#7"},
      {"a certificate", signer.certificate().der, "not a PKCS#7"},
      {"base64", "MIIB", "not a PKCS#7"},
      {"a byte behind", good + '\0', "1 bytes follow"},
      {"twice", good + good, "bytes follow"},
      {"content inside", signer.Sign(kContent, embedded), "content of its own"},
      {"no signer", SignTogether({}, kContent), "no signer"},
      {"SHA-1", signer.Sign(kContent, sha1), "SHA-2"},
      {"MD5", rsa.Sign(kContent, md5), "SHA-2"},
      {"33 signers",
       SignTogether(std::vector<const TestSigner*>(33, &signer), kContent),
       "33 signers"},
      // ContentInfo of type data, RFC 2315.
      {"not signedData",
       std::string("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0"
                   "\x02\x04\x00",
                   17),
       "not signedData"},
      {"no content at all",
       std::string("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13),
       "not "},
  };
  const TrustStore store = Trusting({&signer, &rsa});
  for (const Case& test : cases) {
    const SignatureStanding standing = StandingOfDer(store, test.der, kContent);
    EXPECT_EQ(standing.state, SignatureState::kInvalid) << test.name;
    EXPECT_THAT(standing.detail, HasSubstr(test.why)) << test.name;
    EXPECT_TRUE(standing.signers.empty()) << test.name;
  }
}

TEST(TrustStoreTest, EveryTruncationIsInvalid) {
  const TestSigner& signer = SharedTestSigner();
  const TrustStore store = Trusting({&signer});
  const std::string good = signer.Sign(kContent);
  for (size_t size = 0; size < good.size(); ++size) {
    ASSERT_EQ(StandingOfDer(store, good.substr(0, size), kContent).state,
              SignatureState::kInvalid)
        << size;
  }
}

// Bits that a flip may leave trusted, by what they belong to.
size_t TrustedFlips(const TestSigner& signer, const TestSignature& how) {
  const TrustStore store = Trusting({&signer});
  std::string der = signer.Sign(kContent, how);
  const SignatureStanding good = StandingOfDer(store, der, kContent);
  EXPECT_EQ(good.state, SignatureState::kTrusted);
  size_t trusted = 0;
  for (size_t bit = 0; bit < 8 * der.size(); ++bit) {
    der[bit / 8] ^= 1 << bit % 8;
    const SignatureStanding standing = StandingOfDer(store, der, kContent);
    if (standing.state == SignatureState::kTrusted) {
      ++trusted;
      EXPECT_EQ(standing, good) << "bit " << bit << " changes who signed";
    }
    der[bit / 8] ^= 1 << bit % 8;
  }
  return trusted;
}

TEST(TrustStoreTest, EveryFlippedBitIsRefused) {
  const TestSigner rsa({"rsa", "", 1, TestKey::kRsa2048});
  for (const TestSigner* signer : {&SharedTestSigner(), &rsa}) {
    EXPECT_EQ(TrustedFlips(*signer, Without("certificate")), 0u);
  }
}

TEST(TrustStoreTest, OnlyTheEmbeddedCertificateIsOutsideTheSignature) {
  const TestSigner& signer = SharedTestSigner();
  const size_t certificate_bits = 8 * signer.certificate().der.size();
  EXPECT_LE(TrustedFlips(signer, {}), certificate_bits);
}

// Whoever read the PKCS#7 may lie: trusted is what a key is shown to have made.
TEST(TrustStoreTest, ClaimsAreProvedNotBelieved) {
  const TestSigner& signer = SharedTestSigner();
  const TestSigner stranger({"stranger"});
  const TrustStore store = Trusting({&signer});
  for (const char* without : {"", "noattr"}) {
    const std::string der = signer.Sign(kContent, Without(without));
    const SignatureClaims honest = *ReadPkcs7(der).value();
    ASSERT_EQ(store.Standing(honest, kContent).state, SignatureState::kTrusted);
    const std::function<void(SignerClaim&)> lies[] = {
        [](SignerClaim& claim) { claim.signature.back() ^= 1; },
        [](SignerClaim& claim) { claim.signature.clear(); },
        [](SignerClaim& claim) { claim.issuer += "x"; },
        [](SignerClaim& claim) { claim.serial.back() ^= 1; },
        [](SignerClaim& claim) { claim.digest = SignatureDigest::kSha512; },
        [](SignerClaim& claim) { claim.key = SignatureKey::kRsa; },
        [](SignerClaim& claim) {
          claim.signed_attributes =
              claim.signed_attributes.empty() ? "\x31\x00" : "";
        },
        [](SignerClaim& claim) {
          if (claim.signed_attributes.empty()) claim.signed_attributes = "1";
          claim.signed_attributes.back() ^= 1;
        },
        [&](SignerClaim& claim) {
          claim.signature = "no";
          claim.certificates = {{"CN=test signer", signer.certificate().sha256,
                                 signer.certificate().to_be_signed,
                                 EmbeddedProof::kMade}};
        },
    };
    for (const auto& lie : lies) {
      SignatureClaims claims = honest;
      lie(claims.signers[0]);
      EXPECT_NE(store.Standing(claims, kContent).state,
                SignatureState::kTrusted);
    }
    SignatureClaims two = honest;
    two.signers.push_back(
        ReadPkcs7(stranger.Sign(kContent)).value()->signers[0]);
    EXPECT_EQ(store.Standing(two, kContent).state, SignatureState::kUntrusted);
    EXPECT_EQ(store.Standing(honest, "another").state,
              SignatureState::kInvalid);
  }
  EXPECT_EQ(store.Standing(SignatureClaims(), kContent).state,
            SignatureState::kInvalid);
  EXPECT_EQ(store.Standing(Absent(), kContent).state, SignatureState::kInvalid);
}

// A stranger may pack in what it likes; only so much of it is looked at.
TEST(TrustStoreTest, FewOfManyCertificatesAreLookedAt) {
  const TestSigner ours({"ours"});
  std::vector<std::unique_ptr<TestSigner>> namesakes;
  std::vector<const TestSigner*> signers;
  for (int i = 0; i < 12; ++i) {
    namesakes.push_back(
        std::make_unique<TestSigner>(TestCertificate{"a", "CA", 5}));
    signers.push_back(namesakes.back().get());
  }
  const std::string der = SignTogether(signers, kContent);
  const Evidence<SignatureClaims> claims = ReadPkcs7(der);
  ASSERT_NE(claims.value(), nullptr) << claims.malformed()->why;
  for (const SignerClaim& claim : claims.value()->signers) {
    EXPECT_EQ(claim.certificates.size(), 8u);
  }
  EXPECT_NE(Trusting({&ours}).Standing(claims, kContent).state,
            SignatureState::kTrusted);
}

// What a stranger packs in is named by its bytes as they stand.
TEST(TrustStoreTest, EmbeddedCertificatesAreNamedByTheirBytes) {
  const TestSigner& signer = SharedTestSigner();
  std::string certificate = signer.certificate().der;
  std::string der = signer.Sign(kContent);
  const size_t at = der.find(certificate);
  ASSERT_NE(at, std::string::npos);
  // The public key's BIT STRING is said to have seven bits that do not count.
  const absl::string_view key("\x03\x42\0\x04", 4);
  certificate[certificate.find(std::string(key)) + 2] = 7;
  der.replace(at, certificate.size(), certificate);
  const Evidence<SignatureClaims> claims = ReadPkcs7(der);
  ASSERT_NE(claims.value(), nullptr) << claims.malformed()->why;
  const SignerClaim& claim = claims.value()->signers[0];
  ASSERT_EQ(claim.certificates.size(), 1u);
  EXPECT_EQ(claim.certificates[0].sha256, ParseDer(certificate)->sha256);
  EXPECT_EQ(claim.certificates[0].to_be_signed,
            ParseDer(certificate)->to_be_signed);
}

TEST(TrustStoreTest, StandingFromSeveralThreads) {
  const TestSigner& signer = SharedTestSigner();
  const TrustStore store = Trusting({&signer});
  const std::string der = signer.Sign(kContent);
  std::vector<std::thread> threads;
  std::vector<SignatureState> states(4, SignatureState::kNone);
  for (SignatureState& state : states) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        state = StandingOfDer(store, der, kContent).state;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(states, std::vector<SignatureState>(4, SignatureState::kTrusted));
}

}  // namespace
}  // namespace extgate
