// The tables of the systemd specification, state by state and version by
// version.
#include "policy/partition_fate.h"

#include <string>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "policy/image_policy_reader.h"

namespace extgate {
namespace {

ImagePolicy Read(absl::string_view text) {
  auto read = ReadImagePolicy(text);
  const auto* policy = std::get_if<ImagePolicy>(&read);
  EXPECT_NE(policy, nullptr) << text;
  return policy == nullptr ? ImagePolicy() : *policy;
}

DataState Signed(SignatureState standing) {
  const PartitionState plain = {Content::kPlain};
  return {plain, plain, plain, standing};
}
DataState Unsigned() {
  return {{Content::kPlain}, {Content::kPlain}, {}, SignatureState::kNone};
}
DataState Only(Content content) { return {{content}, {}, {}, {}}; }

std::string Mirrored(std::string text) {
  for (size_t at = 0; (at = text.find("root", at)) != std::string::npos;) {
    text.replace(at, 4, "usr");
  }
  return text;
}

// TEST-50-DISSECT.dissect.sh: a signed image, on every version that has image
// policies.
TEST(PartitionFateTest, AnswersLikeSystemdsDissectTest) {
  const struct {
    const char* policy;
    bool accepted;
  } kCases[] = {
      {"*", true},
      {"root=unprotected", true},
      {"root=verity", true},
      {"root=verity:root-verity-sig=unused+absent", true},
      {"root=signed", true},
      {"~", false},
      {"root=absent", false},
      {"root=verity:root-verity=unused+absent", false},
      {"root=signed:root-verity-sig=unused+absent", false},
      {"root=signed:root-verity=unused+absent", false},
  };
  for (const auto& c : kCases) {
    for (int version = 254; version <= kNewestSystemd; ++version) {
      const DataState image = Signed(SignatureState::kTrusted);
      EXPECT_EQ(FateOfData(Read(c.policy), Designator::kRoot, image,
                           {version}) != Fate::kRefused,
                c.accepted)
          << c.policy << " on " << version;
      EXPECT_EQ(FateOfData(Read(Mirrored(c.policy)), Designator::kUsr, image,
                           {version}) != Fate::kRefused,
                c.accepted)
          << Mirrored(c.policy) << " on " << version;
    }
  }
  EXPECT_EQ(FateOfData(Read("-"), Designator::kRoot,
                       Signed(SignatureState::kTrusted), {257}),
            Fate::kIgnored);
  const PartitionState absent;
  for (const char* policy : {"swap=absent", "swap=absent+unprotected"}) {
    EXPECT_EQ(
        FateOfOther(Read(policy), PartitionDesignator::kSwap, absent, {257}),
        Fate::kAbsent);
  }
  EXPECT_EQ(FateOfOther(Read("swap=unprotected+encrypted+verity"),
                        PartitionDesignator::kSwap, absent, {257}),
            Fate::kRefused);
}

// What was seen in real boots of 252, 254, 257 and 262.
TEST(PartitionFateTest, ByVersion) {
  constexpr Fate kNo = Fate::kRefused;
  constexpr Fate kBad = Fate::kFailed;
  constexpr Fate kRaw = Fate::kUnprotected;
  constexpr Fate kTree = Fate::kVerity;
  constexpr Fate kSig = Fate::kSignature;
  constexpr auto kRoot = Designator::kRoot;
  constexpr auto kUsr = Designator::kUsr;
  const DataState good = Signed(SignatureState::kTrusted);
  const DataState stranger = Signed(SignatureState::kUntrusted);
  const DataState garbage = Signed(SignatureState::kInvalid);
  const DataState plain = Only(Content::kPlain);
  const DataState luks = Only(Content::kEncrypted);
  const DataState integrity = Only(Content::kEncryptedWithIntegrity);
  const struct {
    const char* policy;
    Designator data;
    DataState state;
    Fate fates[5];  // 253, 257, 258, 259, 260
  } kCases[] = {
      {"root=signed", kRoot, good, {kSig, kSig, kSig, kSig, kSig}},
      {"root=signed", kRoot, stranger, {kBad, kBad, kBad, kBad, kBad}},
      {"root=signed", kRoot, garbage, {kBad, kBad, kBad, kBad, kBad}},
      {"root=signed", kRoot, Unsigned(), {kRaw, kNo, kNo, kNo, kNo}},
      {"root=signed", kRoot, plain, {kRaw, kNo, kNo, kNo, kNo}},
      {"usr=signed", kUsr, good, {kRaw, kRaw, kSig, kSig, kSig}},
      {"usr=signed", kUsr, stranger, {kRaw, kRaw, kBad, kBad, kBad}},
      {"root=verity+signed+absent",
       kRoot,
       stranger,
       {kBad, kBad, kBad, kTree, kTree}},
      {"root=verity+signed+absent",
       kRoot,
       garbage,
       {kBad, kBad, kBad, kBad, kBad}},
      {"root=verity+signed+absent",
       kRoot,
       Unsigned(),
       {kRaw, kRaw, kTree, kTree, kTree}},
      {"root=verity", kRoot, stranger, {kBad, kRaw, kTree, kTree, kTree}},
      {"root=unprotected", kRoot, good, {kSig, kRaw, kRaw, kRaw, kRaw}},
      {"*", kRoot, stranger, {kBad, kBad, kBad, kTree, kTree}},
      {"*", kRoot, plain, {kRaw, kRaw, kRaw, kRaw, kRaw}},
      // Explicit rules for the helpers: before 258 what is signed is nothing
      // else.
      {"root=verity:root-verity-sig=open",
       kRoot,
       good,
       {kSig, kNo, kSig, kTree, kTree}},
      {"root=encrypted",
       kRoot,
       luks,
       {Fate::kEncrypted, Fate::kEncrypted, Fate::kEncrypted, Fate::kEncrypted,
        Fate::kEncrypted}},
      {"root=encrypted",
       kRoot,
       integrity,
       {Fate::kEncrypted, Fate::kEncrypted, Fate::kEncrypted, Fate::kEncrypted,
        kNo}},
      {"root=encrypted", kRoot, plain, {kRaw, kNo, kNo, kNo, kNo}},
      {"root=encrypted+signed", kRoot, plain, {kRaw, kNo, kNo, kNo, kNo}},
      {"root=encrypted+unused", kRoot, plain, {kRaw, kNo, kRaw, kRaw, kRaw}},
      {"root=signed+unused:root-verity-sig=absent",
       kRoot,
       Unsigned(),
       {kRaw, kNo, kTree, kBad, kBad}},
      // A signature without its tree.
      {"root=unprotected:root-verity-sig=open",
       kRoot,
       good,
       {kSig, kNo, kNo, kNo, kNo}},
      {"root=unprotected", kRoot, luks, {Fate::kEncrypted, kNo, kNo, kNo, kNo}},
      {"root=absent", kRoot, plain, {kRaw, kNo, kNo, kNo, kNo}},
      {"root=unprotected+erofs", kRoot, plain, {kRaw, kRaw, kRaw, kRaw, kNo}},
  };
  constexpr int kVersions[5] = {253, 257, 258, 259, 260};
  for (const auto& c : kCases) {
    for (int i = 0; i < 5; ++i) {
      const Fate got =
          FateOfData(Read(c.policy), c.data, c.state, {kVersions[i]});
      EXPECT_EQ(got, c.fates[i])
          << c.policy << ", " << Describe(c.state) << " on " << kVersions[i]
          << ": " << ToWord(got);
    }
  }
}

TEST(PartitionFateTest, ChecksOff) {
  const Systemd::SignatureChecks off = Systemd::SignatureChecks::kOff;
  for (SignatureState standing :
       {SignatureState::kTrusted, SignatureState::kUntrusted,
        SignatureState::kInvalid}) {
    const DataState image = Signed(standing);
    for (int version : {252, 254, 257, 258}) {
      EXPECT_EQ(FateOfData(Read("root=signed"), Designator::kRoot, image,
                           {version, off}),
                Fate::kVerity);
    }
    EXPECT_EQ(
        FateOfData(Read("root=signed"), Designator::kRoot, image, {259, off}),
        Fate::kFailed);
    EXPECT_EQ(FateOfData(Read("root=verity+signed"), Designator::kRoot, image,
                         {262, off}),
              Fate::kVerity);
  }
}

TEST(PartitionFateTest, AttributesAndFilesystems) {
  DataState image = Signed(SignatureState::kTrusted);
  image.data.attributes = kFlagReadOnlyOn | kFlagGrowfsOff;
  image.data.filesystem = kFlagErofs;
  const struct {
    const char* policy;
    bool accepted;
  } kCases[] = {
      {"root=signed+read-only-on:root-verity=unprotected:root-verity-sig="
       "unprotected",
       true},
      {"root=signed+read-only-on", false},  // the hash tree is not
      {"root=signed+read-only-off", false},
      {"root=signed+growfs-off", true},
      {"root=signed+growfs-on", false},
      {"root=signed+erofs+ext4", true},
      {"root=signed+ext4", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FateOfData(Read(c.policy), Designator::kRoot, image, {262}) ==
                  Fate::kSignature,
              c.accepted)
        << c.policy;
  }
}

TEST(PartitionFateTest, BareFilesystemIsRootAlone) {
  const struct {
    const char* policy;
    Fate fate;
  } kCases[] = {
      {"*", Fate::kUnprotected},
      {"root=unprotected:usr=signed:home=unprotected", Fate::kUnprotected},
      {kStrictImagePolicy, Fate::kRefused},
      {"root=verity+signed", Fate::kRefused},
      {"root=unprotected+read-only-on", Fate::kRefused},
      {"~", Fate::kRefused},
      {"-", Fate::kRefused},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FateOfBareFilesystem(Read(c.policy), 0, {257}), c.fate)
        << c.policy;
    EXPECT_EQ(FateOfBareFilesystem(Read(c.policy), 0, {253}),
              Fate::kUnprotected);
  }
}

TEST(PartitionFateTest, RangesCoverEveryVersionOnce) {
  int next = kOldestSystemd;
  for (const SystemdRange& range : SystemdRanges()) {
    EXPECT_EQ(range.first, next);
    next = range.last + 1;
  }
  EXPECT_EQ(next, kNewestSystemd + 1);
  EXPECT_EQ(ToString(SystemdRange{254, 257}), "254 to 257");
  EXPECT_EQ(ToString(SystemdRange{258, 258}), "258");
}

}  // namespace
}  // namespace extgate
