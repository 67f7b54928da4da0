// Certificates out of PEM and DER, and what is none.
#include "engine/crypto/certificate.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/crypto/block_hasher.h"
#include "engine/crypto/der.h"
#include "engine/crypto/testing/test_signer.h"
#include "engine/image/byte_cursor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

TEST(CertificateTest, DerAndPemGiveTheSameValue) {
  const TestSigner signer({"db, \xc3\xa9\n", "Acme CA", 0x1f2e});
  const Certificate& made = signer.certificate();
  EXPECT_EQ(made.subject, "CN=db\\, \\C3\\A9\\0A") << "escaped for reading";
  const auto der = ParseDer(made.der);
  ASSERT_TRUE(der.ok()) << der.status();
  EXPECT_EQ(der->sha256, made.sha256);
  EXPECT_EQ(der->to_be_signed, made.to_be_signed);
  EXPECT_NE(der->to_be_signed.hex(), der->sha256.hex());
  const auto pem = ParsePem(made.pem);
  ASSERT_TRUE(pem.ok()) << pem.status();
  ASSERT_EQ(pem->size(), 1u);
  EXPECT_EQ((*pem)[0].der, made.der);
}

TEST(CertificateTest, TheEndOfItsValidity) {
  constexpr int64_t kDay = 24 * 60 * 60;
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  // From 2050 on another type of time is written.
  for (const int days : {-10, 365, 40 * 365}) {
    const TestSigner signer({"a", "", 1, TestKey::kEc256, -20, days});
    const auto& not_after = signer.certificate().not_after;
    ASSERT_TRUE(not_after.has_value()) << days;
    EXPECT_NEAR(not_after->seconds(), now + days * kDay, 600) << days;
  }
}

TEST(CertificateTest, TheFormsOfATime) {
  const std::string der = SharedTestSigner().certificate().der;
  const std::string tag_and_length = "\x17\x0d";
  const size_t first = der.find(tag_and_length);
  const size_t second = der.find(tag_and_length, first + 15);
  ASSERT_EQ(second, first + 15);
  const struct {
    const char* text;
    const char* want;  // "": none
  } kCases[] = {
      {"270131123456Z", "2027-01-31T12:34:56Z"},
      {"491231235959Z", "2049-12-31T23:59:59Z"},
      {"700101000001Z", "1970-01-01T00:00:01Z"},
      {"500101000001Z", "1970-01-01"},
      {"691231235959Z", "1970-01-01"},
      {"2701311234560", ""},
      {"27013112345+Z", ""},
      {"270230123456Z", ""},
      {"271331123456Z", ""},
      {"270131243456Z", ""},
      {"270131123460Z", ""},
      {"             ", ""},
  };
  for (const auto& test : kCases) {
    std::string changed = der;
    changed.replace(second + 2, 13, test.text);
    const auto certificate = ParseDer(changed);
    ASSERT_TRUE(certificate.ok()) << test.text;
    EXPECT_EQ(certificate->not_after.has_value()
                  ? certificate->not_after->ToString()
                  : "",
              test.want)
        << test.text;
  }
}

TEST(CertificateTest, SeveralWithTextAndKeysBetween) {
  const TestSigner a({"a"});
  const TestSigner b({"b"});
  const auto pem = ParsePem(absl::StrCat("# ours\n", a.certificate().pem,
                                         a.private_key_pem(), "then\n",
                                         b.certificate().pem, "end"));
  ASSERT_TRUE(pem.ok()) << pem.status();
  ASSERT_EQ(pem->size(), 2u);
  EXPECT_EQ((*pem)[0].subject, "CN=a");
  EXPECT_EQ((*pem)[1].subject, "CN=b");
}

TEST(CertificateTest, RefusesWhatIsNone) {
  const TestSigner signer;
  const std::string& good = signer.certificate().pem;
  const struct {
    const char* name;
    std::string pem;
    const char* why;
  } cases[] = {
      {"empty", "", "no certificate"},
      {"text", "hello\n", "no certificate"},
      {"a key", signer.private_key_pem(), "no certificate"},
      {"not base64",
       good + "-----BEGIN CERTIFICATE-----\n*\n"
              "-----END CERTIFICATE-----\n",
       "the second of two certificates: it is not base64"},
      {"no end", good + "-----BEGIN CERTIFICATE-----\nAAAA\n",
       "the second of two certificates: it has no end"},
      {"one alone",
       "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
       "not an X.509 certificate in DER"},
      {"another block",
       good + "-----BEGIN EC PARAMETERS-----\n*\n-----END EC PARAMETERS-----\n",
       "the block `EC PARAMETERS`: it is not base64"},
      {"not X.509",
       good + "-----BEGIN CERTIFICATE-----\nAAAA\n"
              "-----END CERTIFICATE-----\n",
       "the second of two certificates: not an X.509 certificate"},
  };
  for (const auto& test : cases) {
    const auto parsed = ParsePem(test.pem);
    EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << test.name;
    EXPECT_THAT(parsed.status().message(), HasSubstr(test.why)) << test.name;
  }
}

TEST(CertificateTest, AllProblemsOfATextHaveTheirPlaces) {
  const std::string& good = SharedTestSigner().certificate().pem;
  const std::string no_end = "-----BEGIN CERTIFICATE-----\nAAAA\n";
  const std::string der =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const std::string text = absl::StrCat("# ours\n", no_end, good, der);
  const std::vector<PemProblem> problems = FindPemProblems(text);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].message,
            "the first of three certificates: it has no end");
  EXPECT_EQ(text.substr(problems[0].offset), no_end + good + der);
  EXPECT_EQ(problems[1].message,
            "the third of three certificates: not an X.509 certificate in DER");
  EXPECT_EQ(text.substr(problems[1].offset), der);
  EXPECT_TRUE(FindPemProblems(good + good).empty());
  std::string many;
  for (int i = 0; i < 11; ++i) many += der;
  EXPECT_EQ(FindPemProblems(many)[10].message,
            "certificate 11 of 11: not an X.509 certificate in DER");
}

TEST(CertificateTest, DerMustEndWithTheCertificate) {
  const std::string der = SharedTestSigner().certificate().der;
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(ParseDer(der.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(ParseDer(der + '\0').ok());
}

// `der`, a SEQUENCE with a length of several bytes, with one more of them.
std::string WithLongerLength(const std::string& der) {
  return absl::StrCat(der.substr(0, 1),
                      std::string(1, static_cast<char>(der[1] + 1)),
                      std::string(1, '\0'), der.substr(2));
}

TEST(CertificateTest, OneCertificateHasOneEncoding) {
  const std::string der = SharedTestSigner().certificate().der;
  ASSERT_EQ(der.substr(0, 2), "\x30\x82");
  const auto outer = ParseDer(WithLongerLength(der));
  EXPECT_THAT(outer.status().message(),
              HasSubstr("not an X.509 certificate in DER"));
  // The part that is signed, which OpenSSL hands out as it read it.
  const std::string part = der.substr(4);
  ASSERT_EQ(part.substr(0, 2), "\x30\x81");
  std::string inner = absl::StrCat(der.substr(0, 4), WithLongerLength(part));
  inner[3] = static_cast<char>(inner[3] + 1);
  ASSERT_NE(inner[3], 0) << "no carry";
  EXPECT_THAT(ParseDer(inner).status().message(),
              HasSubstr("not an X.509 certificate in DER"));
}

// `der` with `from`, which stands in it once, replaced.
std::string Replaced(std::string der, absl::string_view from,
                     absl::string_view to) {
  const size_t at = der.find(std::string(from));
  EXPECT_NE(at, std::string::npos);
  return der.replace(at, from.size(), to.data(), to.size());
}

std::string Sha256Hex(absl::string_view bytes) {
  StreamDigest stream;
  stream.Update(BytesOf(bytes));
  return stream.Finish().hex();
}

// OpenSSL reads one certificate out of many forms; extgate shall not, since
// each has a fingerprint of its own.
TEST(CertificateTest, BerIsRefused) {
  const std::string der = SharedTestSigner().certificate().der;
  ASSERT_EQ(der.substr(0, 2), "\x30\x82");
  const std::string longer =
      Replaced(der, "\x30\x82", absl::string_view("\x30\x83\0", 3));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseDer(longer).status()));
  std::string endless = der + std::string(2, '\0');
  endless.replace(1, 3, "\x80");
  EXPECT_TRUE(absl::IsInvalidArgument(ParseDer(endless).status()));
}

// Bits behind the end of a BIT STRING, here of the public key, are dropped by
// OpenSSL. Firmware that looks a certificate up in dbx hashes what is there.
TEST(CertificateTest, DigestsAreOfTheBytesAsTheyStand) {
  const std::string der =
      Replaced(SharedTestSigner().certificate().der,
               absl::string_view("\x03\x42\0\x04", 4), "\x03\x42\x07\x04");
  const auto certificate = ParseDer(der);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->der, der);
  EXPECT_EQ(certificate->sha256.hex(), Sha256Hex(der));
  absl::Span<const uint8_t> bytes = BytesOf(der);
  absl::Span<const uint8_t> content = TakeDerElement(bytes)->content;
  const auto to_be_signed = TakeDerElement(content)->whole;
  EXPECT_EQ(certificate->to_be_signed.hex(), Sha256Hex(TextOf(to_be_signed)));
  const auto pem = ParsePem(certificate->pem);
  ASSERT_TRUE(pem.ok()) << pem.status();
  EXPECT_EQ((*pem)[0].der, der);
}

}  // namespace
}  // namespace extgate
