#include "engine/pcr/pcr_bank.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(PcrBank, ZerosAreExtended) {
  // By `openssl dgst`, and `tpm2_pcrread` of a TPM of swtpm.
  EXPECT_EQ(absl::BytesToHexString(DigestIn(PcrBank::kSha256, "hello")),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  const std::string start = InitialPcr(PcrBank::kSha256);
  EXPECT_EQ(start, std::string(32, '\0'));
  const std::string once =
      ExtendPcr(PcrBank::kSha256, start, DigestIn(PcrBank::kSha256, "hello"));
  EXPECT_EQ(absl::BytesToHexString(once),
            "9851312028952521510e8eaab5be94e7dc24b5fc292b2e9781173cf11ffa9878");
}

TEST(PcrBank, EachHasDigestsOfItsSize) {
  for (const auto& [bank, word] : Words<PcrBank>::kTable) {
    EXPECT_EQ(DigestIn(bank, "").size(), DigestSize(bank)) << word;
    EXPECT_EQ(InitialPcr(bank).size(), DigestSize(bank)) << word;
  }
}

TEST(PcrBank, EachHasAnAlgorithmOfItsOwn) {
  for (const auto& [bank, word] : Words<PcrBank>::kTable) {
    EXPECT_EQ(BankOfAlgorithm(TpmAlgorithm(bank)), bank) << word;
  }
  EXPECT_EQ(BankOfAlgorithm(0xb), PcrBank::kSha256);
  EXPECT_EQ(BankOfAlgorithm(0x12), std::nullopt);  // SM3
}

}  // namespace
}  // namespace extgate
