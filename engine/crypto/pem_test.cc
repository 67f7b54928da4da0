// PEM as OpenSSL writes it and reads it, and what is none.
#include "engine/crypto/pem.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/crypto/testing/ssl_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string WrittenByOpenssl(const std::string& label,
                             const std::string& bytes) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  EXPECT_GT(PEM_write_bio(bio.get(), label.c_str(), "",
                          reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<long>(bytes.size())),
            0);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string RandomBytes(size_t size, std::mt19937& random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(PemTest, WritesAndReadsWhatOpensslWrites) {
  std::mt19937 random(1);
  for (size_t size = 1; size < 400; ++size) {
    const PemBlock block{"CERTIFICATE", RandomBytes(size, random)};
    const std::string text = WrittenByOpenssl(block.label, block.bytes);
    EXPECT_EQ(PemText(block.label, block.bytes), text);
    const auto read = PemBlocks(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_THAT(*read, ElementsAre(block));
  }
}

TEST(PemTest, PassesOverTextAndWhiteSpaceAtTheEndsOfLines) {
  const PemBlock a{"A", "one"};
  const PemBlock b{"B C", "two"};
  const auto read = PemBlocks(
      absl::StrCat("# first -----BEGIN X-----\n",
                   absl::StrReplaceAll(PemText("A", "one"), {{"\n", " \r\n"}}),
                   "then\n", PemText("B C", "two"), "-----BEGIN nothing"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, ElementsAre(a, b));
}

TEST(PemTest, SaysWhatIsBroken) {
  const struct {
    const char* text;
    const char* why;
  } cases[] = {
      {"-----BEGIN A-----\nAAAA\n", "PEM block 2: it has no end"},
      {"-----BEGIN A-----", "PEM block 2: it has no end"},
      {"-----BEGIN A-----\nAAAA\n-----END B-----\n",
       "PEM block 2: its end says `B`"},
      {"-----BEGIN A-----\nAA*A\n-----END A-----\n",
       "PEM block 2: it is not base64"},
      {"-----BEGIN A-----\nAAAAA\n-----END A-----\n",
       "PEM block 2: it is not base64"},
      {"-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----\n",
       "PEM block 2: it is not base64"},
      {"-----BEGIN A-----\n-----BEGIN A-----\nAAAA\n-----END A-----\n",
       "PEM block 2: it has no end"},
  };
  for (const auto& test : cases) {
    const auto read = PemBlocks(
        absl::StrCat("-----BEGIN A-----\nAAAA\n-----END A-----\n", test.text));
    EXPECT_TRUE(absl::IsInvalidArgument(read.status())) << test.text;
    EXPECT_THAT(read.status().message(), HasSubstr(test.why));
  }
}

// Whatever is done to a text: where both read a first block, it is the same.
TEST(PemTest, ReadsNothingThatOpensslReadsOtherwise) {
  std::mt19937 random(2);
  const std::string good = PemText("CERTIFICATE", RandomBytes(100, random));
  int both = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    text[random() % text.size()] = " \n\r\t-=A/+:*\0B"[random() % 13];
    const auto ours = PemBlocks(text);
    const BioPtr bio = ReadOnlyBio(text);
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    const ErrorQueueGuard guard;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) continue;
    const PemBlock theirs{name, std::string(reinterpret_cast<char*>(data),
                                            static_cast<size_t>(size))};
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    if (!ours.ok() || ours->empty()) continue;
    ++both;
    EXPECT_EQ((*ours)[0], theirs) << text;
  }
  EXPECT_GT(both, 4'000);
}

}  // namespace
}  // namespace extgate
