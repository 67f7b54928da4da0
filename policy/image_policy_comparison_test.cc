#include "policy/image_policy_comparison.h"

#include <random>
#include <string>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "policy/image_policy_algebra.h"
#include "policy/image_policy_reader.h"

namespace extgate {
namespace {

ImagePolicy Read(absl::string_view text) {
  auto read = ReadImagePolicy(text);
  const auto* policy = std::get_if<ImagePolicy>(&read);
  EXPECT_NE(policy, nullptr) << text;
  return policy == nullptr ? ImagePolicy() : *policy;
}

TEST(ImagePolicyComparisonTest, ByName) {
  const struct {
    const char* first;
    const char* second;
    Relation relation;
    const char* looser;  // the witness's image, where there is one
    const char* stricter;
  } kCases[] = {
      {kStrictImagePolicy, kStrictImagePolicy, Relation::kEquivalent, "", ""},
      {"=open", "*", Relation::kEquivalent, "", ""},
      {"root=signed", "root=signed:root-verity=unprotected",
       Relation::kEquivalent, "", ""},
      {"root=verity+signed+absent:usr=signed+absent", kStrictImagePolicy,
       Relation::kLooser, "an image whose `root` has a hash tree, no signature",
       ""},
      {kStrictImagePolicy, "*", Relation::kStricter, "",
       "an image whose `root` has neither hash tree nor encryption"},
      {"root=signed", "root=verity", Relation::kStricter, "",
       "an image whose `root` has a hash tree, no signature"},
      {"root=verity", "root=unprotected", Relation::kStricter, "",
       "an image whose `root` has neither hash tree nor encryption"},
      {"root=signed", "usr=signed", Relation::kIncomparable,
       "an image whose `root` has a hash tree, a signature that counts",
       "an image without `root`"},
      {"root=encrypted", "root=verity", Relation::kIncomparable,
       "an image whose `root` has encryption",
       "an image whose `root` has a hash tree, no signature"},
      {"~", "-", Relation::kStricter, "",
       "an image whose `root` has neither hash tree nor encryption"},
      {"-", "*", Relation::kStricter, "",
       "an image whose `root` has neither hash tree nor encryption"},
      {"root=signed", "root=signed+absent", Relation::kStricter, "",
       "an image without `root`"},
      {"root=signed+read-only-on", "root=signed", Relation::kStricter, "",
       "an image whose `root` has a hash tree, a signature that counts"},
      {"root=signed:swap=absent", "root=signed", Relation::kStricter, "",
       "an image whose `swap` has neither hash tree nor encryption"},
      {"root=signed+erofs", "root=signed", Relation::kStricter, "",
       "an image whose `root` has a hash tree, a signature that counts"},
      {"root=signed+erofs", "root=signed+ext4", Relation::kIncomparable,
       "an image whose `root` has a hash tree, a signature that counts, erofs",
       "an image whose `root` has a hash tree, a signature that counts, "
       "ext4"},
      // No image satisfies it.
      {"root=signed:root-verity-sig=absent:=open", "~", Relation::kStricter, "",
       "an image without `root`"},
  };
  for (const auto& c : kCases) {
    const std::string both = std::string(c.first) + " and " + c.second;
    const ImagePolicyRelation got =
        CompareImagePolicies(Read(c.first), Read(c.second), 254);
    EXPECT_EQ(got.relation, c.relation) << both;
    EXPECT_EQ(got.looser ? got.looser->image : "", c.looser) << both;
    EXPECT_EQ(got.stricter ? got.stricter->image : "", c.stricter) << both;
    const ImagePolicyRelation back =
        CompareImagePolicies(Read(c.second), Read(c.first), 254);
    EXPECT_EQ(back.looser ? back.looser->image : "", c.stricter) << both;
    EXPECT_EQ(back.stricter ? back.stricter->image : "", c.looser) << both;
  }
}

// `verity` ignores the signature; with `signed` beside it, one that does not
// count is an error until 258, and after that falls back to the hash tree.
TEST(ImagePolicyComparisonTest, ByVersion) {
  const ImagePolicy verity = Read("root=verity+absent");
  const ImagePolicy both = Read("root=verity+signed+absent");
  const auto at = [&](int version) {
    return CompareImagePolicies(verity, both, version, version);
  };
  EXPECT_EQ(at(252).relation, Relation::kEquivalent) << "no policies there";
  for (int version : {254, 257, 258}) {
    EXPECT_EQ(at(version).relation, Relation::kLooser) << version;
    EXPECT_EQ(at(version).looser->image,
              "an image whose `root` has a hash tree, a signature that does "
              "not count");
    EXPECT_EQ(at(version).looser->versions.first, version);
  }
  const ImagePolicyRelation newer = at(262);
  ASSERT_EQ(newer.relation, Relation::kLooser);
  EXPECT_EQ(newer.looser->image,
            "an image whose `root` has a hash tree, something that is no "
            "signature");
  EXPECT_EQ(newer.looser->second, Fate::kFailed);
}

ImagePolicy AnyPolicy(std::mt19937& random) {
  ImagePolicy::Rules rules;
  for (PartitionDesignator designator : kAllPartitionDesignators) {
    if (random() % 5 != 0) continue;
    PartitionFlags flags = random() & kFlagsOpen;
    if (random() % 4 == 0) flags |= kFlagReadOnlyOn;
    rules[designator] = flags;
  }
  return ImagePolicy(rules, random() % 2 ? kFlagsIgnore : kFlagsOpen);
}

TEST(ImagePolicyComparisonTest, IsAnOrderAndObeysTheAlgebra) {
  std::mt19937 random(4);
  size_t comparable = 0;
  for (int i = 0; i < 60; ++i) {
    const ImagePolicy a = AnyPolicy(random);
    const ImagePolicy b = AnyPolicy(random);
    const ImagePolicyRelation ab = CompareImagePolicies(a, b);
    const ImagePolicyRelation ba = CompareImagePolicies(b, a);
    const std::string both = a.ToString() + " and " + b.ToString();
    ASSERT_EQ(ab.looser.has_value(), ba.stricter.has_value()) << both;
    ASSERT_EQ(ab.stricter.has_value(), ba.looser.has_value()) << both;
    comparable += ab.relation != Relation::kIncomparable;
    ASSERT_EQ(CompareImagePolicies(a, Normalised(a)).relation,
              Relation::kEquivalent)
        << a.ToString();
    // Nothing is stricter than what admits nothing.
    ASSERT_FALSE(
        CompareImagePolicies(
            Read("root=signed:root-verity-sig=absent:swap=signed"), a, 254)
            .looser.has_value())
        << a.ToString();
  }
  EXPECT_GT(comparable, 0u);
}

}  // namespace
}  // namespace extgate
