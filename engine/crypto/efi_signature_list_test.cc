// EFI signature databases as firmware writes them, and with sizes that lie.
#include "engine/crypto/efi_signature_list.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/crypto/testing/test_signer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

// As stored: the first three fields little-endian.
constexpr char kX509[] = "a159c0a5e494a74a87b5ab155c2bf072";
constexpr char kX509Sha256[] = "92a4d23bc0967940b420fcf98ef103ed";
constexpr char kSha256[] = "2616c4c14c509240aca941f936934328";

void Append(Bytes& bytes, absl::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

void AppendU32(Bytes& bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes.push_back(value >> (8 * i) & 0xff);
}

// One EFI_SIGNATURE_LIST of signatures of one size.
Bytes List(absl::string_view type, const std::vector<std::string>& signatures,
           absl::string_view header = "") {
  const uint32_t size = 16 + signatures[0].size();
  Bytes bytes;
  Append(bytes, absl::HexStringToBytes(type));
  AppendU32(bytes, 28 + header.size() + size * signatures.size());
  AppendU32(bytes, header.size());
  AppendU32(bytes, size);
  Append(bytes, header);
  for (const std::string& signature : signatures) {
    Append(bytes, "owner's GUID....");
    Append(bytes, signature);
  }
  return bytes;
}

Bytes Join(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(EfiSignatureListTest, CertificatesAndHashes) {
  const TestSigner signer;
  const std::string timed = std::string(32, '\xab') + std::string(16, '\0');
  const Bytes data = Join(
      Join(List(kX509, {signer.certificate().der}, "head"),
           List(kSha256, {std::string(32, 'x'), std::string(32, 'y')})),
      List(kX509Sha256, {timed, std::string(32, '\xcd') + timed.substr(32)}));
  const auto list = ParseEfiSignatureList(data);
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->certificates.size(), 1u);
  EXPECT_EQ(list->certificates[0].sha256, signer.certificate().sha256);
  ASSERT_EQ(list->x509_sha256.size(), 2u);
  EXPECT_EQ(list->x509_sha256[1].hex().substr(0, 4), "cdcd");
}

TEST(EfiSignatureListTest, EmptyIsNoList) {
  const auto list = ParseEfiSignatureList({});
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(list->certificates.empty());
}

TEST(EfiSignatureListTest, WhatIsNoCertificateIsSkipped) {
  const TestSigner signer;
  const auto list =
      ParseEfiSignatureList(Join(List(kX509, {"not a certificate"}),
                                 List(kX509, {signer.certificate().der})));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->certificates.size(), 1u);
}

TEST(EfiSignatureListTest, EveryTruncationIsRefused) {
  const Bytes data = List(kX509Sha256, {std::string(48, 'a')});
  for (size_t size = 1; size < data.size(); ++size) {
    const auto list =
        ParseEfiSignatureList(absl::MakeConstSpan(data).first(size));
    EXPECT_TRUE(absl::IsInvalidArgument(list.status())) << size;
  }
}

TEST(EfiSignatureListTest, SizesThatLie) {
  const struct {
    const char* name;
    int field;
    uint32_t value;
    const char* why;
  } cases[] = {
      {"list of nothing", 16, 0, "its size 0 does not fit"},
      {"list of its header less one", 16, 27, "does not fit"},
      {"list beyond the data", 16, 93, "does not fit"},
      {"list of 2^32 - 1", 16, UINT32_MAX, "does not fit"},
      {"header of 2^32 - 1", 20, UINT32_MAX, "does not fit"},
      {"signatures of 0", 24, 0, "signature size 0"},
      {"signatures of the owner only", 24, 16, "signature size 16"},
      {"signatures of 63", 24, 63, "does not divide"},
      {"signatures of 2^32 - 1", 24, UINT32_MAX, "does not divide"},
  };
  const Bytes good = List(kX509Sha256, {std::string(48, 'a')});
  ASSERT_EQ(good.size(), 92u);
  for (const auto& test : cases) {
    // The second of two lists, so that the offset is seen.
    Bytes data = Join(good, good);
    for (int i = 0; i < 4; ++i) {
      data[92 + test.field + i] = test.value >> (8 * i) & 0xff;
    }
    const auto list = ParseEfiSignatureList(data);
    EXPECT_TRUE(absl::IsInvalidArgument(list.status())) << test.name;
    EXPECT_THAT(list.status().message(), HasSubstr(test.why)) << test.name;
    EXPECT_THAT(list.status().message(), HasSubstr("at byte 92")) << test.name;
  }
}

}  // namespace
}  // namespace extgate
