#include "adapters/tpm.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/testing/software_tpm.h"
#include "engine/crypto/libcrypto.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr PcrBank kAll[] = {PcrBank::kSha1, PcrBank::kSha256, PcrBank::kSha384,
                            PcrBank::kSha512};
constexpr absl::Duration kShort = absl::Milliseconds(200);
constexpr absl::Duration kLong = absl::Seconds(20);  // nothing takes so long

std::unique_ptr<Tpm> Opened(const std::string& device,
                            absl::Duration patience = kLong) {
  auto tpm = Tpm::Open(device, patience);
  EXPECT_TRUE(tpm.ok()) << tpm.status();
  return tpm.ok() ? *std::move(tpm) : nullptr;
}

// Of all banks, each all of the byte `digit`.
std::map<PcrBank, std::string> Digests(char digit) {
  std::map<PcrBank, std::string> digests;
  for (const PcrBank bank : kAll) {
    digests[bank] = std::string(DigestSize(bank), digit);
  }
  return digests;
}

// What tpm2_pcrread says of one register, in lower case.
std::string SaidByTools(const SoftwareTpm& tpm, PcrBank bank, int pcr) {
  const std::string said =
      tpm.Tool(absl::StrCat("pcrread ", ToWord(bank), ":", pcr));
  const size_t digits = said.find("0x");
  EXPECT_NE(digits, std::string::npos) << said;
  return absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(said.substr(digits + 2)));
}

// The four bytes of a number, the most significant first.
std::string BigEndian(size_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(number >> shift & 0xff);
  }
  return bytes;
}

// An answer without sessions, of success.
std::string Said(const std::string& content) {
  return std::string("\x80\x01", 2) + BigEndian(10 + content.size()) +
         BigEndian(0) + content;
}

// The registers 0 to 23 of a bank.
std::string Selection(uint16_t algorithm) {
  return BigEndian(algorithm).substr(2) + "\3\xff\xff\xff";
}

// What TPM2_GetCapability says of banks, where 5 is TPM2_CAP_PCRS.
std::string Banks(const std::vector<uint16_t>& algorithms,
                  size_t capability = 5) {
  std::string content =
      '\0' + BigEndian(capability) + BigEndian(algorithms.size());
  for (const uint16_t algorithm : algorithms) content += Selection(algorithm);
  return Said(content);
}

// What TPM2_PCR_Read says: a counter, which, and their digests.
std::string Read(const std::vector<std::string>& digests) {
  std::string content =
      BigEndian(7) + BigEndian(1) + Selection(0xb) + BigEndian(digests.size());
  for (const std::string& digest : digests) {
    content += BigEndian(digest.size()).substr(2) + digest;
  }
  return Said(content);
}

class TpmTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(LoadLibcrypto().ok()); }
};

TEST_F(TpmTest, WhatItReadsIsWhatTheToolsRead) {
  SoftwareTpm software;
  std::map<std::pair<PcrBank, int>, std::string> values;
  {
    const auto tpm = Opened(software.path());
    ASSERT_NE(tpm, nullptr);
    EXPECT_THAT(*tpm->Banks(), ElementsAre(PcrBank::kSha1, PcrBank::kSha256,
                                           PcrBank::kSha384, PcrBank::kSha512));
    for (const PcrBank bank : kAll) {
      for (int pcr = 0; pcr < kPcrCount; ++pcr) {
        const auto value = tpm->ReadPcr(bank, pcr);
        ASSERT_TRUE(value.ok()) << value.status();
        EXPECT_EQ(*value, std::string(DigestSize(bank),
                                      pcr >= 17 && pcr <= 22 ? '\xff' : '\0'))
            << ToWord(bank) << " " << pcr;
      }
      for (int pcr : {0, 17, 23})
        values[{bank, pcr}] = *tpm->ReadPcr(bank, pcr);
    }
  }
  for (const auto& [which, value] : values) {
    EXPECT_EQ(SaidByTools(software, which.first, which.second),
              absl::BytesToHexString(value));
  }
}

TEST_F(TpmTest, WhatIsExtendedIsInAllBanks) {
  SoftwareTpm software;
  {
    const auto tpm = Opened("swtpm:path=" + software.path());
    ASSERT_NE(tpm, nullptr);
    for (char digit : {'a', 'b'}) {
      const absl::Status extended = tpm->Extend(13, Digests(digit));
      ASSERT_TRUE(extended.ok()) << extended;
    }
    EXPECT_EQ(*tpm->ReadPcr(PcrBank::kSha256, 12), std::string(32, '\0'));
  }
  // The next client reads the same, and the tools do.
  const auto tpm = Opened(software.path());
  ASSERT_NE(tpm, nullptr);
  std::map<PcrBank, std::string> read;
  for (const PcrBank bank : kAll) {
    const std::string value = ExtendPcr(
        bank,
        ExtendPcr(bank, InitialPcr(bank), std::string(DigestSize(bank), 'a')),
        std::string(DigestSize(bank), 'b'));
    EXPECT_EQ(*tpm->ReadPcr(bank, 13), value) << ToWord(bank);
    read[bank] = value;
  }
  software.Stop();
}

TEST_F(TpmTest, TheToolsReadWhatWasExtended) {
  SoftwareTpm software;
  ASSERT_TRUE(Opened(software.path())->Extend(23, Digests('x')).ok());
  for (const PcrBank bank : kAll) {
    EXPECT_EQ(SaidByTools(software, bank, 23),
              absl::BytesToHexString(ExtendPcr(
                  bank, InitialPcr(bank), std::string(DigestSize(bank), 'x'))));
  }
}

TEST_F(TpmTest, BanksThatAreNotActiveAreNotRead) {
  SoftwareTpm software("sha256");
  const auto tpm = Opened(software.path());
  ASSERT_NE(tpm, nullptr);
  EXPECT_THAT(*tpm->Banks(), ElementsAre(PcrBank::kSha256));
  const auto none = tpm->ReadPcr(PcrBank::kSha1, 13);
  EXPECT_TRUE(absl::IsNotFound(none.status())) << none.status();
  EXPECT_EQ(none.status().message(), "the TPM has no register 13 of sha1");
  // More digests than banks do no harm.
  ASSERT_TRUE(tpm->Extend(13, Digests('a')).ok());
  EXPECT_EQ(*tpm->ReadPcr(PcrBank::kSha256, 13),
            ExtendPcr(PcrBank::kSha256, InitialPcr(PcrBank::kSha256),
                      std::string(32, 'a')));
}

TEST_F(TpmTest, WhatItMayNotTakeItDoesNot) {
  SoftwareTpm software;
  const auto tpm = Opened(software.path());
  ASSERT_NE(tpm, nullptr);
  auto missing = Digests('a');
  missing.erase(PcrBank::kSha384);
  auto longer = Digests('a');
  longer[PcrBank::kSha1] += 'a';
  auto shorter = Digests('a');
  shorter[PcrBank::kSha512].pop_back();
  struct {
    const char* name;
    int pcr;
    std::map<PcrBank, std::string> digests;
    const char* why;
  } const cases[] = {
      {"a bank is missing", 13, missing, "no digest for bank sha384"},
      {"none at all", 13, {}, "no digest for bank sha1"},
      {"too long", 13, longer, "a digest of another size for bank sha1"},
      {"too short", 13, shorter, "a digest of another size for bank sha512"},
      {"register 24", 24, Digests('a'), "a TPM has no register 24"},
      {"register -1", -1, Digests('a'), "a TPM has no register -1"},
  };
  for (const auto& c : cases) {
    const absl::Status extended = tpm->Extend(c.pcr, c.digests);
    EXPECT_TRUE(absl::IsInvalidArgument(extended)) << c.name;
    EXPECT_EQ(extended.message(), c.why) << c.name;
  }
  for (int pcr : {-1, 24}) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(tpm->ReadPcr(PcrBank::kSha1, pcr).status()));
  }
  for (const PcrBank bank : kAll) {
    EXPECT_EQ(*tpm->ReadPcr(bank, 13), InitialPcr(bank)) << ToWord(bank);
  }
}

TEST_F(TpmTest, ItRefusesInItsOwnWords) {
  SoftwareTpm software;
  const auto tpm = Opened(software.path());
  ASSERT_NE(tpm, nullptr);
  const absl::Status extended = tpm->Extend(17, Digests('a'));
  EXPECT_TRUE(absl::IsUnavailable(extended)) << extended;
  EXPECT_THAT(std::string(extended.message()),
              AllOf(HasSubstr(absl::StrCat("the TPM at ", software.path(),
                                           " does not extend register 17: ")),
                    HasSubstr("bad locality")));
  // It goes on.
  EXPECT_TRUE(tpm->Extend(16, Digests('a')).ok());
}

TEST_F(TpmTest, OneThatIsNotStartedSaysSo) {
  SoftwareTpm software("", TpmStart::kNotStarted);
  const auto tpm = Tpm::Open(software.path(), kLong);
  EXPECT_TRUE(absl::IsUnavailable(tpm.status())) << tpm.status();
  EXPECT_THAT(std::string(tpm.status().message()),
              AllOf(HasSubstr("does not say which banks it has"),
                    HasSubstr("TPM not initialized by TPM2_Startup")));
}

TEST_F(TpmTest, OneThatEndsIsUnavailableFromThenOn) {
  SoftwareTpm software;
  const auto tpm = Opened(software.path());
  ASSERT_NE(tpm, nullptr);
  software.Stop();
  const absl::Status extended = tpm->Extend(13, Digests('a'));
  EXPECT_TRUE(absl::IsUnavailable(extended)) << extended;
  EXPECT_EQ(tpm->ReadPcr(PcrBank::kSha1, 13).status(), extended);
}

TEST_F(TpmTest, OneThatNeverAnswersIsNotWaitedForLong) {
  const ScriptedServer silent({});
  const absl::Time began = absl::Now();
  const auto tpm = Tpm::Open(silent.path(), kShort);
  EXPECT_LT(absl::Now() - began, kLong / 2);
  EXPECT_TRUE(absl::IsUnavailable(tpm.status())) << tpm.status();
  EXPECT_EQ(tpm.status().message(),
            absl::StrCat("the TPM at `", silent.path(), "` does not answer"));
}

TEST_F(TpmTest, OneThatIsThereForAnotherIsNotWaitedForLong) {
  SoftwareTpm software;
  auto other = Opened(software.path());
  const auto tpm = Tpm::Open(software.path(), kShort);
  EXPECT_TRUE(absl::IsUnavailable(tpm.status())) << tpm.status();
  other.reset();
  EXPECT_NE(Opened(software.path()), nullptr);
}

TEST_F(TpmTest, NoneIsNotFound) {
  SocketDirectory directory;
  const auto tpm = Tpm::Open(directory.path() + "/tpm", kLong);
  EXPECT_TRUE(absl::IsNotFound(tpm.status())) << tpm.status();
}

TEST_F(TpmTest, ABusyOneIsAskedAgain) {
  constexpr unsigned kRetry = 0x922;
  constexpr unsigned kYielded = 0x908;
  constexpr unsigned kTesting = 0x90a;
  constexpr unsigned kOfLinux = 11 << 16;  // layers of resource managers
  constexpr unsigned kOfTss = 12 << 16;
  for (unsigned code :
       {kRetry, kYielded, kTesting, kOfLinux | kRetry, kOfTss | kRetry}) {
    // More often than Esys does by itself.
    std::vector<ScriptedServer::Answer> answers(8, {TpmCode(code)});
    answers.push_back({Banks({0xb})});
    const ScriptedServer busy(answers);
    const auto tpm = Opened(busy.path());
    ASSERT_NE(tpm, nullptr);
    EXPECT_THAT(*tpm->Banks(), ElementsAre(PcrBank::kSha256));
  }
}

TEST_F(TpmTest, OneThatStaysBusySaysSo) {
  const ScriptedServer busy(
      std::vector<ScriptedServer::Answer>(10000, {TpmCode(0x922)}));
  const absl::Time began = absl::Now();
  const auto tpm = Tpm::Open(busy.path(), absl::Seconds(1));
  EXPECT_LT(absl::Now() - began, kLong / 2);
  EXPECT_TRUE(absl::IsUnavailable(tpm.status())) << tpm.status();
  EXPECT_THAT(std::string(tpm.status().message()),
              HasSubstr("the TPM was not able to start the command"));
}

TEST_F(TpmTest, ABankThatIsNotKnownIsNotLeftBehind) {
  const ScriptedServer scripted({{Banks({0xb, 0x12})}});
  const auto tpm = Opened(scripted.path());
  ASSERT_NE(tpm, nullptr);
  EXPECT_THAT(*tpm->Banks(), ElementsAre(PcrBank::kSha256));
  const absl::Status extended = tpm->Extend(13, Digests('a'));
  EXPECT_TRUE(absl::IsFailedPrecondition(extended)) << extended;
  EXPECT_EQ(extended.message(),
            "the TPM has a bank of algorithm 0x12, which is not known here");
}

TEST_F(TpmTest, AnAnswerToAnotherQuestionIsNone) {
  std::string garbled = Banks({0xb});
  garbled[18] = 100;  // banks
  std::string wide = Banks({0xb});
  wide[21] = 100;  // bytes of registers
  // TPM2_CAP_HANDLES, where the same bytes are one handle and more.
  for (const std::string& answer :
       {Banks({0xb}, 1), garbled, wide, TpmCode(0)}) {
    const ScriptedServer scripted({{answer}});
    const auto tpm = Tpm::Open(scripted.path(), kLong);
    EXPECT_TRUE(absl::IsUnavailable(tpm.status())) << tpm.status();
    EXPECT_THAT(std::string(tpm.status().message()),
                HasSubstr("does not say which banks it has"));
  }
}

TEST_F(TpmTest, WhatIsNotOneDigestOfThatBankIsNone) {
  const std::string digest(32, 'x');
  struct {
    const char* name;
    std::vector<std::string> digests;
    absl::StatusCode code;
  } const cases[] = {
      {"one", {digest}, absl::StatusCode::kOk},
      {"none", {}, absl::StatusCode::kNotFound},
      {"two", {digest, digest}, absl::StatusCode::kUnavailable},
      {"of sha1", {std::string(20, 'x')}, absl::StatusCode::kUnavailable},
  };
  for (const auto& c : cases) {
    const ScriptedServer scripted({{Banks({0xb})}, {Read(c.digests)}});
    const auto tpm = Opened(scripted.path());
    ASSERT_NE(tpm, nullptr);
    const auto value = tpm->ReadPcr(PcrBank::kSha256, 13);
    EXPECT_EQ(value.status().code(), c.code) << c.name;
    EXPECT_EQ(value.value_or(digest), digest) << c.name;
  }
}

TEST_F(TpmTest, BanksAreSortedWhateverItsOrder) {
  const ScriptedServer scripted({{Banks({0xd, 0x4, 0xb})}});
  const auto tpm = Opened(scripted.path());
  ASSERT_NE(tpm, nullptr);
  EXPECT_THAT(*tpm->Banks(),
              ElementsAre(PcrBank::kSha1, PcrBank::kSha256, PcrBank::kSha512));
}

// Runs the test `name` in a process that finds an empty file in place of the
// library `file`, and returns what it printed.
std::string RunWithout(const std::string& file, const std::string& name) {
  SocketDirectory directory;
  std::ofstream(directory.path() + "/" + file).flush();
  const std::string command = absl::StrCat(
      "env -u TEST_PREMATURE_EXIT_FILE -u XML_OUTPUT_FILE LD_LIBRARY_PATH=",
      directory.path(), " ",
      std::filesystem::read_symlink("/proc/self/exe").string(),
      " --gtest_also_run_disabled_tests --gtest_filter='*.", name, "' 2>&1");
  FILE* const pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe)) {
    output.append(buffer, size);
  }
  pclose(pipe);
  return output;
}

TEST_F(TpmTest, DISABLED_Opens) {
  SoftwareTpm software;
  const auto tpm = Tpm::Open(software.path(), kLong);
  EXPECT_TRUE(absl::IsFailedPrecondition(tpm.status()));
  std::printf("said: %s\n", std::string(tpm.status().message()).c_str());
}

TEST_F(TpmTest, WithoutItsLibraryItSaysWhatIsMissing) {
  EXPECT_THAT(
      RunWithout("libtss2-esys.so.0", "DISABLED_Opens"),
      AllOf(HasSubstr("[  PASSED  ] 1 test"),
            HasSubstr("said: tpm2-tss is not installed (Debian's package is "
                      "libtss2-esys-3.0.2-0): "),
            HasSubstr("libtss2-esys.so.0: file too short")));
}

TEST_F(TpmTest, DISABLED_Refuses) {
  SoftwareTpm software;
  const absl::Status extended =
      Opened(software.path())->Extend(17, Digests('a'));
  EXPECT_TRUE(absl::IsUnavailable(extended));
  std::printf("said: %s\n", std::string(extended.message()).c_str());
}

TEST_F(TpmTest, WithoutWordsItSaysTheCode) {
  EXPECT_THAT(RunWithout("libtss2-rc.so.0", "DISABLED_Refuses"),
              AllOf(HasSubstr("[  PASSED  ] 1 test"),
                    HasSubstr("does not extend register 17: error 0x907")));
}

}  // namespace
}  // namespace extgate
