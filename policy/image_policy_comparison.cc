// One way in: CompareImagePolicies.
#include "policy/image_policy_comparison.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

constexpr PartitionFlags kAttributes[] = {
    kFlagReadOnlyOff | kFlagGrowfsOff, kFlagReadOnlyOff | kFlagGrowfsOn,
    kFlagReadOnlyOn | kFlagGrowfsOff, kFlagReadOnlyOn | kFlagGrowfsOn};

// Further is looser. What cannot be activated is no looser than what is
// ignored, nor tighter.
int RankOf(Fate fate) {
  switch (fate) {
    case Fate::kRefused:
      return 0;
    case Fate::kFailed:
    case Fate::kIgnored:
      return 1;
    case Fate::kAbsent:
    case Fate::kUnprotected:
    case Fate::kEncrypted:
    case Fate::kVerity:
    case Fate::kSignature:
      return 2;
  }
  return 0;
}

// The filesystems that make a difference: those named, and one that is not.
std::vector<PartitionFlags> Filesystems(const ImagePolicy& a,
                                        const ImagePolicy& b) {
  PartitionFlags named = a.default_flags() | b.default_flags();
  for (const ImagePolicy* policy : {&a, &b}) {
    for (const auto& [designator, flags] : policy->rules()) named |= flags;
  }
  std::vector<PartitionFlags> filesystems = {0};
  for (PartitionFlags flag = kFlagBtrfs; flag <= kFlagXfs; flag <<= 1) {
    if ((named & flag) != 0) filesystems.push_back(flag);
  }
  return filesystems;
}

std::vector<PartitionState> StatesOfOne(
    const std::vector<PartitionFlags>& filesystems) {
  std::vector<PartitionState> states(1);  // absent
  for (Content content : {Content::kPlain, Content::kEncrypted,
                          Content::kEncryptedWithIntegrity}) {
    for (PartitionFlags attributes : kAttributes) {
      for (PartitionFlags filesystem : filesystems) {
        states.push_back({content, attributes, filesystem});
      }
    }
  }
  return states;
}

// The likeliest first, so that a witness is an image that one may meet.
std::vector<DataState> StatesOfData(
    const std::vector<PartitionFlags>& filesystems) {
  std::vector<DataState> states;
  const std::vector<PartitionState> ones = StatesOfOne(filesystems);
  for (const PartitionState& data : ones) {
    states.push_back({data, {}, {}, SignatureState::kNone});
  }
  for (PartitionFlags tree : kAttributes) {
    for (const PartitionState& data : ones) {
      if (data.content != Content::kPlain) continue;
      const PartitionState helper = {Content::kPlain, tree, 0};
      states.push_back({data, helper, {}, SignatureState::kNone});
      for (PartitionFlags signature : kAttributes) {
        for (SignatureState standing :
             {SignatureState::kTrusted, SignatureState::kUntrusted,
              SignatureState::kInvalid}) {
          states.push_back(
              {data, helper, {Content::kPlain, signature, 0}, standing});
        }
      }
    }
  }
  return states;
}

std::string AttributeText(absl::string_view what, PartitionFlags attributes) {
  std::string text;
  if ((attributes & kFlagReadOnlyOn) != 0) {
    absl::StrAppend(&text, ", ", what, "read-only");
  }
  if ((attributes & kFlagGrowfsOn) != 0) {
    absl::StrAppend(&text, ", ", what, "growfs");
  }
  return text;
}

std::string FilesystemText(PartitionFlags filesystem) {
  return filesystem == 0 ? "" : ", " + FlagsToString(filesystem);
}

std::string ImageText(D designator, const PartitionState& state) {
  if (state.content == Content::kAbsent) {
    return absl::StrCat("an image without `", ToString(designator), "`");
  }
  return absl::StrCat("an image whose `", ToString(designator), "` has ",
                      Describe(state), FilesystemText(state.filesystem),
                      AttributeText("", state.attributes));
}

std::string ImageText(Designator data, const DataState& state) {
  const D designator = TripleOf(data).data;
  if (state.tree.content == Content::kAbsent) {
    return ImageText(designator, state.data);
  }
  return absl::StrCat(
      "an image whose `", ToString(designator), "` has ", Describe(state),
      FilesystemText(state.data.filesystem),
      AttributeText("", state.data.attributes),
      AttributeText("its hash tree ", state.tree.attributes),
      state.signature.content == Content::kAbsent
          ? ""
          : AttributeText("its signature ", state.signature.attributes));
}

// What two policies make of one group of designators, whose states do not
// depend on those of others.
struct Group {
  std::optional<ImageWitness> looser;
  std::optional<ImageWitness> stricter;
  bool first_satisfiable = false;
  bool second_satisfiable = false;
};

void Weigh(Fate first, Fate second, const SystemdRange& versions,
           const std::function<std::string()>& image, Group& group) {
  group.first_satisfiable |= IsAccepted(first);
  group.second_satisfiable |= IsAccepted(second);
  if (RankOf(first) == RankOf(second)) return;
  std::optional<ImageWitness>& witness =
      RankOf(first) > RankOf(second) ? group.looser : group.stricter;
  if (!witness.has_value()) witness = {image(), versions, first, second};
}

// Both policies on one version.
class Comparison {
 public:
  Comparison(const ImagePolicy& first, const ImagePolicy& second,
             const SystemdRange& versions)
      : first_(first), second_(second), versions_(versions) {}

  void Run(ImagePolicyRelation& relation) {
    const std::vector<PartitionFlags> filesystems =
        Filesystems(first_, second_);
    std::vector<Group> groups;
    const std::vector<DataState> states = StatesOfData(filesystems);
    for (Designator data : {Designator::kRoot, Designator::kUsr}) {
      groups.push_back(OfData(data, states));
    }
    for (D designator : kOtherPartitionDesignators) {
      groups.push_back(OfOther(designator, StatesOfOne(filesystems)));
    }
    Conclude(groups, relation);
    Conclude({OfBareFilesystems(filesystems)}, relation);
  }

 private:
  Group OfData(Designator data, const std::vector<DataState>& states) {
    Group group;
    for (const DataState& state : states) {
      Weigh(
          FateOfData(first_, data, state, Here()),
          FateOfData(second_, data, state, Here()), versions_,
          [&] { return ImageText(data, state); }, group);
    }
    return group;
  }

  Group OfOther(D designator, const std::vector<PartitionState>& states) {
    Group group;
    for (const PartitionState& state : states) {
      Weigh(
          FateOfOther(first_, designator, state, Here()),
          FateOfOther(second_, designator, state, Here()), versions_,
          [&] { return ImageText(designator, state); }, group);
    }
    return group;
  }

  Group OfBareFilesystems(const std::vector<PartitionFlags>& filesystems) {
    Group group;
    for (PartitionFlags filesystem : filesystems) {
      Weigh(
          FateOfBareFilesystem(first_, filesystem, Here()),
          FateOfBareFilesystem(second_, filesystem, Here()), versions_,
          [&] {
            return absl::StrCat("a filesystem without a partition table",
                                FilesystemText(filesystem));
          },
          group);
    }
    return group;
  }

  // What a policy refuses in one group it refuses as a whole.
  static void Conclude(const std::vector<Group>& groups,
                       ImagePolicyRelation& relation) {
    bool first_satisfiable = true;
    bool second_satisfiable = true;
    for (const Group& group : groups) {
      first_satisfiable &= group.first_satisfiable;
      second_satisfiable &= group.second_satisfiable;
    }
    for (const Group& group : groups) {
      if (first_satisfiable) Take(group.looser, relation.looser);
      if (second_satisfiable) Take(group.stricter, relation.stricter);
    }
  }

  static void Take(const std::optional<ImageWitness>& found,
                   std::optional<ImageWitness>& witness) {
    if (!witness.has_value()) witness = found;
  }

  Systemd Here() const {
    return {versions_.last, Systemd::SignatureChecks::kOn};
  }

  const ImagePolicy& first_;
  const ImagePolicy& second_;
  const SystemdRange versions_;
};

}  // namespace

ImagePolicyRelation CompareImagePolicies(const ImagePolicy& first,
                                         const ImagePolicy& second,
                                         int first_version, int last_version) {
  ImagePolicyRelation relation;
  for (const SystemdRange& range : SystemdRanges()) {
    const SystemdRange asked = {std::max(range.first, first_version),
                                std::min(range.last, last_version)};
    if (asked.first > asked.last) continue;
    Comparison(first, second, asked).Run(relation);
  }
  const bool looser = relation.looser.has_value();
  const bool stricter = relation.stricter.has_value();
  relation.relation = looser && stricter ? Relation::kIncomparable
                      : looser           ? Relation::kLooser
                      : stricter         ? Relation::kStricter
                                         : Relation::kEquivalent;
  return relation;
}

}  // namespace extgate
