// Ways in: WhyCopied, KeepsOthersOut.
#include "engine/in_place.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/image_policy.h"

namespace extgate {
namespace {

constexpr int kChecksAtActivationSince = 259;

// Left behind when the initrd is.
constexpr char kExtra[] = "/.extra/";

// "" for one that stays.
std::string WhyItMoves(const Candidate& candidate) {
  if (candidate.block_device) return "it is a block device";
  if (absl::StartsWith(candidate.path, kExtra)) {
    return "it lies in the initrd's own files";
  }
  switch (candidate.place) {
    case Place::kOffered:
    case Place::kSearched:
      return "";
    case Place::kForeign:
      return "it lies where the set itself is put";
    case Place::kOverriding:  // not staged without a cover
      return "it lies where systemd looks first";
  }
  return "";
}

}  // namespace

std::string WhyCopied(const DecidedImage& image, SignatureState counted,
                      const CompiledPolicy& policy, const HostFacts& host) {
  if (host.systemd_version < kChecksAtActivationSince) {
    return absl::StrCat("systemd ",
                        host.systemd_version > 0
                            ? absl::StrCat(host.systemd_version)
                            : "of an unknown version",
                        " does not hold its signature against the policy when "
                        "it is activated, as ",
                        kChecksAtActivationSince, " does");
  }
  if (policy.needs_file_digest) return "a rule asks for the digest of the file";
  if (image.facts.container != Container::kGpt ||
      counted != SignatureState::kTrusted) {
    return "it has no signature that systemd would check";
  }
  return WhyItMoves(image.candidate);
}

bool KeepsOthersOut(const DecidedImage& image, const HandOver& hand_over,
                    int systemd_version) {
  const StagedShape shape = ShapeOf(image);
  if (EnforcementOf(shape, hand_over, systemd_version) !=
      RuntimeEnforcement::kSignature) {
    return false;
  }
  const auto told = ImagePolicy::Parse(hand_over.image_policy);
  if (!told.ok()) return false;
  constexpr PartitionFlags others =
      kFlagsOpen & ~(kFlagSigned | kFlagUnused | kFlagAbsent);
  for (PartitionDesignator designator :
       {PartitionDesignator::kRoot, PartitionDesignator::kUsr}) {
    if ((told->Explicit(designator).value_or(others) & others) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace extgate
