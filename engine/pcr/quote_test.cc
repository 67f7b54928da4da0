#include "engine/pcr/quote.h"

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/libcrypto.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

std::string File(const std::string& name) {
  const auto bytes = ReadHostFile("testdata/pcr/" + name);
  return {bytes.begin(), bytes.end()};
}

// What that TPM held, by tpm2_pcrread: raw, by bank and number.
std::map<std::pair<PcrBank, int>, std::string> Registers() {
  std::map<std::pair<PcrBank, int>, std::string> registers;
  std::istringstream lines(File("userspace.registers"));
  std::string word, digits;
  int pcr = -1;
  while (lines >> word >> pcr >> digits) {
    registers[{*FromWord<PcrBank>(word), pcr}] = absl::HexStringToBytes(digits);
  }
  return registers;
}

class QuoteTest : public ::testing::Test {
 protected:
  QuoteTest() {
    if (!LoadLibcrypto().ok()) std::abort();
  }

  static void ExpectNoQuote(const std::string& message, const char* why) {
    const auto quote = ParseQuote(message);
    ASSERT_TRUE(absl::IsInvalidArgument(quote.status())) << quote.status();
    EXPECT_THAT(std::string(quote.status().message()), HasSubstr(why));
  }
};

TEST_F(QuoteTest, OfATpmIsOfWhatItHolds) {
  const auto registers = Registers();
  ASSERT_EQ(registers.size(), 8u);
  for (const std::string name : {"quote-rsa", "quote-ecc"}) {
    const std::string message = File(name + ".message");
    const auto algorithm =
        CheckQuote(message, File(name + ".signature"), File(name + ".pem"));
    ASSERT_TRUE(algorithm.ok()) << algorithm.status();
    const auto quote = ParseQuote(message);
    ASSERT_TRUE(quote.ok()) << quote.status();
    EXPECT_EQ(quote->nonce, "\xc0\xff\xee");
    EXPECT_EQ(quote->registers,
              (std::vector<std::pair<PcrBank, std::vector<int>>>{
                  {PcrBank::kSha256, {11, 14}}, {PcrBank::kSha1, {14}}}));
    const auto value = [&](PcrBank bank, int pcr) {
      return registers.at({bank, pcr});
    };
    EXPECT_EQ(QuotedDigest(*quote, *algorithm, value), quote->digest);
    const auto other = [&](PcrBank bank, int) {
      return registers.at({bank, 14});
    };
    EXPECT_NE(QuotedDigest(*quote, *algorithm, other), quote->digest);
  }
}

std::string WithBit(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

TEST_F(QuoteTest, AnyOtherBitIsNotSigned) {
  for (const std::string name : {"quote-rsa", "quote-ecc"}) {
    const std::string message = File(name + ".message");
    const std::string signature = File(name + ".signature");
    const std::string key = File(name + ".pem");
    for (size_t i = 0; i < 8 * message.size(); ++i) {
      const std::string changed = WithBit(message, i);
      EXPECT_TRUE(absl::IsPermissionDenied(
          CheckQuote(changed, signature, key).status()))
          << name << " " << i;
    }
    for (size_t i = 0; i < 8 * signature.size(); ++i) {
      const std::string changed = WithBit(signature, i);
      EXPECT_FALSE(CheckQuote(message, changed, key).ok()) << name << " " << i;
    }
    for (size_t size = 0; size < signature.size(); ++size) {
      EXPECT_FALSE(CheckQuote(message, signature.substr(0, size), key).ok());
    }
    EXPECT_TRUE(absl::IsInvalidArgument(
        CheckQuote(message, signature + '\0', key).status()));
  }
}

TEST_F(QuoteTest, AnotherKeyHasNotSigned) {
  const std::string message = File("quote-rsa.message");
  const std::string signature = File("quote-rsa.signature");
  EXPECT_TRUE(absl::IsPermissionDenied(
      CheckQuote(message, signature, File("quote-ecc.pem")).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      CheckQuote(message, File("quote-ecc.signature"), File("quote-rsa.pem"))
          .status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      CheckQuote(message, signature, "no key").status()));
}

TEST_F(QuoteTest, WhatIsNoneIsRefused) {
  const std::string good = File("quote-rsa.message");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseQuote(good.substr(0, size)).ok()) << size;
  }
  ExpectNoQuote(good + '\0', "does not end where it should");
  const auto with = [&](size_t offset, const std::string& bytes) {
    std::string changed = good;
    return changed.replace(offset, bytes.size(), bytes);
  };
  ExpectNoQuote(with(0, "\xfe"), "no TPM has generated it");
  ExpectNoQuote(with(5, "\x17"), "it attests another");
  // Behind the name of the key, the nonce, the clock and the version.
  const size_t banks = good.find(std::string("\0\0\0\2\0\x0b\3", 7));
  ASSERT_NE(banks, std::string::npos);
  ExpectNoQuote(with(banks, std::string("\0\0\1\0", 4)), "more banks than");
  ExpectNoQuote(with(banks + 5, "\x12"), "a bank 0x12");
  ExpectNoQuote(with(banks + 5, "\x04"), "a bank twice");
  ExpectNoQuote(with(banks + 6, "\x05"), "a bank 0xb");
}

}  // namespace
}  // namespace extgate
