#include "engine/pcr/bank_hasher.h"

#include <map>
#include <string>
#include <vector>

#include "engine/image/byte_cursor.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// Pieces below and above what a thread is worth; messages one after the other.
TEST(BankHasher, AllBanksHashWhatCame) {
  const std::vector<PcrBank> banks = {PcrBank::kSha1, PcrBank::kSha256,
                                      PcrBank::kSha384, PcrBank::kSha512};
  const std::string large(300000, 'x');
  for (size_t count = 0; count <= banks.size(); ++count) {
    const auto some = absl::MakeConstSpan(banks).first(count);
    auto hasher = BankHasher::Create(some);
    ASSERT_TRUE(hasher.ok());
    for (int round = 0; round < 3; ++round) {
      std::string message;
      for (const std::string& piece : {std::string("a"), large, std::string(),
                                       std::string("end"), large}) {
        (*hasher)->Update(BytesOf(piece));
        message += piece;
      }
      std::map<PcrBank, std::string> expected;
      for (const PcrBank bank : some) expected[bank] = DigestIn(bank, message);
      EXPECT_EQ((*hasher)->Finish() == expected, true) << count;
    }
  }
}

}  // namespace
}  // namespace extgate
