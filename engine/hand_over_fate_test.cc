// What systemd is told, against what each version does with images under it
// (policy/partition_fate.h): every set of images merges whole, and nothing that
// is said could be left out.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/hand_over.h"
#include "engine/hand_over_reasons.h"
#include "gtest/gtest.h"
#include "policy/image_policy.h"
#include "policy/image_policy_comparison.h"
#include "policy/partition_fate.h"

namespace extgate {
namespace {

struct Kind {
  const char* name;
  PartitionFlags protection;
  SignatureState signature;
};
constexpr Kind kKinds[] = {
    {"trusted", kFlagSigned | kFlagVerity, SignatureState::kTrusted},
    {"stranger", kFlagVerity, SignatureState::kUntrusted},
    {"garbage", kFlagVerity, SignatureState::kInvalid},
    {"unsigned", kFlagVerity, SignatureState::kNone},
    {"bare", kFlagUnprotected, SignatureState::kNone},
};

std::vector<NamedShape> AllShapes() {
  std::vector<NamedShape> shapes;
  for (Designator designator : {Designator::kRoot, Designator::kUsr}) {
    for (const Kind& kind : kKinds) {
      shapes.push_back({absl::StrCat(ToWord(designator), "-", kind.name),
                        {designator, kind.protection, kind.signature}});
    }
  }
  return shapes;
}

DataState StateOf(const StagedShape& shape) {
  const PartitionState plain = {Content::kPlain};
  DataState state;
  state.data = plain;
  if ((shape.protection & (kFlagVerity | kFlagSigned)) != 0) state.tree = plain;
  if (shape.signature != SignatureState::kNone) state.signature = plain;
  state.standing = shape.signature;
  return state;
}

Systemd::SignatureChecks ChecksOf(const HandOver& hand_over) {
  return hand_over.environment.empty() ? Systemd::SignatureChecks::kOn
                                       : Systemd::SignatureChecks::kOff;
}

// Of one image, as a whole: its data, and the designator that it lacks.
Fate FateOf(const StagedShape& shape, const ImagePolicy& policy,
            const Systemd& systemd) {
  const Designator other = shape.designator == Designator::kRoot
                               ? Designator::kUsr
                               : Designator::kRoot;
  const Fate lacking = FateOfData(policy, other, {}, systemd);
  if (!IsAccepted(lacking)) return lacking;
  return FateOfData(policy, shape.designator, StateOf(shape), systemd);
}

ImagePolicy PolicyOf(const HandOver& hand_over) {
  if (hand_over.image_policy.empty()) return ImagePolicy({}, kFlagsOpen);
  return *ImagePolicy::Parse(hand_over.image_policy);
}

bool AllMerge(const std::vector<StagedShape>& staged, const ImagePolicy& policy,
              const Systemd& systemd) {
  for (const StagedShape& shape : staged) {
    const Fate fate = FateOf(shape, policy, systemd);
    if (!IsAccepted(fate) || fate == Fate::kIgnored) return false;
  }
  return true;
}

RuntimeEnforcement EnforcementBy(Fate fate) {
  switch (fate) {
    case Fate::kSignature:
      return RuntimeEnforcement::kSignature;
    case Fate::kVerity:
      return RuntimeEnforcement::kVerity;
    case Fate::kRefused:
    case Fate::kFailed:
    case Fate::kIgnored:
    case Fate::kAbsent:
    case Fate::kUnprotected:
    case Fate::kEncrypted:
      return RuntimeEnforcement::kNone;
  }
  return RuntimeEnforcement::kNone;
}

// Every set of the ten shapes on every version.
template <typename Check>
void ForEverySet(Check check) {
  const std::vector<NamedShape> all = AllShapes();
  for (size_t set = 0; set < 1u << all.size(); ++set) {
    std::vector<NamedShape> named;
    std::vector<StagedShape> staged;
    std::string names;
    for (size_t i = 0; i < all.size(); ++i) {
      if ((set >> i & 1) == 0) continue;
      named.push_back(all[i]);
      staged.push_back(all[i].shape);
      absl::StrAppend(&names, all[i].name, " ");
    }
    for (int version = kOldestSystemd; version <= kNewestSystemd; ++version) {
      ASSERT_NO_FATAL_FAILURE(check(named, staged, version, names));
    }
  }
}

TEST(HandOverFateTest, EveryStagedImageMergesAndIsProtectedAsReported) {
  ForEverySet([](const std::vector<NamedShape>&,
                 const std::vector<StagedShape>& staged, int version,
                 const std::string& names) {
    const HandOver told = HandOverFor(staged, version);
    const Systemd systemd = {version, ChecksOf(told)};
    for (const StagedShape& shape : staged) {
      const Fate fate = FateOf(shape, PolicyOf(told), systemd);
      ASSERT_TRUE(IsAccepted(fate) && fate != Fate::kIgnored)
          << names << "on " << version << " under " << told.image_policy << ": "
          << ToWord(fate);
      ASSERT_EQ(EnforcementBy(fate), EnforcementOf(shape, told, version))
          << names << "on " << version << " under " << told.image_policy;
    }
  });
}

// Of an unknown version it is what works on all that know image policies.
TEST(HandOverFateTest, UnknownVersionGetsWhatWorksOnAll) {
  ForEverySet([](const std::vector<NamedShape>&,
                 const std::vector<StagedShape>& staged, int version,
                 const std::string& names) {
    if (version < 254) return;
    const HandOver told = HandOverFor(staged, 0);
    ASSERT_TRUE(AllMerge(staged, PolicyOf(told), {version, ChecksOf(told)}))
        << names << "on " << version << " under " << told.image_policy;
  });
}

// On 258 `unprotected` admits what `verity` does.
bool AdmitAlike(const ImagePolicy& a, const ImagePolicy& b, int version) {
  static auto* const known = new std::map<std::string, bool>();
  const auto [found, is_new] = known->try_emplace(
      absl::StrCat(a.ToString(), " ", b.ToString(), " ", version));
  if (is_new) {
    found->second = CompareImagePolicies(a, b, version, version).relation ==
                    Relation::kEquivalent;
  }
  return found->second;
}

TEST(HandOverFateTest, NothingWeakerThanTheSetNeeds) {
  ForEverySet([](const std::vector<NamedShape>&,
                 const std::vector<StagedShape>& staged, int version,
                 const std::string& names) {
    const HandOver told = HandOverFor(staged, version);
    const ImagePolicy policy = PolicyOf(told);
    if (!told.environment.empty()) {
      ASSERT_FALSE(
          AllMerge(staged, policy, {version, Systemd::SignatureChecks::kOn}))
          << names << "on " << version << " need no " << told.environment[0];
    }
    if (told.image_policy.empty()) return;
    for (const auto& [designator, flags] : policy.rules()) {
      for (PartitionFlags flag :
           {kFlagVerity, kFlagUnprotected, kFlagEncrypted, kFlagUnused}) {
        if ((flags & flag) == 0) continue;
        ImagePolicy::Rules tighter = policy.rules();
        tighter[designator] = flags & ~flag;
        const ImagePolicy without(tighter, kFlagsIgnore);
        ASSERT_TRUE(!AllMerge(staged, without, {version, ChecksOf(told)}) ||
                    AdmitAlike(without, policy, version))
            << names << "on " << version << " under " << told.image_policy
            << " need no " << ToString(designator) << "="
            << FlagsToString(flag);
      }
    }
  });
}

TEST(HandOverFateTest, EveryPartHasItsReason) {
  ForEverySet([](const std::vector<NamedShape>& named,
                 const std::vector<StagedShape>& staged, int version,
                 const std::string& names) {
    const HandOver told = HandOverFor(staged, version);
    std::string root;
    std::string usr;
    std::vector<std::string> others;
    for (const HandOverPart& part : ReasonsFor(named, version)) {
      ASSERT_FALSE(part.why.empty() || part.why[0] == ':')
          << names << "on " << version << ": " << part.part;
      if (part.part.rfind("root=", 0) == 0) {
        absl::StrAppend(&root, root.empty() ? "" : "+", part.part.substr(5));
      } else if (part.part.rfind("usr=", 0) == 0) {
        absl::StrAppend(&usr, usr.empty() ? "" : "+", part.part.substr(4));
      } else {
        others.push_back(part.part);
      }
    }
    if (!told.image_policy.empty()) {
      ASSERT_EQ(absl::StrCat("root=", root, ":usr=", usr), told.image_policy);
    }
    std::vector<std::string> want;
    if (told.image_policy.empty()) want.push_back("no --image-policy=");
    for (const std::string& variable : told.environment) {
      want.push_back(variable);
    }
    if (told.always_refresh) want.push_back("--always-refresh=yes");
    ASSERT_EQ(others, want);
  });
}

TEST(HandOverFateTest, ReasonsNameThoseWhoNeedIt) {
  const std::vector<NamedShape> all = AllShapes();
  const std::vector<NamedShape> staged = {all[0], all[1], all[3]};
  const auto why = [&](const std::vector<NamedShape>& set, int version,
                       const std::string& part) -> std::string {
    for (const HandOverPart& each : ReasonsFor(set, version)) {
      if (each.part == part) return each.why;
    }
    return "";
  };
  EXPECT_EQ(why(staged, 257, "root=verity"),
            "root-unsigned: a hash tree, no signature");
  EXPECT_EQ(why(staged, 262, "root=verity"),
            "root-unsigned: a hash tree, no signature; root-stranger: the "
            "signature does not count, and this version falls back to the hash "
            "tree");
  EXPECT_EQ(why({all[0], all[2]}, 262, "root=verity"),
            "root-garbage: the signature does not count, and this version "
            "falls back to the hash tree; root-trusted: with signature checks "
            "off `signed` alone admits nothing on this version");
  EXPECT_EQ(why({all[0], all[1]}, 257, "root=verity"), "");
  EXPECT_EQ(why(staged, 257, "root=signed"),
            "root-trusted: signed by a trusted key");
  EXPECT_EQ(why({all[4]}, 257, "root=unprotected"), "root-bare: no hash tree");
}

}  // namespace
}  // namespace extgate
