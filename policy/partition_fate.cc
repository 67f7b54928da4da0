// Ways in: FateOfData, FateOfOther, FateOfBareFilesystem. As systemd goes about
// it: which partitions are there to use, what protection was found, what is in
// them, and then activation.
#include "policy/partition_fate.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

constexpr PartitionFlags kEncryptions =
    kFlagEncrypted | kFlagEncryptedWithIntegrity;

// What a version is like. Sources: the release notes and what was run.
struct Traits {
  // 254 on: there are image policies.
  bool knows_policy;
  // 258 on: a hash tree does not make a partition anything but protected
  // besides, and where the policy has `unused` beside something else, anything
  // will do.
  bool protections_add_up;
  // 258 on: the signature of usr is read, and an unsigned tree's root hash is
  // taken from the UUIDs. Before, both are mounted without dm-verity.
  bool verity_for_all;
  // 259 on: the policy governs activation.
  bool policy_at_activation;
  // 260 on: integrity is told apart, and filesystems are looked at.
  bool fine_flags;
};

Traits TraitsOf(int version) {
  return {.knows_policy = version >= 254,
          .protections_add_up = version >= 258,
          .verity_for_all = version >= 258,
          .policy_at_activation = version >= 259,
          .fine_flags = version >= 260};
}

enum class Sight { kAbsent, kForbidden, kIgnored, kUsed };

Sight SightOf(PartitionFlags flags, const PartitionState& state) {
  if (state.content == Content::kAbsent) {
    return (flags & kFlagAbsent) != 0 ? Sight::kAbsent : Sight::kForbidden;
  }
  const PartitionFlags present = flags & kFlagsOpen & ~kFlagAbsent;
  if (present == 0) return Sight::kForbidden;
  return present == kFlagUnused ? Sight::kIgnored : Sight::kUsed;
}

// A pair of flags that asks for the opposite of what is there. A pair that says
// nothing asks for nothing.
bool AttributesAreRefused(PartitionFlags flags, PartitionFlags attributes) {
  for (PartitionFlags pair : {kFlagsReadOnly, kFlagsGrowfs}) {
    const PartitionFlags asked = flags & pair;
    if (asked != 0 && (asked & attributes) == 0) return true;
  }
  return false;
}

// What the superblock says, against the policy; where there is a hash tree that
// was asked about already.
bool ContentIsRefused(PartitionFlags flags, const PartitionState& state,
                      bool has_tree, const Traits& traits) {
  PartitionFlags seen = 0;
  switch (state.content) {
    case Content::kAbsent:
      return false;
    case Content::kPlain:
      seen = kFlagUnprotected | (has_tree ? kFlagVerity | kFlagSigned : 0u);
      break;
    case Content::kEncrypted:
      seen = kFlagEncrypted;
      break;
    case Content::kEncryptedWithIntegrity:
      seen = traits.fine_flags ? kFlagEncryptedWithIntegrity : kFlagEncrypted;
      break;
  }
  if (traits.protections_add_up) seen |= kFlagUnused;
  if ((flags & seen) == 0) return true;
  const PartitionFlags filesystems = flags & kFlagsFilesystem;
  return traits.fine_flags && filesystems != 0 &&
         (filesystems & state.filesystem) == 0;
}

// What a partition with these helpers counts as.
PartitionFlags Found(bool tree, bool signature, const Traits& traits) {
  if (traits.protections_add_up) {
    return kEncryptions | kFlagUnprotected | kFlagUnused |
           (tree ? kFlagVerity : 0u) | (tree && signature ? kFlagSigned : 0u);
  }
  if (tree) return signature ? kFlagSigned : kFlagVerity;
  return kEncryptions | kFlagUnprotected;
}

// A data partition whose hash tree is used, too.
Fate Activate(PartitionFlags flags, Designator data, bool signature,
              SignatureState standing, const Traits& traits,
              Systemd::SignatureChecks checks) {
  if (!traits.verity_for_all && (data == Designator::kUsr || !signature)) {
    return Fate::kUnprotected;
  }
  const bool checked = signature && checks == Systemd::SignatureChecks::kOn;
  if (!traits.policy_at_activation) {
    if (!checked) return Fate::kVerity;
    return standing == SignatureState::kTrusted ? Fate::kSignature
                                                : Fate::kFailed;
  }
  // What is no PKCS#7 fails before anything else is thought of.
  if (checked && standing == SignatureState::kInvalid) return Fate::kFailed;
  if (checked && standing == SignatureState::kTrusted &&
      (flags & kFlagSigned) != 0) {
    return Fate::kSignature;
  }
  return (flags & kFlagVerity) != 0 ? Fate::kVerity : Fate::kFailed;
}

// What everything is to a version that knows no policy.
const ImagePolicy& Open() {
  static const auto* const open = new ImagePolicy({}, kFlagsOpen);
  return *open;
}

Fate UsedWithoutTree(const PartitionState& state) {
  return state.content == Content::kPlain ? Fate::kUnprotected
                                          : Fate::kEncrypted;
}

}  // namespace

Fate FateOfData(const ImagePolicy& given, Designator data,
                const DataState& state, const Systemd& systemd) {
  const Traits traits = TraitsOf(systemd.version);
  const ImagePolicy& policy = traits.knows_policy ? given : Open();
  const DesignatorTriple triple = TripleOf(data);
  const PartitionFlags flags = policy.FlagsFor(triple.data);
  const PartitionFlags tree_flags = policy.FlagsFor(triple.tree);
  const PartitionFlags signature_flags = policy.FlagsFor(triple.signature);
  const Sight sight = SightOf(flags, state.data);
  const Sight tree = SightOf(tree_flags, state.tree);
  const Sight signature = SightOf(signature_flags, state.signature);
  for (Sight each : {sight, tree, signature}) {
    if (each == Sight::kForbidden) return Fate::kRefused;
  }
  const bool has_tree = tree == Sight::kUsed;
  const bool has_signature = signature == Sight::kUsed;
  if ((has_tree && AttributesAreRefused(tree_flags, state.tree.attributes)) ||
      (has_signature &&
       AttributesAreRefused(signature_flags, state.signature.attributes))) {
    return Fate::kRefused;
  }
  if (sight != Sight::kUsed) {
    if (has_tree || has_signature) return Fate::kRefused;
    return sight == Sight::kAbsent ? Fate::kAbsent : Fate::kIgnored;
  }
  if (has_signature && !has_tree) return Fate::kRefused;
  if ((flags & Found(has_tree, has_signature, traits)) == 0 ||
      AttributesAreRefused(flags, state.data.attributes) ||
      ContentIsRefused(flags, state.data, has_tree, traits)) {
    return Fate::kRefused;
  }
  if (!has_tree) return UsedWithoutTree(state.data);
  return Activate(flags, data, has_signature, state.standing, traits,
                  systemd.checks);
}

Fate FateOfOther(const ImagePolicy& given, PartitionDesignator designator,
                 const PartitionState& state, const Systemd& systemd) {
  const Traits traits = TraitsOf(systemd.version);
  const PartitionFlags flags =
      (traits.knows_policy ? given : Open()).FlagsFor(designator);
  switch (SightOf(flags, state)) {
    case Sight::kForbidden:
      return Fate::kRefused;
    case Sight::kAbsent:
      return Fate::kAbsent;
    case Sight::kIgnored:
      return Fate::kIgnored;
    case Sight::kUsed:
      break;
  }
  if ((flags & Found(false, false, traits)) == 0 ||
      AttributesAreRefused(flags, state.attributes) ||
      ContentIsRefused(flags, state, false, traits)) {
    return Fate::kRefused;
  }
  return UsedWithoutTree(state);
}

Fate FateOfBareFilesystem(const ImagePolicy& policy, PartitionFlags filesystem,
                          const Systemd& systemd) {
  PartitionState state;
  state.content = Content::kPlain;
  state.filesystem = filesystem;
  const Traits traits = TraitsOf(systemd.version);
  const PartitionFlags flags =
      (traits.knows_policy ? policy : Open()).FlagsFor(D::kRoot);
  if ((flags & kFlagUnprotected) == 0 ||
      AttributesAreRefused(flags, state.attributes) ||
      ContentIsRefused(flags, state, false, traits)) {
    return Fate::kRefused;
  }
  return Fate::kUnprotected;
}

const std::vector<SystemdRange>& SystemdRanges() {
  static const auto* const ranges =
      new std::vector<SystemdRange>{{kOldestSystemd, 253},
                                    {254, 257},
                                    {258, 258},
                                    {259, 259},
                                    {260, kNewestSystemd}};
  return *ranges;
}

bool IsAccepted(Fate fate) {
  return fate != Fate::kRefused && fate != Fate::kFailed;
}

std::string ToString(const SystemdRange& range) {
  if (range.first == range.last) return absl::StrCat(range.first);
  return absl::StrCat(range.first, " to ", range.last);
}

std::string Describe(const PartitionState& state) {
  switch (state.content) {
    case Content::kAbsent:
      return "no such partition";
    case Content::kPlain:
      return "neither hash tree nor encryption";
    case Content::kEncrypted:
      return "encryption";
    case Content::kEncryptedWithIntegrity:
      return "encryption with integrity";
  }
  return "";
}

std::string Describe(const DataState& state) {
  if (state.data.content != Content::kPlain ||
      state.tree.content == Content::kAbsent) {
    return Describe(state.data);
  }
  switch (state.standing) {
    case SignatureState::kNone:
      return "a hash tree, no signature";
    case SignatureState::kInvalid:
      return "a hash tree, something that is no signature";
    case SignatureState::kUntrusted:
      return "a hash tree, a signature that does not count";
    case SignatureState::kTrusted:
      return "a hash tree, a signature that counts";
  }
  return "";
}

}  // namespace extgate
