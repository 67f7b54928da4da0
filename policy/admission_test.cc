// The answers systemd's TEST-50-DISSECT expects, and Looser against a naive
// walk over every state.
#include "policy/admission.h"

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

ImagePolicy Parsed(absl::string_view text) {
  absl::StatusOr<ImagePolicy> policy = ImagePolicy::Parse(text);
  EXPECT_TRUE(policy.ok()) << text << ": " << policy.status();
  return policy.ok() ? *policy : ImagePolicy();
}

FoundPartitions Signed(Designator data) {
  const FoundPartition part{kFlagUnprotected, AttributesOf(0)};
  FoundPartitions found;
  if (data == Designator::kRoot) {
    found.found = {
        {D::kRoot, part}, {D::kRootVerity, part}, {D::kRootVeritySig, part}};
  } else {
    found.found = {
        {D::kUsr, part}, {D::kUsrVerity, part}, {D::kUsrVeritySig, part}};
  }
  found.root_trust = found.usr_trust = TreeTrust::kTrusted;
  return found;
}

std::string Mirrored(std::string text) {
  for (size_t at = 0; (at = text.find("root", at)) != std::string::npos;) {
    text.replace(at, 4, "usr");
  }
  return text;
}

TEST(AdmissionTest, AnswersLikeSystemdsDissectTest) {
  const struct {
    const char* policy;
    bool admitted;
  } kCases[] = {
      {"*", true},
      {"root=unprotected", true},
      {"root=verity", true},
      {"root=verity:root-verity-sig=unused+absent", true},
      {"root=verity:swap=absent", true},
      {"root=verity:swap=absent+unprotected", true},
      {"root=signed", true},
      {"~", false},
      {"-", false},
      {"root=absent", false},
      {"swap=unprotected+encrypted+verity", false},
      {"root=verity:root-verity=unused+absent", false},
      {"root=signed:root-verity-sig=unused+absent", false},
      {"root=signed:root-verity=unused+absent", false},
      // Ours: admitted by every version, or not at all.
      {kStrictImagePolicy, true},
      {"root=verity+signed+unprotected+absent", true},
      {"root=verity:root-verity-sig=open", false},
      {"root=signed:root-verity-sig=absent", false},
      {"root=encrypted", false},
      {"root=unprotected:root-verity-sig=unprotected", false},
      {"root=signed+read-only-off", true},
      {"root=signed+read-only-on", false},
      {"root=signed+growfs-on", false},
      {"root=signed:root-verity=unprotected+read-only-on", false},
  };
  for (const auto& c : kCases) {
    for (Designator data : {Designator::kRoot, Designator::kUsr}) {
      std::string policy = c.policy;
      if (data == Designator::kUsr && policy != kStrictImagePolicy) {
        policy = Mirrored(policy);
      }
      const Admission admission = AdmitTable(Parsed(policy), Signed(data));
      EXPECT_EQ(admission.outcome == AdmissionOutcome::kUsed, c.admitted)
          << policy << ": "
          << (admission.problems.empty() ? "" : admission.problems[0]);
      EXPECT_EQ(admission.problems.empty(), c.admitted) << policy;
      EXPECT_FALSE(admission.wants_signature) << policy;
    }
  }
}

TEST(AdmissionTest, ASignatureThatDoesNotCountIsAskedFor) {
  const struct {
    const char* name;
    const char* policy;
    bool with_tree;
    bool with_signature;
    bool admitted;
    bool wants_signature;
  } kCases[] = {
      {"stranger, strict", kStrictImagePolicy, true, true, false, true},
      {"unsigned, strict", kStrictImagePolicy, true, false, false, true},
      {"bare, strict", kStrictImagePolicy, false, false, false, true},
      {"stranger, verity too", "root=verity+signed+absent", true, true, true,
       false},
      {"unsigned, verity too", "root=verity+signed+absent", true, false, true,
       false},
      {"bare, verity too", "root=verity+signed+absent", false, false, false,
       true},
      {"bare, verity", "root=verity+absent", false, false, false, false},
      {"unsigned, nothing may be missing", "root=verity+signed", true, false,
       false, false},
      {"open, stranger", "*", true, true, true, false},
      {"open, bare", "*", false, false, true, false},
  };
  for (const auto& c : kCases) {
    FoundPartitions found = Signed(Designator::kRoot);
    found.root_trust = TreeTrust::kUntrusted;
    if (!c.with_tree) found.found.erase(D::kRootVerity);
    if (!c.with_signature) found.found.erase(D::kRootVeritySig);
    const Admission admission = AdmitTable(Parsed(c.policy), found);
    EXPECT_EQ(admission.outcome == AdmissionOutcome::kUsed, c.admitted)
        << c.name;
    EXPECT_EQ(admission.wants_signature, c.wants_signature) << c.name;
    EXPECT_EQ(admission.problems.empty(), c.admitted || c.wants_signature)
        << c.name;
  }
}

TEST(AdmissionTest, OtherPartitionsCount) {
  FoundPartitions found = Signed(Designator::kRoot);
  found.found[D::kSwap] = {};  // attributes not known
  EXPECT_EQ(AdmitTable(ImagePolicy::Strict(), found).outcome,
            AdmissionOutcome::kUsed)
      << "ignored by default";
  const struct {
    const char* policy;
    const char* problem;
  } kCases[] = {
      {"root=signed:swap=absent",
       "partition `swap` is there, the policy is `swap=absent`"},
      {"root=signed:swap=unprotected+read-only-on",
       "partition `swap` has attributes that are not known, the policy is "
       "`swap=unprotected+read-only-on`"},
      {"root=signed:swap=encrypted",
       "partition `swap` is unprotected, the policy is `swap=encrypted`"},
      {"root=signed:home=unprotected",
       "partition `home` is missing, the policy is `home=unprotected`"},
      {"root=signed:usr=signed",
       "partition `usr` is missing, the policy is `usr=signed`"},
  };
  for (const auto& c : kCases) {
    const Admission admission = AdmitTable(Parsed(c.policy), found);
    EXPECT_EQ(admission.outcome, AdmissionOutcome::kRefused) << c.policy;
    ASSERT_FALSE(admission.problems.empty()) << c.policy;
    EXPECT_EQ(admission.problems.back(), c.problem);
  }
}

TEST(AdmissionTest, BareFilesystemIsRootAlone) {
  const struct {
    const char* policy;
    AdmissionOutcome outcome;
    bool wants_signature;
  } kCases[] = {
      {"*", AdmissionOutcome::kUsed, false},
      {"root=unprotected:usr=signed:home=unprotected", AdmissionOutcome::kUsed,
       false},
      {kStrictImagePolicy, AdmissionOutcome::kRefused, true},
      {"root=verity", AdmissionOutcome::kRefused, false},
      {"root=unprotected+read-only-on", AdmissionOutcome::kRefused, false},
      {"usr=unprotected", AdmissionOutcome::kRefused, false},
      {"~", AdmissionOutcome::kRefused, false},
      {"-", AdmissionOutcome::kRefused, false},
  };
  for (const auto& c : kCases) {
    const Admission admission = AdmitBareFilesystem(Parsed(c.policy));
    EXPECT_EQ(admission.outcome, c.outcome) << c.policy;
    EXPECT_EQ(admission.wants_signature, c.wants_signature) << c.policy;
  }
}

TEST(AdmissionTest, AttributesAreBits59And60) {
  EXPECT_EQ(AttributesOf(0), kFlagReadOnlyOff | kFlagGrowfsOff);
  EXPECT_EQ(AttributesOf(1ull << 59), kFlagReadOnlyOff | kFlagGrowfsOn);
  EXPECT_EQ(AttributesOf(1ull << 60), kFlagReadOnlyOn | kFlagGrowfsOff);
  EXPECT_EQ(AttributesOf(~0ull), kFlagReadOnlyOn | kFlagGrowfsOn);
}

// The oracle: an image as loose words, judged by rules written out one by one.
// kind: absent, plain, encrypted, integrity, verity, stranger, signed.
// attributes: of data, tree, signature; bit 0 read-only, bit 1 growfs.
int NaiveOutcome(const ImagePolicy& policy, D data, D tree, D sig,
                 const std::string& kind, const int attributes[3]) {
  const D parts[3] = {data, tree, sig};
  const bool there[3] = {
      kind != "absent",
      kind == "verity" || kind == "stranger" || kind == "signed",
      kind == "stranger" || kind == "signed"};
  bool used[3] = {false, false, false};
  for (int i = 0; i < 3; ++i) {
    const PartitionFlags f = policy.FlagsFor(parts[i]);
    const bool anything =
        (f & (kFlagVerity | kFlagSigned | kFlagEncrypted |
              kFlagEncryptedWithIntegrity | kFlagUnprotected)) != 0;
    if (!there[i]) {
      if (!(f & kFlagAbsent)) return 0;
      continue;
    }
    if (!anything && !(f & kFlagUnused)) return 0;
    used[i] = anything;
    if (!anything) continue;
    if (i > 0 && !(f & kFlagUnprotected)) return 0;
    const bool read_only = attributes[i] & 1, growfs = attributes[i] & 2;
    if (!(f & (read_only ? kFlagReadOnlyOn : kFlagReadOnlyOff))) return 0;
    if (!(f & (growfs ? kFlagGrowfsOn : kFlagGrowfsOff))) return 0;
  }
  if (!used[0] && (used[1] || used[2])) return 0;
  if (used[2] && !used[1]) return 0;
  if (!there[0]) return 2;
  if (!used[0]) return 1;
  const PartitionFlags f = policy.FlagsFor(data);
  if (used[2]) {
    if (!(f & kFlagSigned)) return 0;  // before 258
    return kind == "signed" || (f & kFlagVerity) ? 2 : 0;
  }
  if (used[1]) return f & kFlagVerity ? 2 : 0;
  if (kind == "encrypted") return f & kFlagEncrypted ? 2 : 0;
  if (kind == "integrity") return f & kFlagEncryptedWithIntegrity ? 2 : 0;
  return f & kFlagUnprotected ? 2 : 0;
}

// The same for a designator without helpers.
int NaiveOther(const ImagePolicy& policy, D designator, const std::string& kind,
               int attributes) {
  const PartitionFlags f = policy.FlagsFor(designator);
  if (kind == "absent") return f & kFlagAbsent ? 2 : 0;
  if (!(f &
        (kFlagEncrypted | kFlagEncryptedWithIntegrity | kFlagUnprotected))) {
    return f & kFlagUnused ? 1 : 0;
  }
  if (!(f & (attributes & 1 ? kFlagReadOnlyOn : kFlagReadOnlyOff))) return 0;
  if (!(f & (attributes & 2 ? kFlagGrowfsOn : kFlagGrowfsOff))) return 0;
  if (kind == "encrypted") return f & kFlagEncrypted ? 2 : 0;
  if (kind == "integrity") return f & kFlagEncryptedWithIntegrity ? 2 : 0;
  return f & kFlagUnprotected ? 2 : 0;
}

// The same for a filesystem without a table.
bool NaiveBare(const ImagePolicy& policy) {
  constexpr PartitionFlags kNeeded =
      kFlagUnprotected | kFlagReadOnlyOff | kFlagGrowfsOff;
  return (policy.FlagsFor(D::kRoot) & kNeeded) == kNeeded;
}

bool NaiveLooser(const ImagePolicy& candidate, const ImagePolicy& floor) {
  if (NaiveBare(candidate) && !NaiveBare(floor)) return true;
  bool further = false;
  for (const auto& [data, tree, sig] :
       {std::tuple(D::kRoot, D::kRootVerity, D::kRootVeritySig),
        std::tuple(D::kUsr, D::kUsrVerity, D::kUsrVeritySig)}) {
    bool satisfiable = false;
    for (const char* kind : {"absent", "plain", "encrypted", "integrity",
                             "verity", "stranger", "signed"}) {
      for (int bits = 0; bits < 64; ++bits) {
        const int attributes[3] = {bits & 3, bits >> 2 & 3, bits >> 4};
        const int a =
            NaiveOutcome(candidate, data, tree, sig, kind, attributes);
        const int b = NaiveOutcome(floor, data, tree, sig, kind, attributes);
        satisfiable |= a > 0;
        further |= a > b;
      }
    }
    if (!satisfiable) return false;
  }
  for (D designator :
       {D::kHome, D::kSrv, D::kEsp, D::kXbootldr, D::kSwap, D::kTmp, D::kVar}) {
    bool satisfiable = false;
    for (const char* kind : {"absent", "plain", "encrypted", "integrity"}) {
      for (int attributes = 0; attributes < 4; ++attributes) {
        const int a = NaiveOther(candidate, designator, kind, attributes);
        const int b = NaiveOther(floor, designator, kind, attributes);
        satisfiable |= a > 0;
        further |= a > b;
      }
    }
    if (!satisfiable) return false;
  }
  return further;
}

TEST(AdmissionTest, LooserAgreesWithANaiveWalkOverEveryState) {
  std::mt19937 random(20261122);
  std::vector<ImagePolicy> policies = {Parsed("*"), Parsed("~"), Parsed("-"),
                                       ImagePolicy::Strict()};
  const auto flags = [&random](PartitionFlags among) {
    PartitionFlags use = random() & kFlagsOpen & among;
    if (use == 0) use = kFlagAbsent;
    constexpr PartitionFlags kPins[] = {0, 0, 0, kFlagReadOnlyOn,
                                        kFlagGrowfsOff};
    return FlagsToString(use | kPins[random() % 5]);
  };
  const char* const kNames[] = {
      "root",       "usr",  "root", "root-verity", "root-verity-sig",
      "usr-verity", "swap", ""};
  while (policies.size() < 100) {
    // Mostly one or two rules, so that many are comparable.
    std::map<std::string, std::string> rules;
    for (size_t n = 1 + random() % 3; n > 0; --n) {
      rules[kNames[random() % 8]] =
          flags(random() % 2 ? kFlagsOpen
                             : kFlagVerity | kFlagSigned | kFlagsIgnore |
                                   kFlagUnprotected);
    }
    std::string text;
    for (const auto& [name, rule] : rules) {
      text += (text.empty() ? "" : ":") + name + "=" + rule;
    }
    policies.push_back(Parsed(text));
  }
  size_t looser = 0;
  size_t compared = 0;
  for (size_t i = 0; i < policies.size(); ++i) {
    for (size_t j = 0; j < 8; ++j) {
      const ImagePolicy& a = policies[i];
      const ImagePolicy& b = policies[j < 3 ? j : random() % policies.size()];
      const bool naive = NaiveLooser(a, b);
      looser += naive;
      ++compared;
      ASSERT_EQ(Looser(a, b), naive)
          << a.ToString() << " against " << b.ToString();
    }
  }
  EXPECT_GT(looser, compared / 10);
  EXPECT_LT(looser, compared * 9 / 10);
}

// Each designator's own states, one designator at a time.
TEST(AdmissionTest, LooserSeesEveryDesignator) {
  for (D designator : kAllPartitionDesignators) {
    for (const char* flags :
         {"open", "absent", "unused", "ignore", "unprotected+absent",
          "unprotected+unused", "unprotected+read-only-on+absent",
          "encrypted+absent+growfs-off"}) {
      for (const char* others : {"*", "root=signed+absent", "-"}) {
        std::string text = ToString(designator) + "=" + flags;
        if (std::string(others) == "*") text += ":=open";
        if (others[0] == 'r' && designator != D::kRoot) {
          text += std::string(":") + others;
        }
        const ImagePolicy a = Parsed(text);
        for (const char* floor : {"*", "-", "~", kStrictImagePolicy}) {
          const ImagePolicy b = Parsed(floor);
          EXPECT_EQ(Looser(a, b), NaiveLooser(a, b)) << text << " " << floor;
          EXPECT_EQ(Looser(b, a), NaiveLooser(b, a)) << floor << " " << text;
        }
      }
    }
  }
}

TEST(AdmissionTest, LooserByName) {
  const struct {
    const char* name;
    const char* candidate;
    const char* floor;
    bool looser;
  } kCases[] = {
      {"same", kStrictImagePolicy, kStrictImagePolicy, false},
      {"unsigned verity too", "root=verity+signed+absent:usr=signed+absent",
       kStrictImagePolicy, true},
      {"only one of the two", "root=signed+absent:usr=absent",
       kStrictImagePolicy, false},
      {"signed under verity", "root=signed+absent", "root=verity+absent",
       false},
      {"verity under signed", "root=verity+absent", "root=signed+absent", true},
      {"all", "*", kStrictImagePolicy, true},
      {"nothing", "~", kStrictImagePolicy, false},
      {"uses what the floor ignores", "root=unprotected+absent", "-", true},
      {"ignores what the floor refuses", "-", "~", true},
      {"a swap partition", "swap=unprotected:root=signed", "root=signed", true},
      {"drops a pinned attribute", "root=signed", "root=signed+read-only-on",
       true},
      {"pins an attribute", "root=signed+read-only-on", "root=signed", false},
      {"ignores the tree", "root=unprotected+absent:root-verity=ignore",
       "root=unprotected+absent:root-verity=unprotected+absent", true},
      {"no image satisfies it", "root=signed:root-verity-sig=absent:=open", "~",
       false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Looser(Parsed(c.candidate), Parsed(c.floor)), c.looser) << c.name;
  }
}

}  // namespace
}  // namespace extgate
