#include "engine/pcr/approved_states.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/boot/testing/uki.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "engine/pcr/uki_sections.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

constexpr char kContent[] = "hello";

OfferedFile Image(std::string name) {
  return {std::move(name),
          []() -> absl::StatusOr<std::unique_ptr<ImageReader>> {
            return std::make_unique<BufferReader>(BytesOf(kContent));
          }};
}

StubInputs Inputs(const std::vector<std::string>& names) {
  StubInputs inputs;
  inputs.stub = 257;
  inputs.command_line = "";
  inputs.credentials_known = true;
  for (const std::string& name : names) inputs.own.push_back(Image(name));
  return inputs;
}

StateChoice Choice(PcrSet pcrs) {
  return {std::move(pcrs), {PcrBank::kSha256}, {"enter-initrd"}, false, {}};
}

std::vector<std::string> Described(const std::vector<ApprovedState>& states) {
  std::vector<std::string> texts;
  for (const ApprovedState& state : states) {
    texts.push_back(
        absl::StrCat(absl::StrJoin(state.images, "+"), " ", state.phase));
  }
  return texts;
}

TEST(ApprovedStates, TheSetAsItIs) {
  const StubInputs inputs = Inputs({"b.raw", "a.raw"});
  const auto states = ApprovedStates(inputs, Choice({13}));
  ASSERT_TRUE(states.ok()) << states.status();
  EXPECT_EQ(Described(*states), std::vector<std::string>({"a.raw+b.raw "}));
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  const auto prediction = PredictStub(inputs, kOne);
  EXPECT_EQ(
      (*states)[0].digest,
      PcrPolicyDigest(PcrBank::kSha256,
                      {{13, prediction->pcrs.at(13).at(PcrBank::kSha256)}}));
}

TEST(ApprovedStates, EachPhaseAndBankOfTheKernelImage) {
  const std::string uki = BuildPe({{".linux", "HALLO\n"}});
  BufferReader reader(BytesOf(uki));
  StubInputs inputs = Inputs({"a.raw"});
  inputs.kernel_image = &reader;
  StateChoice choice = Choice({11, 13});
  choice.banks = {PcrBank::kSha1, PcrBank::kSha256};
  choice.phases = {kPhases[0], kPhases[1]};
  const auto states = ApprovedStates(inputs, choice);
  ASSERT_TRUE(states.ok()) << states.status();
  ASSERT_EQ(states->size(), 4u);
  for (const ApprovedState& state : *states) {
    inputs.phase = state.phase;
    const PcrBank banks[] = {state.bank};
    const auto prediction = PredictStub(inputs, banks);
    ASSERT_TRUE(prediction.ok());
    EXPECT_EQ(state.digest,
              PcrPolicyDigest(state.bank,
                              {{11, prediction->pcrs.at(11).at(state.bank)},
                               {13, prediction->pcrs.at(13).at(state.bank)}}));
  }
}

// What register 12 holds depends on sections of the kernel image, whether
// register 11 is signed for or not.
TEST(ApprovedStates, RegisterTwelveByTheKernelImage) {
  const std::string uki =
      BuildPe({{".linux", "HALLO\n"}, {".cmdline", "quiet"}});
  BufferReader reader(BytesOf(uki));
  StubInputs inputs = Inputs({"a.raw"});
  inputs.kernel_image = &reader;
  inputs.command_line = "debug";
  inputs.boot_loader = 257;
  inputs.secure_boot = true;
  const auto states = ApprovedStates(inputs, Choice({12}));
  ASSERT_TRUE(states.ok()) << states.status();
  constexpr PcrBank kOne[] = {PcrBank::kSha256};
  const auto prediction = PredictStub(inputs, kOne);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  ASSERT_EQ(states->size(), 1u);
  EXPECT_EQ(
      (*states)[0].digest,
      PcrPolicyDigest(PcrBank::kSha256,
                      {{12, prediction->pcrs.at(12).at(PcrBank::kSha256)}}));
  inputs.kernel_image = nullptr;
  EXPECT_EQ(ApprovedStates(inputs, Choice({12})).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ApprovedStates, CombinationsOfWhatMayBeThereOrNot) {
  StateChoice choice = Choice({13});
  choice.combinations = true;
  choice.always = {"c.raw"};
  const auto states =
      ApprovedStates(Inputs({"a.raw", "b.raw", "c.raw"}), choice);
  ASSERT_TRUE(states.ok()) << states.status();
  EXPECT_EQ(Described(*states),
            std::vector<std::string>({"a.raw+b.raw+c.raw ", "b.raw+c.raw ",
                                      "a.raw+c.raw ", "c.raw "}));
  std::set<std::string> digests;
  for (const ApprovedState& state : *states) digests.insert(state.digest);
  EXPECT_EQ(digests.size(), 4u);
}

TEST(ApprovedStates, OneOfThoseThatMeetARule) {
  StateChoice choice = Choice({13});
  choice.combinations = true;
  choice.one_of = {{"old.raw", "new.raw"}, {"c.raw"}};
  const auto states =
      ApprovedStates(Inputs({"old.raw", "new.raw", "c.raw"}), choice);
  ASSERT_TRUE(states.ok()) << states.status();
  EXPECT_EQ(Described(*states),
            std::vector<std::string>({"c.raw+new.raw+old.raw ",
                                      "c.raw+new.raw ", "c.raw+old.raw "}));
}

TEST(ApprovedStates, WhatIsNotSignedFor) {
  std::vector<std::string> many;
  for (size_t i = 0; i <= kMaxOptionalFiles; ++i) {
    many.push_back(absl::StrCat(i, ".raw"));
  }
  StateChoice all = Choice({13});
  all.combinations = true;
  EXPECT_EQ(ApprovedStates(Inputs(many), all).status().code(),
            absl::StatusCode::kResourceExhausted);
  all.one_of = {{"0.raw"}};  // no more that may be there or not
  EXPECT_TRUE(ApprovedStates(Inputs(many), all).ok());
  EXPECT_EQ(ApprovedStates(Inputs({}), Choice({})).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ApprovedStates(Inputs({}), Choice({7})).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ApprovedStates(Inputs({}), Choice({11})).status().code(),
            absl::StatusCode::kInvalidArgument);
  StubInputs unknown = Inputs({});
  unknown.command_line.reset();
  EXPECT_EQ(ApprovedStates(unknown, Choice({12, 13})).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(ApprovedStates(unknown, Choice({13})).ok());
}

}  // namespace
}  // namespace extgate
