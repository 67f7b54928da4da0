#include "adapters/tpm_measurement.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "adapters/measurement_log.h"
#include "adapters/testing/software_tpm.h"
#include "adapters/testing/temp_root.h"
#include "engine/pcr/userspace_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr char kService[] = "/run/systemd/io.systemd.PCRExtend";
constexpr char kText[] = "extgate-decision:enforcing:ok:0:1";

class TpmMeasurementTest : public ::testing::Test {
 protected:
  TpmMeasurementTest() {
    root_.Directory("/dev");
    root_.File("/proc/sys/kernel/random/boot_id",
               "6a1f8a7e-0000-4000-8000-000000000001\n");
  }

  void UseTpm(const std::string& path) {
    root_.Remove("/dev");
    root_.Symlink(path, "/dev/tpmrm0");
  }
  absl::Status Extend(const MeasureTarget& target) {
    return TpmMeasurement(root_.places(), kPatience).Extend(target, kText);
  }
  std::vector<UserspaceEvent> Log() {
    const auto log = ReadMeasurementLog(root_.places(), kPatience);
    if (!log.ok()) return {};
    auto events = ParseUserspaceLog(log->bytes);
    EXPECT_TRUE(events.ok()) << events.status();
    complete_ = log->complete;
    return events.ok() ? *std::move(events) : std::vector<UserspaceEvent>();
  }

  TempRoot root_;
  bool complete_ = false;  // the log, as Log() found it
};

// By the log the registers are what tpm2-tools read from the TPM.
TEST_F(TpmMeasurementTest, ARegisterIsExtendedAndLogged) {
  const SoftwareTpm tpm("sha1,sha256");
  UseTpm(tpm.path());
  for (int i = 0; i < 2; ++i) {
    const absl::Status extended = Extend({14, ""});
    ASSERT_TRUE(extended.ok()) << extended;
  }
  const auto events = Log();
  EXPECT_TRUE(complete_);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].pcr, 14);
  EXPECT_EQ(events[0].text, kText);
  EXPECT_EQ(events[0].digests,
            DigestsOfText({PcrBank::kSha1, PcrBank::kSha256}, kText));
  const std::string read = tpm.Tool("pcrread sha1:14+sha256:14");
  for (const PcrBank bank : {PcrBank::kSha1, PcrBank::kSha256}) {
    EXPECT_THAT(absl::AsciiStrToLower(read),
                HasSubstr(absl::BytesToHexString(
                    WithUserspace(events, bank, 14, InitialPcr(bank)))));
  }
  EXPECT_THAT(root_.Read("/run/log/systemd/tpm2-measure.log"),
              HasSubstr("\"bootId\":\"6a1f8a7e000040008000000000000001\""));
}

TEST_F(TpmMeasurementTest, WithoutATpmNothingIsLogged) {
  const absl::Status none = Extend({14, ""});
  EXPECT_TRUE(absl::IsNotFound(none)) << none;
  EXPECT_THAT(std::string(none.message()), HasSubstr("no TPM in `/dev`"));
  root_.Remove("/dev");
  EXPECT_TRUE(absl::IsNotFound(Extend({14, ""})));
  EXPECT_FALSE(root_.Exists("/run/log"));
}

// Registers of dynamic launch are not for locality 0.
TEST_F(TpmMeasurementTest, WhatTheTpmRefusesLeavesTheMark) {
  const SoftwareTpm tpm("sha256");
  UseTpm(tpm.path());
  const absl::Status refused = Extend({18, ""});
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(Log(), SizeIs(0));
  EXPECT_FALSE(complete_);
}

TEST_F(TpmMeasurementTest, NoMoreThanCanBeLoggedIsExtended) {
  const SoftwareTpm tpm("sha256");
  UseTpm(tpm.path());
  root_.Directory("/run/log/systemd/tpm2-measure.log");
  const absl::Status refused = Extend({14, ""});
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(tpm.Tool("pcrread sha256:14"),
              HasSubstr("0x" + std::string(64, '0')));
}

TEST_F(TpmMeasurementTest, AnNvPcrIsSystemdsToExtend) {
  const absl::Status none = Extend({{}, "extensions"});
  EXPECT_TRUE(absl::IsNotFound(none)) << none;
  EXPECT_THAT(std::string(none.message()), HasSubstr("from 260 on"));
  {
    ScriptedServer service({{"{\"parameters\":{}}", std::string(1, '\0')}});
    root_.Symlink(service.path(), kService);
    const absl::Status extended = Extend({{}, "extensions"});
    EXPECT_TRUE(extended.ok()) << extended;
    EXPECT_EQ(service.Received(),
              std::string("{\"method\":\"io.systemd.PCRExtend.Extend\","
                          "\"parameters\":{\"nvpcr\":\"extensions\",\"text\":"
                          "\"extgate-decision:enforcing:ok:0:1\"}}") +
                  std::string(1, '\0'));
    root_.Remove(kService);
  }
  ScriptedServer service(
      {{"{\"error\":\"io.systemd.PCRExtend.NoSuchNvPCR\","
        "\"parameters\":{}}",
        std::string(1, '\0')}});
  root_.Symlink(service.path(), kService);
  const absl::Status unknown = Extend({{}, "extensions"});
  EXPECT_TRUE(absl::IsFailedPrecondition(unknown)) << unknown;
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("NoSuchNvPCR"));
}

}  // namespace
}  // namespace extgate
