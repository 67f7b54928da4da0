// Ways in: the functions of the header.
#include "policy/lint/image_example.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
PartitionState FittingState(const ImagePolicy& policy,
                            PartitionDesignator designator) {
  const PartitionFlags flags = policy.FlagsFor(designator);
  const auto pick = [flags](PartitionFlags usual, PartitionFlags other) {
    return (flags & (usual | other)) == other ? other : usual;
  };
  const PartitionFlags filesystems = flags & kFlagsFilesystem;
  return {Content::kPlain,
          pick(kFlagReadOnlyOff, kFlagReadOnlyOn) |
              pick(kFlagGrowfsOff, kFlagGrowfsOn),
          filesystems & (~filesystems + 1)};
}

DataState StateOf(const ImagePolicy& policy, Designator data, Helpers helpers,
                  SignatureState standing) {
  const DesignatorTriple triple = TripleOf(data);
  DataState state;
  state.data = FittingState(policy, triple.data);
  if (helpers != Helpers::kNone) state.tree = FittingState(policy, triple.tree);
  if (helpers == Helpers::kTreeAndSignature) {
    state.signature = FittingState(policy, triple.signature);
    state.standing = standing;
  }
  return state;
}

DataState StateOf(const ImagePolicy& policy, Designator data,
                  LeastProtection protection) {
  switch (protection) {
    case LeastProtection::kUnsignedTree:
      return StateOf(policy, data, Helpers::kTree);
    case LeastProtection::kUntrustedSigner:
      return StateOf(policy, data, Helpers::kTreeAndSignature,
                     SignatureState::kUntrusted);
    case LeastProtection::kSigned:
      return StateOf(policy, data, Helpers::kTreeAndSignature,
                     SignatureState::kTrusted);
    case LeastProtection::kUnprotected:
    case LeastProtection::kNothing:
      break;
  }
  return StateOf(policy, data, Helpers::kNone);
}

std::string ImageText(Designator data, const DataState& state) {
  return absl::StrCat("an image whose `", ToWord(data), "` has ",
                      Describe(state));
}

std::string AcceptedBy(const ImagePolicy& policy, Designator data,
                       const DataState& state, const SystemdRange& among) {
  std::vector<SystemdRange> accepting;
  for (int version = among.first; version <= among.last; ++version) {
    if (!IsAccepted(FateOfData(policy, data, state,
                               {version, Systemd::SignatureChecks::kOn}))) {
      continue;
    }
    if (!accepting.empty() && accepting.back().last == version - 1) {
      accepting.back().last = version;
    } else {
      accepting.push_back({version, version});
    }
  }
  if (accepting.empty()) return "no systemd";
  return absl::StrCat(
      "systemd ",
      absl::StrJoin(accepting, ", ",
                    [](std::string* out, const SystemdRange& range) {
                      absl::StrAppend(out, ToString(range));
                    }));
}

}  // namespace extgate
