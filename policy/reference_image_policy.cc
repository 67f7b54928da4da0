// The way in is ReferenceUnmet.
#include "policy/reference_image_policy.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/reference_image.h"

namespace extgate {
namespace {

using R = ReasonCode;
using D = PartitionDesignator;

// One partition against its part of the policy, but for what protects it.
// "no", "ignored", "used".
std::string PartitionFits(PartitionFlags flags, bool there,
                          std::optional<uint64_t> bits) {
  if (!there) return flags & kFlagAbsent ? "ignored" : "no";
  const bool anything =
      (flags & kFlagsOpen & ~(kFlagAbsent | kFlagUnused)) != 0;
  if (!anything) return flags & kFlagUnused ? "ignored" : "no";
  const bool pins_read_only =
      !(flags & kFlagReadOnlyOn) || !(flags & kFlagReadOnlyOff);
  const bool pins_growfs =
      !(flags & kFlagGrowfsOn) || !(flags & kFlagGrowfsOff);
  if (!bits) return pins_read_only || pins_growfs ? "no" : "used";
  const bool read_only = *bits >> 60 & 1;
  const bool growfs = *bits >> 59 & 1;
  if (!(flags & (read_only ? kFlagReadOnlyOn : kFlagReadOnlyOff))) return "no";
  if (!(flags & (growfs ? kFlagGrowfsOn : kFlagGrowfsOff))) return "no";
  return "used";
}

std::optional<uint64_t> BitsAt(const ImageFacts& image, const ByteRange& at) {
  for (const Partition& partition : image.table.value()->partitions) {
    if (partition.range == at) return partition.attributes;
  }
  return std::nullopt;
}

// The two answers an image policy has for an image.
struct Answer {
  bool other_problem = false;         // image-policy
  bool needs_signature = false;       // unsigned, signature-invalid, …
  bool root_needs_signature = false;  // unsigned: the root below usr
};

// The data partition that is there, with its helpers.
Answer DataAnswer(const ImageFacts& image, const ImagePolicy& policy,
                  bool trusted) {
  const Layout& layout = *image.layout.value();
  const bool root = layout.designator == Designator::kRoot;
  const PartitionFlags flags = policy.FlagsFor(root ? D::kRoot : D::kUsr);
  const auto helper = [&](D root_helper, D usr_helper,
                          const std::optional<ByteRange>& range) {
    return PartitionFits(policy.FlagsFor(root ? root_helper : usr_helper),
                         range.has_value(),
                         range ? BitsAt(image, *range) : std::nullopt);
  };
  const std::string tree = helper(D::kRootVerity, D::kUsrVerity, layout.verity);
  const std::string signature =
      helper(D::kRootVeritySig, D::kUsrVeritySig, layout.signature);
  // Whether systemd looks at the helper, whatever its attributes.
  const auto looks = [&](D root_helper, D usr_helper,
                         const std::optional<ByteRange>& range) {
    return range && (policy.FlagsFor(root ? root_helper : usr_helper) &
                     kFlagUnprotected);
  };
  const bool tree_used = looks(D::kRootVerity, D::kUsrVerity, layout.verity);
  const bool signature_used =
      looks(D::kRootVeritySig, D::kUsrVeritySig, layout.signature);
  Answer answer;
  const std::string data = PartitionFits(flags, true, layout.data_attributes);
  const bool data_used = (flags & kFlagsOpen & ~kFlagsIgnore) != 0;
  bool enough = true;
  if (data == "no") answer.other_problem = true;
  if (data_used) {
    if (!tree_used) {
      enough = flags & kFlagUnprotected;
    } else if (!signature_used) {
      enough = flags & kFlagVerity;
    } else {
      // systemd before 258 sees `signed` only; who signed it we see ourselves.
      enough = (flags & kFlagSigned) && (trusted || (flags & kFlagVerity));
    }
    if (!enough) {
      if ((flags & kFlagSigned) && !trusted) {
        answer.needs_signature = true;
      } else {
        answer.other_problem = true;
      }
    }
  } else {
    // Forbidden, or there is nothing left to merge.
    answer.other_problem = true;
  }
  const bool excused = !enough || answer.other_problem;
  if (tree == "no" && (layout.verity || !excused)) answer.other_problem = true;
  if (signature == "no" && (layout.signature || !excused)) {
    answer.other_problem = true;
  }
  if (signature_used && !tree_used) answer.other_problem = true;
  return answer;
}

// The unprotected root partition below a usr partition.
void RootBelowAnswer(const RootBelow& root, const ImagePolicy& policy,
                     Answer& answer) {
  const PartitionFlags flags = policy.FlagsFor(D::kRoot);
  const std::string fits = PartitionFits(flags, true, root.attributes);
  // Nobody tells systemd to ignore it.
  if (fits != "used") answer.other_problem = true;
  if ((flags & kFlagsOpen & ~kFlagsIgnore) && !(flags & kFlagUnprotected)) {
    (flags & kFlagSigned ? answer.root_needs_signature : answer.other_problem) =
        true;
  }
}

Answer ImagePolicyAnswer(const ImageFacts& image,
                         const SignatureStanding& standing,
                         const ImagePolicy& policy) {
  if (image.container != Container::kGpt) {
    const PartitionFlags root = policy.FlagsFor(D::kRoot);
    Answer answer;
    if (PartitionFits(root, true, 0) != "used") answer.other_problem = true;
    if ((root & kFlagsOpen & ~kFlagsIgnore) && !(root & kFlagUnprotected)) {
      (root & kFlagSigned ? answer.needs_signature : answer.other_problem) =
          true;
    }
    return answer;
  }
  Answer answer =
      DataAnswer(image, policy, ReferenceTrustedTree(image, standing));
  const Layout& layout = *image.layout.value();
  const bool below = layout.root_below.has_value();
  const bool root = layout.designator == Designator::kRoot;
  std::vector<D> others = {D::kHome, D::kSrv, D::kEsp, D::kXbootldr,
                           D::kSwap, D::kTmp, D::kVar};
  // The designators of the other data partition are all absent.
  for (D d :
       root ? std::vector<D>{D::kUsr, D::kUsrVerity, D::kUsrVeritySig}
            : std::vector<D>{D::kRoot, D::kRootVerity, D::kRootVeritySig}) {
    if (d == D::kRoot && below) {
      RootBelowAnswer(*layout.root_below, policy, answer);
      continue;
    }
    // That root lacks a helper is said by what it needs.
    if (below && answer.root_needs_signature) continue;
    if (!(policy.FlagsFor(d) & kFlagAbsent)) answer.other_problem = true;
  }
  for (D d : others) {
    bool there = false;
    for (const std::string& word : layout.other_designators) {
      there |= word == ToString(d);
    }
    if (PartitionFits(policy.FlagsFor(d), there, std::nullopt) == "no") {
      answer.other_problem = true;
    }
  }
  return answer;
}

// Of each signer who does not count why; of nobody that nobody does.
std::set<R> WhyUntrusted(const SignatureStanding& standing) {
  std::set<R> codes;
  for (const Signer& signer : standing.signers) {
    if (signer.trusted) continue;
    codes.insert(signer.expired ? R::kSignerExpired : R::kSignerUntrusted);
  }
  if (codes.empty()) codes.insert(R::kSignerUntrusted);
  return codes;
}

}  // namespace

std::set<R> ReferenceUnmet(const ImageFacts& image,
                           const SignatureStanding& standing,
                           const ImagePolicy& policy) {
  const Answer answer = ImagePolicyAnswer(image, standing, policy);
  std::set<R> codes;
  if (answer.other_problem) codes.insert(R::kImagePolicy);
  if (answer.root_needs_signature) codes.insert(R::kUnsigned);
  if (answer.needs_signature) {
    if (standing.state == SignatureState::kUntrusted) {
      codes.merge(WhyUntrusted(standing));
    } else {
      codes.insert(standing.state == SignatureState::kInvalid
                       ? R::kSignatureInvalid
                       : R::kUnsigned);
    }
  }
  return codes;
}

}  // namespace extgate
