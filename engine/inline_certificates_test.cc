#include "engine/inline_certificates.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/crypto/testing/test_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kBad[] =
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
constexpr char kNoEnd[] = "-----BEGIN CERTIFICATE-----\nAAAA\n";

const std::string& Good() { return SharedTestSigner().certificate().pem; }

// How many lines Good() has.
int GoodLines() {
  return static_cast<int>(std::count(Good().begin(), Good().end(), '\n'));
}

// "place: message" of each certificate in `text` that is none.
std::vector<std::string> Said(const std::string& text, SourceKind kind) {
  const auto read = ReadPolicyText(text, "p", kind);
  EXPECT_TRUE(read.value.has_value()) << text;
  std::vector<std::string> said;
  if (!read.value.has_value()) return said;
  for (const Diagnostic& diagnostic :
       FindBadInlineCertificates(read.value->trust, text)) {
    EXPECT_EQ(diagnostic.code, DiagnosticCode::kBadCertificate);
    EXPECT_EQ(diagnostic.severity, Severity::kError);
    said.push_back(
        absl::StrCat(ToString(diagnostic.span), ": ", diagnostic.message));
  }
  return said;
}

// `pem` as a block under a key, each line behind `indent`.
std::string Block(const std::string& pem, const std::string& indent) {
  return absl::StrCat("|\n", indent,
                      absl::StrReplaceAll(pem, {{"\n", "\n" + indent}}), "\n");
}

// `pem` as one string of JSON.
std::string Escaped(const std::string& pem) {
  return absl::StrCat("\"", absl::StrReplaceAll(pem, {{"\n", "\\n"}}), "\"");
}

TEST(InlineCertificatesTest, TheSecondOfThreeHasItsLine) {
  const std::string text =
      absl::StrCat("extension_policy:\n  trust:\n    certificates:\n      - ",
                   Block(absl::StrCat(Good(), kBad, Good()), "        "));
  EXPECT_THAT(
      Said(text, SourceKind::kPolicyFile),
      ElementsAre(absl::StrCat("p:", 5 + GoodLines(),
                               ":9: the second of three certificates: not an "
                               "X.509 certificate in DER")));
}

// The line of the `nth` certificate of `text`, from 1.
int LineOf(int nth, const std::string& text) {
  size_t at = text.find("-----BEGIN");
  while (--nth > 0) at = text.find("-----BEGIN", at + 1);
  return 1 +
         static_cast<int>(std::count(
             text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
}

TEST(InlineCertificatesTest, AllThatIsWrongIsSaid) {
  const std::string text = absl::StrCat(
      "sysext_cert: ", Block(absl::StrCat("# ours\n", kNoEnd, Good()), " "),
      "extension_policy:\n  trust:\n    certificates:\n      - ",
      Block(kBad, "        "),
      "    sets:\n      acme:\n        certificates:\n", "          - ",
      Block(Good(), "            "), "          - ",
      Block(Good() + kBad, "            "));
  EXPECT_THAT(
      Said(text, SourceKind::kCloudConfig),
      ElementsAre(absl::StrCat("p:", LineOf(3, text),
                               ":9: not an X.509 certificate in DER"),
                  "p:3:2: the first of two certificates: it has no end",
                  absl::StrCat("p:", LineOf(6, text),
                               ":13: the second of two certificates: not an "
                               "X.509 certificate in DER")));
}

TEST(InlineCertificatesTest, OtherSpellings) {
  const std::string both = Good() + kBad;
  const std::string why =
      ": the second of two certificates: not an X.509 certificate in DER";
  EXPECT_THAT(Said(absl::StrCat("{\"extension_policy\": {\"trust\":\n",
                                "{\"certificates\": [", Escaped(both), "]}}}"),
                   SourceKind::kJson),
              ElementsAre("p:2:19" + why))
      << "one string of one line";
  EXPECT_THAT(Said(absl::StrCat("extension_policy { trust {\n  certificates: ",
                                Escaped(both), " } }"),
                   SourceKind::kTextproto),
              ElementsAre("p:2:17" + why));
  // Strings beside each other, one for a line.
  EXPECT_THAT(
      Said(absl::StrCat("extension_policy { trust {\n certificates: \"",
                        absl::StrReplaceAll(both, {{"\n", "\\n\"\n \""}}),
                        "\" } }"),
           SourceKind::kTextproto),
      ElementsAre(absl::StrCat("p:", 2 + GoodLines(), ":3", why)));
  // Field 3 of field 14, trust, of the policy, in bytes.
  const std::string bytes = std::string("\x0a\x54\x72\x52\x1a\x50", 6);
  std::string bad = kBad;
  bad.resize(0x50, '\n');
  EXPECT_THAT(
      Said(bytes + bad, SourceKind::kBinpb),
      ElementsAre("p:extension_policy.trust.certificates[0]: not an X.509 "
                  "certificate in DER"));
}

// Each place costs no look through the whole text: else this takes minutes.
TEST(InlineCertificatesTest, ManyBadOnesAreSaidInTime) {
  std::string text = "{\"extension_policy\": {\"trust\": {\"certificates\": [";
  const int kCount = 50'000;
  for (int i = 0; i < kCount; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "\"", i,
                    "\\n-----BEGIN CERTIFICATE-----\\n",
                    "-----END CERTIFICATE-----\"");
  }
  text += "]}}}";
  ASSERT_LT(text.size(), 4u << 20);
  const absl::Time start = absl::Now();
  EXPECT_EQ(Said(text, SourceKind::kJson).size(), size_t{kCount});
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST(InlineCertificatesTest, GoodOnesAndFilesAreNotMinded) {
  EXPECT_THAT(Said(absl::StrCat("extension_policy:\n  trust:\n    files: "
                                "[/not/there]\n    certificates:\n      - ",
                                Block(Good() + Good(), "        ")),
                   SourceKind::kPolicyFile),
              IsEmpty());
}

}  // namespace
}  // namespace extgate
