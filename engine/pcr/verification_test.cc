#include "engine/pcr/verification.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

constexpr PcrBank kBank = PcrBank::kSha256;

MeasuredEvent Predicted(int pcr, const std::string& what) {
  return {pcr,
          what,
          {absl::StrCat(what, ".raw")},
          {{kBank, DigestIn(kBank, what)}}};
}

LoggedEvent Logged(uint32_t pcr, const std::string& what) {
  LoggedEvent event;
  event.pcr = pcr;
  event.type = 0xd;
  event.digests[kBank] = DigestIn(kBank, what);
  event.data = what + " text";
  return event;
}

std::string After(const std::vector<std::string>& words) {
  std::string value = InitialPcr(kBank);
  for (const std::string& word : words) {
    value = ExtendPcr(kBank, value, DigestIn(kBank, word));
  }
  return value;
}

// Register 13 has `a` and `b`, 12 nothing.
Prediction TwoImages() {
  Prediction prediction;
  prediction.events = {Predicted(13, "a"), Predicted(13, "b")};
  prediction.pcrs[12][kBank] = InitialPcr(kBank);
  prediction.pcrs[13][kBank] = After({"a", "b"});
  return prediction;
}

EventLog Log(const std::vector<LoggedEvent>& events) {
  EventLog log;
  log.events = events;
  log.banks = {kBank};
  return log;
}

Verification Verified(const Prediction& prediction, const EventLog& log,
                      const HeldRegisters& held) {
  return VerifyPrediction(prediction, kBank, &log, held,
                          OtherRegisters::kByLog);
}

std::vector<std::string> Said(const Verification& verification) {
  std::vector<std::string> lines;
  for (const VerifiedEvent& event : verification.events) {
    lines.push_back(absl::StrCat(event.pcr, " ", event.description, " ",
                                 ToWord(event.standing)));
  }
  return lines;
}

TEST(Verification, AllAsPredicted) {
  const EventLog log =
      Log({Logged(4, "kernel"), Logged(13, "a"), Logged(13, "b")});
  const Verification verification = Verified(
      TwoImages(), log, {{12, InitialPcr(kBank)}, {13, After({"a", "b"})}});
  EXPECT_FALSE(verification.differs);
  EXPECT_EQ(Said(verification), std::vector<std::string>({
                                    "13 a as predicted",
                                    "13 b as predicted",
                                }));
  EXPECT_EQ(verification.registers.size(), 2u);
  // The log alone says it as well.
  EXPECT_FALSE(Verified(TwoImages(), log, {}).differs);
}

// The log comes from the machine in question; what its TPM has signed for is
// all that counts.
TEST(Verification, WhereSomebodyVouchesTheLogAloneTellsNothing) {
  const EventLog log = Log({Logged(13, "a"), Logged(13, "b")});
  const Verification verification =
      VerifyPrediction(TwoImages(), kBank, &log, {{12, InitialPcr(kBank)}},
                       OtherRegisters::kNothing);
  EXPECT_TRUE(verification.differs);
  EXPECT_EQ(verification.remarks,
            std::vector<std::string>({"nothing tells what register 13 holds"}));
  EXPECT_FALSE(
      VerifyPrediction(TwoImages(), kBank, &log,
                       {{12, InitialPcr(kBank)}, {13, After({"a", "b"})}},
                       OtherRegisters::kNothing)
          .differs);
}

TEST(Verification, WhatElseWasMeasuredIsSaid) {
  const EventLog log = Log({Logged(13, "a"), Logged(13, "stranger")});
  const Verification verification = Verified(TwoImages(), log, {});
  EXPECT_TRUE(verification.differs);
  EXPECT_EQ(Said(verification), std::vector<std::string>({
                                    "13 a as predicted",
                                    "13 stranger text not predicted",
                                    "13 b not measured",
                                }));
}

TEST(Verification, ARegisterThatTheLogDoesNotExplain) {
  const EventLog log = Log({Logged(13, "a"), Logged(13, "b")});
  const Verification verification =
      Verified(TwoImages(), log,
               {{12, InitialPcr(kBank)}, {13, After({"a", "b", "c"})}});
  EXPECT_TRUE(verification.differs);
  EXPECT_EQ(verification.registers[1].held, After({"a", "b", "c"}));
}

TEST(Verification, WhatTheSystemMeasuredIsInNoLog) {
  Prediction prediction = TwoImages();
  prediction.events.push_back(Predicted(13, "os-separator"));
  prediction.events.back().by_system = true;
  prediction.pcrs[13][kBank] = After({"a", "b", "os-separator"});
  const EventLog log = Log({Logged(13, "a"), Logged(13, "b")});
  const HeldRegisters held = {{12, InitialPcr(kBank)},
                              {13, After({"a", "b", "os-separator"})}};
  EXPECT_FALSE(Verified(prediction, log, held).differs);
  // Without the TPM's word nothing tells.
  const Verification unknown = Verified(prediction, log, {});
  EXPECT_TRUE(unknown.differs);
  EXPECT_EQ(unknown.remarks.size(), 1u);
}

TEST(Verification, WhatWasNotToBePredictedIsSaid) {
  Prediction prediction = TwoImages();
  prediction.pcrs.erase(12);
  prediction.missing[12] = {"credentials"};
  const EventLog log =
      Log({Logged(12, "anything"), Logged(13, "a"), Logged(13, "b")});
  const Verification verification = Verified(prediction, log, {});
  EXPECT_TRUE(verification.differs);
  EXPECT_EQ(verification.remarks.size(), 1u);
  // Who does not ask about it is not told of it.
  EXPECT_FALSE(Verified(OnlyOf(std::move(prediction), {13}), log, {}).differs);
}

TEST(Verification, ALogWithoutTheBankTellsNothing) {
  Prediction none;
  none.pcrs[13][kBank] = InitialPcr(kBank);
  EventLog log = Log({});
  EXPECT_FALSE(Verified(none, log, {}).differs);
  log.banks = {PcrBank::kSha1};
  EXPECT_TRUE(Verified(none, log, {}).differs);
  EXPECT_FALSE(Verified(none, log, {{13, InitialPcr(kBank)}}).differs);
}

}  // namespace
}  // namespace extgate
