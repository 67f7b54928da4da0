#include "adapters/tpm_state.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(TpmState, RegistersAreAsTheKernelShowsThem) {
  TempRoot root;
  const std::string value(32, '\xab');
  const std::string hex = absl::BytesToHexString(value);
  root.File("/sys/class/tpm/tpm0/pcr-sha256/13",
            absl::AsciiStrToUpper(hex) + "\n");
  EXPECT_EQ(*ReadRegister(root.places(), PcrBank::kSha256, 13), value);
  EXPECT_EQ(ReadRegister(root.places(), PcrBank::kSha256, 12).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadRegister(root.places(), PcrBank::kSha1, 13).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(TpmState, WhatIsNoRegisterIsNone) {
  for (const std::string& text :
       {std::string(), std::string("ab\n"), std::string(64, 'g'),
        std::string(66, 'a'), std::string(300, 'a')}) {
    TempRoot root;
    root.File("/sys/class/tpm/tpm0/pcr-sha256/13", text);
    EXPECT_EQ(ReadRegister(root.places(), PcrBank::kSha256, 13).status().code(),
              absl::StatusCode::kUnavailable)
        << text;
  }
}

TEST(TpmState, TheFirmwareLogIsParsed) {
  TempRoot root;
  EXPECT_EQ(ReadFirmwareLog(root.places()).status().code(),
            absl::StatusCode::kNotFound);
  root.File("/sys/kernel/security/tpm0/binary_bios_measurements", "abc");
  EXPECT_EQ(ReadFirmwareLog(root.places()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace extgate
