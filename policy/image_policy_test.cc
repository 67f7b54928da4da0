// The cases of systemd's test-image-policy.c that the header promises; others
// are in image_policy_algebra_test.cc.
#include "policy/image_policy.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

ImagePolicy Parsed(absl::string_view text) {
  absl::StatusOr<ImagePolicy> policy = ImagePolicy::Parse(text);
  EXPECT_TRUE(policy.ok()) << text << ": " << policy.status();
  return policy.ok() ? *policy : ImagePolicy();
}

TEST(ImagePolicyTest, StrictIsTheParsedConstant) {
  EXPECT_EQ(ImagePolicy::Strict(), Parsed(kStrictImagePolicy));
  EXPECT_EQ(ImagePolicy::Strict().ToString(), kStrictImagePolicy);
  EXPECT_NE(ImagePolicy::Strict(), ImagePolicy());
}

TEST(ImagePolicyTest, PrintsAsSystemdDoes) {
  const struct {
    const char* text;
    const char* printed;
  } kCases[] = {
      {"", "-"},
      {"-", "-"},
      {"*", "*"},
      {"~", "~"},
      {"=ignore", "-"},
      {"=unused+absent", "-"},
      {"=open", "*"},
      {"=absent", "~"},
      {"swap=open", "swap=open"},
      {"swap=open:root=signed", "root=signed:swap=open"},
      {"swap=open:root=signed+read-only-on+growfs-off:=absent",
       "root=signed+read-only-on+growfs-off:swap=open:=absent"},
      {" root = signed + absent : usr = ignore ",
       "root=signed+absent:usr=ignore"},
      {"root=absent+signed+verity", "root=verity+signed+absent"},
      {"=verity+absent", "=verity+absent"},
      {"var=unprotected:root-verity-sig=absent:tmp=unused",
       "root-verity-sig=absent:tmp=unused:var=unprotected"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Parsed(c.text).ToString(), c.printed) << c.text;
  }
}

TEST(ImagePolicyTest, PrintedPolicyParsesToEqualPolicy) {
  std::vector<ImagePolicy> policies = {Parsed(""), Parsed("*"), Parsed("~")};
  for (PartitionFlags flags = 1; flags < 1u << 11; ++flags) {
    if ((flags & kFlagsOpen) == 0) continue;
    policies.push_back(Parsed("root=" + FlagsToString(flags)));
    policies.push_back(Parsed("swap=ignore:=" + FlagsToString(flags)));
  }
  for (const ImagePolicy& policy : policies) {
    EXPECT_EQ(Parsed(policy.ToString()), policy) << policy.ToString();
  }
}

TEST(ImagePolicyTest, RefusalsNameTheirKind) {
  const struct {
    const char* text;
    const char* kind;
  } kCases[] = {
      {"pfft", "syntax: no `=` in `pfft`"},
      {"öäüß", "syntax: no `=` in `öäüß`"},
      {":", "syntax: an empty rule beside `:`"},
      {"root=signed:", "syntax: an empty rule beside `:`"},
      {":root=signed", "syntax: an empty rule beside `:`"},
      {" ", "syntax: no `=` in ` `"},
      {"a=", "unknown designator: `a`"},
      {"wowza=grbl", "unknown designator: `wowza`"},
      {"Root=signed", "unknown designator: `Root`"},
      {"=a", "unknown flag: `a`, in `=a`"},
      {"==", "unknown flag: `=`, in `==`"},
      {"root=grbl", "unknown flag: `grbl`, in `root=grbl`"},
      {"root=verity+", "unknown flag: an empty word beside `+`"},
      {"root=ext4+squashfs+verity", "unknown flag: `ext4` pins a filesystem"},
      {"root=verity:root=encrypted", "designator given twice: `root`"},
      {"=absent:=open", "designator given twice: the default `=`"},
      {"=ignore:=ignore", "designator given twice: the default `=`"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = ImagePolicy::Parse(c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_TRUE(absl::StartsWith(status.message(), c.kind)) << status;
  }
}

// systemd reads each of these as "everything allowed".
TEST(ImagePolicyTest, RefusesAnOpenPolicyByAnEmptyUseList) {
  for (const char* text :
       {"=-", "=", "root=", "root=-", "root= ", "usr=read-only-on",
        "=growfs-off", "root=signed:usr=", "root=signed:=-"}) {
    const absl::Status status = ImagePolicy::Parse(text).status();
    EXPECT_TRUE(absl::StartsWith(status.message(), "no use flag in `"))
        << text << ": " << status;
  }
}

TEST(ImagePolicyTest, FlagsInForce) {
  constexpr PartitionFlags kBoth =
      kFlagReadOnlyOn | kFlagReadOnlyOff | kFlagGrowfsOn | kFlagGrowfsOff;
  using D = PartitionDesignator;
  const struct {
    const char* text;
    D designator;
    PartitionFlags flags;
  } kCases[] = {
      {"root=signed+absent", D::kRoot, kFlagSigned | kFlagAbsent | kBoth},
      {"root=signed+absent", D::kUsr, kFlagsIgnore | kBoth},
      {"root=signed+absent", D::kRootVerity,
       kFlagUnprotected | kFlagAbsent | kBoth},
      {"root=signed", D::kRootVeritySig, kFlagUnprotected | kBoth},
      {"root=verity", D::kRootVerity, kFlagUnprotected | kBoth},
      {"root=verity", D::kRootVeritySig, kFlagsIgnore | kBoth},
      {"root=verity:=absent", D::kRootVeritySig, kFlagAbsent},
      {"root=unprotected", D::kRootVerity, kFlagsIgnore | kBoth},
      {"usr=signed+read-only-on", D::kUsrVerity,
       kFlagUnprotected | kFlagReadOnlyOn | kFlagGrowfsOn | kFlagGrowfsOff},
      {"root-verity=open", D::kRootVerity,
       kFlagUnprotected | kFlagsIgnore | kBoth},
      {"root-verity=signed", D::kRootVerity, kBoth},
      {"home=verity+unprotected", D::kHome, kFlagUnprotected | kBoth},
      {"*", D::kRoot, kFlagsOpen | kBoth},
      {"*", D::kRootVeritySig, kFlagUnprotected | kFlagsIgnore | kBoth},
      {"root=absent+read-only-on", D::kRoot, kFlagAbsent},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Parsed(c.text).FlagsFor(c.designator), c.flags)
        << c.text << " " << ToString(c.designator) << ": "
        << FlagsToString(Parsed(c.text).FlagsFor(c.designator));
  }
}

TEST(ImagePolicyTest, DesignatorsHaveSystemdsWords) {
  for (PartitionDesignator designator : kAllPartitionDesignators) {
    EXPECT_EQ(PartitionDesignatorFromString(ToString(designator)), designator);
  }
  EXPECT_EQ(PartitionDesignatorFromString("linux-generic"), std::nullopt);
}

}  // namespace
}  // namespace extgate
