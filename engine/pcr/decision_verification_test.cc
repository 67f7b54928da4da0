#include "engine/pcr/decision_verification.h"

#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/measured_decision.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr PcrBank kBank = PcrBank::kSha256;
constexpr char kReport[] = "{\"mode\": \"enforcing\"}\n";

class DecisionVerificationTest : public ::testing::Test {
 protected:
  DecisionVerificationTest() {
    if (!LoadLibcrypto().ok()) std::abort();
  }

  static UserspaceEvent Event(int pcr, const std::string& text) {
    return {pcr, "", DigestsOfText({PcrBank::kSha1, kBank}, text), text};
  }
  static UserspaceEvent DecisionOf(const std::string& report) {
    return Event(14, MeasuredText({"enforcing", "ok", std::string(64, '1'),
                                   absl::BytesToHexString(
                                       DigestIn(PcrBank::kSha256, report))}));
  }
  // What a register holds by these events alone.
  static HeldRegisters Held(const std::vector<UserspaceEvent>& events,
                            int pcr) {
    return {{pcr, WithUserspace(events, kBank, pcr, InitialPcr(kBank))}};
  }

  static Verification Verified(const DecisionEvidence& evidence,
                               const HeldRegisters& held,
                               const EventLog* firmware = nullptr) {
    Verification verification;
    AddDecisions(evidence, kBank, firmware, held, verification);
    return verification;
  }
  static std::vector<DecisionStanding> Standings(const Verification& verified) {
    std::vector<DecisionStanding> standings;
    for (const VerifiedDecision& decision : verified.decisions) {
      standings.push_back(decision.standing);
    }
    return standings;
  }
};

TEST_F(DecisionVerificationTest, TheLastOneIsThatOfTheReport) {
  DecisionEvidence evidence;
  evidence.events = {Event(11, "enter-initrd"), DecisionOf("an earlier one"),
                     Event(14, "something else"), DecisionOf(kReport)};
  evidence.report = kReport;
  const Verification verified = Verified(evidence, Held(evidence.events, 14));
  EXPECT_FALSE(verified.differs);
  EXPECT_THAT(verified.remarks, IsEmpty());
  EXPECT_THAT(Standings(verified), ElementsAre(DecisionStanding::kMeasured,
                                               DecisionStanding::kKept));
  ASSERT_THAT(verified.registers, SizeIs(1));
  EXPECT_EQ(verified.registers[0].pcr, 14);
  EXPECT_EQ(verified.registers[0].held, verified.registers[0].predicted);
}

TEST_F(DecisionVerificationTest, AReportThatWasNotMeasuredIsSaid) {
  DecisionEvidence evidence;
  evidence.events = {DecisionOf(kReport), DecisionOf("a later one")};
  evidence.report = kReport;
  const Verification verified = Verified(evidence, Held(evidence.events, 14));
  EXPECT_TRUE(verified.differs);
  EXPECT_THAT(Standings(verified), ElementsAre(DecisionStanding::kMeasured,
                                               DecisionStanding::kMeasured));
  EXPECT_THAT(verified.remarks,
              ElementsAre(HasSubstr("is not that of the las")));
  // Nobody can tell of one that is not known.
  evidence.report.reset();
  EXPECT_FALSE(Verified(evidence, Held(evidence.events, 14)).differs);
}

TEST_F(DecisionVerificationTest, ALogThatSaysOtherThanTheTpmIsSeen) {
  DecisionEvidence evidence;
  evidence.events = {DecisionOf("what was"), DecisionOf(kReport)};
  evidence.report = kReport;
  const HeldRegisters held = Held(evidence.events, 14);
  // A record taken out, put elsewhere, written anew, or made up.
  const UserspaceEvent first = evidence.events[0];
  const std::vector<std::vector<UserspaceEvent>> forged = {
      {evidence.events[1]},
      {evidence.events[1], first},
      {DecisionOf("what was not"), evidence.events[1]},
      {first, evidence.events[1], DecisionOf(kReport)},
  };
  for (const auto& events : forged) {
    evidence.events = events;
    EXPECT_TRUE(Verified(evidence, held).differs);
  }
  // The digest that was extended, with another text to it.
  evidence.events = {first, DecisionOf(kReport)};
  evidence.events[1].text = DecisionOf("nicer").text;
  evidence.report = "nicer";
  const Verification verified = Verified(evidence, Held(evidence.events, 14));
  EXPECT_TRUE(verified.differs);
  EXPECT_EQ(Standings(verified).back(), DecisionStanding::kNotOfText);
}

// A record of an NvPCR that somebody has added to the log is no decision that
// counts beside one of a register.
TEST_F(DecisionVerificationTest, TheReportIsThatOfARegister) {
  DecisionEvidence evidence;
  evidence.events = {DecisionOf("what was"), DecisionOf(kReport)};
  evidence.events[1].pcr.reset();
  evidence.events[1].nvpcr = "made-up";
  evidence.report = kReport;
  Verification verified = Verified(evidence, Held(evidence.events, 14));
  EXPECT_TRUE(verified.differs);
  EXPECT_THAT(Standings(verified), ElementsAre(DecisionStanding::kMeasured,
                                               DecisionStanding::kMeasured));
  evidence.report = "what was";
  verified = Verified(evidence, Held(evidence.events, 14));
  EXPECT_FALSE(verified.differs);
  EXPECT_THAT(Standings(verified), ElementsAre(DecisionStanding::kKept,
                                               DecisionStanding::kMeasured));
}

// Whoever has become root can extend a register that can be reset, or another
// one, and show no record of the first.
TEST_F(DecisionVerificationTest, AnotherRegisterIsNotTheOneThatIsRequired) {
  DecisionEvidence evidence;
  evidence.events = {DecisionOf(kReport)};
  evidence.events[0].pcr = 16;
  evidence.report = kReport;
  EXPECT_FALSE(Verified(evidence, Held(evidence.events, 16)).differs);
  evidence.required = 14;
  const Verification verified = Verified(evidence, Held(evidence.events, 16));
  EXPECT_TRUE(verified.differs);
  EXPECT_THAT(verified.remarks, ElementsAre(HasSubstr("into register 14")));
  EXPECT_THAT(Standings(verified), ElementsAre(DecisionStanding::kMeasured));
}

TEST_F(DecisionVerificationTest, ADecisionUnderAnotherTextIsSeen) {
  DecisionEvidence evidence;
  evidence.events = {DecisionOf("what was"), DecisionOf(kReport)};
  evidence.report = kReport;
  evidence.required = 14;
  evidence.events[0].text = "nothing to see";
  Verification verified = Verified(evidence, Held(evidence.events, 14));
  EXPECT_TRUE(verified.differs);
  EXPECT_THAT(verified.remarks, ElementsAre(HasSubstr("`nothing to see`")));
  // As an event of the firmware it is not to be told from one.
  EventLog firmware;
  firmware.banks = {kBank};
  LoggedEvent event;
  event.pcr = 14;
  event.type = 0xd;
  event.digests[kBank] = evidence.events[0].digests.at(kBank);
  firmware.events = {event};
  evidence.events.erase(evidence.events.begin());
  const std::string held =
      WithUserspace(evidence.events, kBank, 14, ReplayPcr(firmware, kBank, 14));
  verified = Verified(evidence, {{14, held}}, &firmware);
  EXPECT_FALSE(verified.differs);
  EXPECT_THAT(verified.remarks, ElementsAre(HasSubstr("nobody vouches")));
  // What systemd measures of a secret has other words, in one register.
  for (const int pcr : {14, 15}) {
    evidence.events = {DecisionOf("what was"), DecisionOf(kReport)};
    for (UserspaceEvent& measured : evidence.events) measured.pcr = pcr;
    evidence.events[0].text = "cryptsetup:root:1234";
    evidence.required = pcr;
    EXPECT_EQ(Verified(evidence, Held(evidence.events, pcr)).differs,
              pcr == 14);
  }
}

TEST_F(DecisionVerificationTest, TheFirmwaresEventsComeFirst) {
  EventLog firmware;
  firmware.banks = {kBank};
  LoggedEvent event;
  event.pcr = 14;
  event.type = 4;
  event.digests[kBank] = std::string(32, 'f');
  firmware.events = {event};
  DecisionEvidence evidence;
  evidence.events = {DecisionOf(kReport)};
  const std::string held =
      WithUserspace(evidence.events, kBank, 14, ReplayPcr(firmware, kBank, 14));
  EXPECT_FALSE(Verified(evidence, {{14, held}}, &firmware).differs);
  EXPECT_TRUE(Verified(evidence, {{14, held}}).differs);
}

TEST_F(DecisionVerificationTest, WhatIsNotKnownIsSaid) {
  DecisionEvidence evidence;
  Verification verified = Verified(evidence, {});
  EXPECT_FALSE(verified.differs);
  EXPECT_THAT(verified.remarks, IsEmpty());
  evidence.required = 14;
  verified = Verified(evidence, {});
  EXPECT_TRUE(verified.differs);
  EXPECT_THAT(verified.remarks,
              ElementsAre(HasSubstr("no decision of extgate was measured")));
  evidence.events = {DecisionOf(kReport)};
  verified = Verified(evidence, {});
  EXPECT_TRUE(verified.differs);
  EXPECT_THAT(verified.remarks,
              ElementsAre("nothing tells what register 14 holds"));
  evidence.events[0].pcr.reset();
  evidence.events[0].nvpcr = "extensions";
  EXPECT_TRUE(Verified(evidence, {}).differs);
  evidence.required.reset();
  evidence.complete = false;
  verified = Verified(evidence, {});
  EXPECT_FALSE(verified.differs);
  EXPECT_THAT(verified.registers, IsEmpty());
  EXPECT_THAT(verified.remarks, ElementsAre(HasSubstr("NvPCR `extensions`"),
                                            HasSubstr("died before")));
}

}  // namespace
}  // namespace extgate
