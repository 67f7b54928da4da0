// The cases of systemd's test-image-policy.c, and what holds for all policies.
// tools/image-policy-oracle asks systemd-analyze itself.
#include "policy/image_policy_algebra.h"

#include <random>
#include <string>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "policy/image_policy_reader.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

ImagePolicy Read(absl::string_view text) {
  auto read = ReadImagePolicy(text);
  const auto* refusal = std::get_if<ImagePolicyRefusal>(&read);
  EXPECT_EQ(refusal, nullptr) << text << ": " << refusal->message;
  return refusal == nullptr ? std::get<ImagePolicy>(read) : ImagePolicy();
}

PartitionFlags AnyFlags(std::mt19937& random) {
  // Of each class often nothing.
  PartitionFlags flags = random() % 4 == 0 ? 0 : random() & kFlagsOpen;
  if (random() % 3 == 0) flags |= random() & (kFlagsReadOnly | kFlagsGrowfs);
  if (random() % 4 == 0) flags |= random() & random() & kFlagsFilesystem;
  return flags;
}

std::vector<ImagePolicy> ManyPolicies(size_t count) {
  std::mt19937 random(20261126);
  std::vector<ImagePolicy> policies;
  while (policies.size() < count) {
    ImagePolicy::Rules rules;
    const size_t share = 1 + random() % 13;
    for (D designator : kAllPartitionDesignators) {
      if (random() % share == 0) rules[designator] = AnyFlags(random);
    }
    policies.emplace_back(rules,
                          random() % 2 ? kFlagsIgnore : AnyFlags(random));
  }
  return policies;
}

TEST(ImagePolicyAlgebraTest, EquivalentAsSystemdSays) {
  const std::vector<std::vector<const char*>> kClasses = {
      {"", "-", "=ignore", "=absent+unused", "=unused+absent",
       "root=ignore:=ignore"},
      {"*", "=open", "=-", "=",
       "=verity+signed+encrypted+encryptedwithintegrity+unprotected+unused+"
       "absent",
       "=signed+verity+encryptedwithintegrity+encrypted+unprotected+unused+"
       "absent"},
      {"~", "=absent", "root=absent+read-only-on:=absent"},
      {"root=signed", "root=signed:root-verity=unprotected"},
      {"=vfat+erofs"},
      {"root=signed:=absent+read-only-on"},
      {"root=signed:=absent"},
  };
  for (size_t a = 0; a < kClasses.size(); ++a) {
    for (size_t b = 0; b < kClasses.size(); ++b) {
      for (const char* left : kClasses[a]) {
        for (const char* right : kClasses[b]) {
          EXPECT_EQ(Equivalent(Read(left), Read(right)), a == b)
              << left << " and " << right;
        }
      }
    }
  }
  EXPECT_NE(Read("root=ignore:=ignore"), Read("=ignore"))
      << "equivalent, not equal";
}

TEST(ImagePolicyAlgebraTest, IntersectsAsSystemdDoes) {
  const struct {
    const char* a;
    const char* b;
    const char* both;  // nullptr: nothing is left
  } kCases[] = {
      {"*", "*", "*"},
      {"-", "-", "-"},
      {"~", "~", "~"},
      {"root=verity+signed", "root=signed", "root=signed"},
      {"root=verity+signed", "root=verity", "root=verity"},
      {"root=open", "root=verity", "root=verity"},
      {"root=open", "=verity+ignore", "root=verity+ignore:=ignore"},
      {"root=signed", "root=verity", nullptr},
      {"root=signed+absent", "root=verity+absent", "root=absent"},
      {"=open", "=absent", "~"},
      {"=unused", "=absent", nullptr},
      {"root=signed+read-only-on", "root=signed+read-only-off", nullptr},
      {"root=absent+read-only-on", "root=absent+read-only-off", "root=absent"},
      {"root=signed+read-only-on", "root=signed", "root=signed+read-only-on"},
      // Ours: no filesystem is any.
      {"root=signed+erofs", "root=signed", "root=signed+erofs"},
      {"root=signed+erofs+ext4", "root=signed+ext4", "root=signed+ext4"},
      {"root=signed+erofs", "root=signed+ext4", nullptr},
      {"root=absent+erofs", "root=absent+ext4", "root=absent"},
  };
  for (const auto& c : kCases) {
    for (const auto& [a, b] : {std::pair(c.a, c.b), std::pair(c.b, c.a)}) {
      const absl::StatusOr<ImagePolicy> both = Intersect(Read(a), Read(b));
      EXPECT_EQ(both.ok(), c.both != nullptr) << a << " and " << b;
      if (!both.ok()) {
        EXPECT_TRUE(absl::IsInvalidArgument(both.status()));
        continue;
      }
      EXPECT_TRUE(Equivalent(*both, Read(c.both)))
          << a << " and " << b << ": " << both->ToString();
    }
  }
}

TEST(ImagePolicyAlgebraTest, UnitesAsSystemdDoes) {
  const struct {
    const char* a;
    const char* b;
    const char* either;
  } kCases[] = {
      {"*", "*", "*"},
      {"-", "-", "-"},
      {"~", "~", "~"},
      {"root=signed", "root=verity", "root=verity+signed"},
      {"root=signed:=absent", "root=verity:=unused", "root=verity+signed"},
      {"root=open", "=verity+ignore", "root=open:=verity+ignore"},
      {"root=signed+erofs", "root=signed", "root=signed"},
      {"root=signed+erofs", "root=signed+ext4", "root=signed+erofs+ext4"},
  };
  for (const auto& c : kCases) {
    for (const auto& [a, b] : {std::pair(c.a, c.b), std::pair(c.b, c.a)}) {
      const ImagePolicy either = Union(Read(a), Read(b));
      EXPECT_TRUE(Equivalent(either, Read(c.either)))
          << a << " or " << b << ": " << either.ToString();
    }
  }
}

TEST(ImagePolicyAlgebraTest, IgnoringReplacesRules) {
  EXPECT_EQ(Ignoring(Read("*"), {D::kRoot}), Read("root=ignore:=open"));
  EXPECT_EQ(Ignoring(Read("root=signed:usr=signed"), {D::kUsr, D::kSwap}),
            Read("root=signed:usr=ignore:swap=ignore"));
}

TEST(ImagePolicyAlgebraTest, NormalisedByName) {
  const struct {
    const char* text;
    const char* normalised;
  } kCases[] = {
      {"", "-"},
      {"=unused+absent", "-"},
      {"=", "*"},
      {"root=", "root=open"},
      {"root=read-only-on", "root=open+read-only-on"},
      {"root=ignore:=ignore", "-"},
      {"root=signed:root-verity=unprotected", "root=signed"},
      {"usr=signed+absent:root=absent+signed",
       "root=signed+absent:usr=signed+absent"},
      {"swap=encrypted+verity", "swap=encrypted"},
      {"root=verity+growfs-on+growfs-off", "root=verity"},
      {"root=absent+growfs-on", "root=absent"},
      // What systemd simplifies to `=signed+absent`, which is another policy.
      {"root=signed+absent+read-only-on+read-only-off+growfs-on+growfs-off:"
       "=signed+absent",
       "root=signed+absent:=signed+absent"},
      {"root-verity=signed", "root-verity=signed"},
      {"home=verity+absent", "home=absent"},
      {"=vfat+erofs", "=open+erofs+vfat"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Normalised(Read(c.text)).ToString(), c.normalised) << c.text;
  }
}

TEST(ImagePolicyAlgebraTest, NormalisedIsEquivalentAndOneForAllThatAre) {
  for (const ImagePolicy& policy : ManyPolicies(20000)) {
    const ImagePolicy normalised = Normalised(policy);
    const std::string text = normalised.ToString();
    ASSERT_TRUE(Equivalent(policy, normalised))
        << policy.ToString() << " became " << text;
    ASSERT_EQ(Read(text), normalised) << text;
    // Another spelling: every rule written out, as it is in force.
    ImagePolicy::Rules rules;
    for (D designator : kAllPartitionDesignators) {
      const PartitionFlags flags = policy.FlagsFor(designator);
      rules[designator] =
          (flags & kFlagsOpen) == 0 ? flags | kFlagVerity : flags;
    }
    const ImagePolicy written_out(rules, policy.default_flags());
    ASSERT_EQ(Normalised(written_out).ToString(), text) << policy.ToString();
  }
}

// Every flag of use and GPT alone in one rule: all of them parse to what was
// printed.
TEST(ImagePolicyAlgebraTest, PrintedPolicyReadsAsAnEqualOne) {
  for (const ImagePolicy& policy : ManyPolicies(20000)) {
    ASSERT_EQ(Read(policy.ToString()), policy) << policy.ToString();
  }
  for (PartitionFlags flags = 0; flags < 1u << 11; ++flags) {
    for (const ImagePolicy& policy :
         {ImagePolicy({{D::kRoot, flags}}, kFlagsIgnore),
          ImagePolicy({}, flags), ImagePolicy({{D::kTmp, 0}}, flags)}) {
      ASSERT_EQ(Read(policy.ToString()), policy) << policy.ToString();
    }
  }
}

// Of what either names, the flags in force are those of both and of either.
TEST(ImagePolicyAlgebraTest, IntersectionAndUnionAreAndAndOr) {
  const std::vector<ImagePolicy> policies = ManyPolicies(4000);
  size_t met = 0;
  for (size_t i = 1; i < policies.size(); ++i) {
    const ImagePolicy& a = policies[i - 1];
    const ImagePolicy& b = policies[i];
    const absl::StatusOr<ImagePolicy> both = Intersect(a, b);
    const ImagePolicy either = Union(a, b);
    met += both.ok();
    for (const auto& [name, result] :
         {std::pair("both", both.ok() ? &*both : nullptr),
          std::pair("either", &either)}) {
      if (result == nullptr) continue;
      for (D designator : kAllPartitionDesignators) {
        if (!a.rules().contains(designator) &&
            !b.rules().contains(designator)) {
          continue;
        }
        const PartitionFlags x = a.FlagsFor(designator) & kFlagsOpen;
        const PartitionFlags y = b.FlagsFor(designator) & kFlagsOpen;
        ASSERT_EQ(result->FlagsFor(designator) & kFlagsOpen,
                  result == &either ? x | y : x & y)
            << name << " " << ToString(designator) << ": " << a.ToString()
            << " and " << b.ToString();
      }
    }
    ASSERT_TRUE(Equivalent(Union(a, a), a)) << a.ToString();
  }
  EXPECT_GT(met, 10u);
}

TEST(ImagePolicyReaderTest, KindsOfError) {
  const struct {
    const char* text;
    ImagePolicyError error;
    const char* name;
  } kCases[] = {
      {"pfft", ImagePolicyError::kSyntax, "EINVAL"},
      {"öäüß", ImagePolicyError::kSyntax, "EINVAL"},
      {":", ImagePolicyError::kSyntax, "EINVAL"},
      {"root=signed:", ImagePolicyError::kSyntax, "EINVAL"},
      {"ro\\ot=signed", ImagePolicyError::kSyntax, "EINVAL"},
      {"a=", ImagePolicyError::kUnknownDesignator, "EBADSLT"},
      {"wowza=grbl", ImagePolicyError::kUnknownDesignator, "EBADSLT"},
      {"=a", ImagePolicyError::kUnknownFlag, "EBADRQC"},
      {"==", ImagePolicyError::kUnknownFlag, "EBADRQC"},
      {"root=grbl", ImagePolicyError::kUnknownFlag, "EBADRQC"},
      {"root=verity+", ImagePolicyError::kUnknownFlag, "EBADRQC"},
      {"root=verity:root=encrypted", ImagePolicyError::kDesignatorTwice,
       "ENOTUNIQ"},
      {"=:=", ImagePolicyError::kDesignatorTwice, "ENOTUNIQ"},
      // The first one counts.
      {"root=grbl:root=verity:root=signed", ImagePolicyError::kUnknownFlag,
       "EBADRQC"},
      {"a=:pfft", ImagePolicyError::kUnknownDesignator, "EBADSLT"},
  };
  for (const auto& c : kCases) {
    const auto read = ReadImagePolicy(c.text);
    const auto* refusal = std::get_if<ImagePolicyRefusal>(&read);
    ASSERT_NE(refusal, nullptr) << c.text;
    EXPECT_EQ(refusal->error, c.error) << c.text << ": " << refusal->message;
    EXPECT_STREQ(ErrnoName(refusal->error), c.name);
  }
}

TEST(ImagePolicyReaderTest, SkipsTheUnknownWhereSystemdDoes) {
  const ImagePolicySpelling skipping = {0, ImagePolicySpelling::Unknown::kSkip};
  const struct {
    const char* text;
    const char* meaning;  // nullptr: refused all the same
  } kCases[] = {
      {"a=", "-"},         {"=a", "="},
      {"==", "="},         {"root=grbl", "root="},
      {"wowza=grbl", "-"}, {"root=grbl+signed:wowza=absent", "root=signed"},
      {"pfft", nullptr},   {"root=verity:root=signed", nullptr},
  };
  for (const auto& c : kCases) {
    const auto read = ReadImagePolicy(c.text, skipping);
    const auto* policy = std::get_if<ImagePolicy>(&read);
    ASSERT_EQ(policy != nullptr, c.meaning != nullptr) << c.text;
    if (policy != nullptr) {
      EXPECT_EQ(*policy, Read(c.meaning)) << c.text;
    }
  }
}

TEST(ImagePolicyReaderTest, SomeFlagsCameWith260) {
  for (const char* flag : {"encryptedwithintegrity", "btrfs", "erofs", "ext4",
                           "f2fs", "squashfs", "vfat", "xfs"}) {
    const std::string text = std::string("root=signed+") + flag;
    for (int version : {254, 257, 259, 260, 262, 0}) {
      const auto read = ReadImagePolicy(
          text, {version, ImagePolicySpelling::Unknown::kRefuse});
      const auto* refusal = std::get_if<ImagePolicyRefusal>(&read);
      ASSERT_EQ(refusal != nullptr, version != 0 && version < 260) << text;
      if (refusal != nullptr) {
        EXPECT_EQ(refusal->error, ImagePolicyError::kUnknownFlag);
      }
    }
  }
  const auto open =
      ReadImagePolicy("=open", {254, ImagePolicySpelling::Unknown::kRefuse});
  EXPECT_TRUE(std::holds_alternative<ImagePolicy>(open));
}

}  // namespace
}  // namespace extgate
