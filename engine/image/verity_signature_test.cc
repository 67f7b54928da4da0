// The signature partition: what is read, and each refusal with its byte.
#include "engine/image/verity_signature.h"

#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

const std::string kHash = std::string(64, 'a');

Evidence<VeritySignature> Read(const Bytes& bytes, const ByteRange& range) {
  BufferReader image(bytes);
  auto signature = ReadVeritySignature(image, range);
  EXPECT_TRUE(signature.ok()) << signature.status();
  return signature.ok() ? *std::move(signature) : Evidence<VeritySignature>();
}

// A partition of that text, filled up with zeros.
Evidence<VeritySignature> ReadText(const std::string& text,
                                   size_t size = 4096) {
  Bytes bytes(text.begin(), text.end());
  if (bytes.size() < size) bytes.resize(size);
  return Read(bytes, {0, bytes.size()});
}

std::string Json(absl::string_view hash, absl::string_view signature) {
  return absl::StrCat("{\"rootHash\":\"", hash, "\",\"signature\":\"",
                      signature, "\"}");
}

TEST(VeritySignatureTest, ReadsHashAndSignature) {
  const auto evidence = ReadText(Json(kHash, "AAEC"));
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_EQ(evidence.value()->root_hash->hex(), kHash);
  EXPECT_EQ(evidence.value()->pkcs7_der, std::string("\0\1\2", 3));
}

TEST(VeritySignatureTest, OtherKeysAndUpperCaseAreRead) {
  const auto evidence = ReadText(absl::StrCat(
      "{ \"x\": {\"signature\": 1}, \"rootHash\": \"",
      absl::AsciiStrToUpper(kHash),
      "\", \"certificateFingerprint\": null, \"signature\": \"AA==\" }\n"));
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_EQ(evidence.value()->root_hash->hex(), kHash);
}

TEST(VeritySignatureTest, NoZeroIsNeededBehind) {
  const std::string json = Json(kHash, "AAEC");
  EXPECT_NE(ReadText(json, json.size()).value(), nullptr);
}

struct Case {
  const char* name;
  std::string text;
  const char* where;
  const char* why;
};

TEST(VeritySignatureTest, RefusesWithTheByte) {
  const std::string good = Json(kHash, "AAEC");
  std::string late = good;
  late.resize(2000);
  late += "x";
  const Case cases[] = {
      {"empty", "", "byte 0", "expected an object"},
      {"noise", "\xff\xfe", "byte 0", "expected an object"},
      {"text behind the zeros", late, "byte 2000", "follows the first zero"},
      {"a zero within", std::string("{\0}", 3), "byte 2",
       "follows the first zero"},
      {"text behind the object", good + " x", "byte 99", "text follows"},
      {"two objects", good + good, "byte 98", "text follows"},
      {"cut short", good.substr(0, 80), "byte 80", "does not end"},
      {"no hash", "{\"signature\":\"AAEC\"}", "signature partition",
       "no `rootHash`"},
      {"no signature", absl::StrCat("{\"rootHash\":\"", kHash, "\"}"),
       "signature partition", "no `signature`"},
      {"hash a number", "{\"rootHash\":1,\"signature\":\"AAEC\"}", "byte 12",
       "not a string"},
      {"signature null",
       absl::StrCat("{\"rootHash\":\"", kHash, "\",\"signature\":null}"),
       "byte 91", "not a string"},
      {"hash twice",
       absl::StrCat("{\"rootHash\":\"", kHash, "\",\"rootHash\":\"", kHash,
                    "\",\"signature\":\"AAEC\"}"),
       "byte 79", "there twice"},
      {"signature twice by escape",
       absl::StrCat("{\"signature\":\"AAEC\",\"\\u0073ignature\":\"AAEC\","
                    "\"rootHash\":\"",
                    kHash, "\"}"),
       "byte 20", "there twice"},
      {"depth bomb", "{\"x\":" + std::string(1 << 20, '['), "byte 21",
       "deeper than 16"},
      {"hash not hex", Json(std::string(64, 'g'), "AAEC"), "byte 12",
       "not hexadecimal"},
      {"hash short", Json(std::string(30, 'a'), "AAEC"), "byte 12",
       "30 hex digits"},
      {"hash long", Json(std::string(130, 'a'), "AAEC"), "byte 12",
       "130 hex digits"},
      {"hash odd", Json(std::string(63, 'a'), "AAEC"), "byte 12",
       "63 hex digits"},
      {"hash with a newline", Json(kHash + "\\n", "AAEC"), "byte 12",
       "not hexadecimal"},
      {"no base64", Json(kHash, "A*EC"), "byte 91", "not base64"},
      {"base64 without padding", Json(kHash, "AA"), "byte 91", "not base64"},
      {"base64 with a space", Json(kHash, "AA EC"), "byte 91", "not base64"},
      {"base64 with loose bits", Json(kHash, "AB=="), "byte 91", "not base64"},
      {"base64 behind padding", Json(kHash, "AA==AAEC"), "byte 91",
       "not base64"},
      {"empty signature", Json(kHash, ""), "byte 91", "not base64"},
  };
  for (const Case& test : cases) {
    const auto evidence = ReadText(test.text);
    ASSERT_NE(evidence.malformed(), nullptr) << test.name;
    EXPECT_THAT(evidence.malformed()->where, HasSubstr(test.where))
        << test.name;
    EXPECT_THAT(evidence.malformed()->why, HasSubstr(test.why)) << test.name;
  }
}

TEST(VeritySignatureTest, FourMebibytesAreReadAndNoMore) {
  constexpr size_t kLimit = 4 << 20;
  EXPECT_NE(ReadText(Json(kHash, "AAEC"), kLimit).value(), nullptr);
  const auto evidence = ReadText(Json(kHash, "AAEC"), kLimit + 1);
  ASSERT_NE(evidence.malformed(), nullptr);
  EXPECT_THAT(evidence.malformed()->why, HasSubstr("over 4 MiB"));
}

TEST(VeritySignatureTest, BeyondTheFileIsRefused) {
  const Bytes bytes(1024);
  for (const ByteRange& range :
       {ByteRange{1024, 1}, ByteRange{0, 1025}, ByteRange{UINT64_MAX, 512},
        ByteRange{512, 4 << 20}}) {
    ASSERT_NE(Read(bytes, range).malformed(), nullptr);
    EXPECT_THAT(Read(bytes, range).malformed()->why,
                HasSubstr("beyond the file"));
  }
}

TEST(VeritySignatureTest, EveryTruncationIsRefused) {
  const std::string json = Json(kHash, "AAEC");
  for (size_t size = 0; size < json.size(); ++size) {
    EXPECT_EQ(ReadText(json.substr(0, size)).value(), nullptr) << size;
  }
}

}  // namespace
}  // namespace extgate
