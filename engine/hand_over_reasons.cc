// One way in: ReasonsFor.
#include "engine/hand_over_reasons.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
namespace {

bool IsUnsigned(const StagedShape& shape) {
  return HasTree(shape) && shape.signature == SignatureState::kNone;
}

bool HasDoubtfulSignature(const StagedShape& shape) {
  return HasTree(shape) && (shape.signature == SignatureState::kUntrusted ||
                            shape.signature == SignatureState::kInvalid);
}

class Reasons {
 public:
  Reasons(const std::vector<NamedShape>& staged, int version)
      : staged_(staged), version_(version) {
    std::vector<StagedShape> shapes;
    for (const NamedShape& image : staged) shapes.push_back(image.shape);
    hand_over_ = HandOverFor(shapes, version);
  }

  std::vector<HandOverPart> All() && {
    if (hand_over_.image_policy.empty()) {
      Add("no --image-policy=",
          "systemd 252 and 253 know no image policies: what keeps everything "
          "else out is that only these images are in the set");
    } else {
      OfDesignator(Designator::kRoot);
      OfDesignator(Designator::kUsr);
    }
    for (const std::string& variable : hand_over_.environment) {
      Add(variable, ChecksOffReason());
    }
    if (hand_over_.always_refresh) {
      Add("--always-refresh=yes",
          "from 260 on refresh passes over a set that looks unchanged, without "
          "a look at the policy");
    }
    return std::move(parts_);
  }

 private:
  void OfDesignator(Designator designator) {
    const absl::StatusOr<ImagePolicy> policy =
        ImagePolicy::Parse(hand_over_.image_policy);
    if (!policy.ok()) return;
    const PartitionFlags flags = policy
                                     ->Explicit(designator == Designator::kRoot
                                                    ? PartitionDesignator::kRoot
                                                    : PartitionDesignator::kUsr)
                                     .value_or(0);
    for (PartitionFlags flag = 1; flag <= kFlagAbsent; flag <<= 1) {
      if ((flags & flag) == 0) continue;
      Add(absl::StrCat(ToWord(designator), "=", FlagsToString(flag)),
          FlagReason(designator, flag));
    }
  }

  std::string FlagReason(Designator designator, PartitionFlags flag) const {
    switch (flag) {
      case kFlagVerity:
        return VerityReason(designator);
      case kFlagSigned:
        return SignedReason(designator);
      case kFlagUnprotected:
        return absl::StrCat(
            Names(designator,
                  [](const StagedShape& shape) { return !HasTree(shape); }),
            ": no hash tree");
      case kFlagAbsent:
        return absl::StrCat("an image of the other type has no `",
                            ToWord(designator), "`");
      default:
        return "";
    }
  }

  bool NeedsVerity(const StagedShape& shape) const {
    return (FlagsNeeded(shape, hand_over_, version_) & kFlagVerity) != 0;
  }

  std::string VerityReason(Designator designator) const {
    std::vector<std::string> causes;
    const auto add = [&](auto which, absl::string_view why) {
      const std::string names = Names(designator, [&](const StagedShape& s) {
        return NeedsVerity(s) && which(s);
      });
      if (!names.empty()) causes.push_back(absl::StrCat(names, why));
    };
    add(IsUnsigned, ": a hash tree, no signature");
    add(HasDoubtfulSignature,
        ": the signature does not count, and this version falls back to the "
        "hash tree");
    add(
        [](const StagedShape& s) {
          return s.signature == SignatureState::kTrusted;
        },
        ": with signature checks off `signed` alone admits nothing on this "
        "version");
    return absl::StrJoin(causes, "; ");
  }

  std::string SignedReason(Designator designator) const {
    const std::string trusted = Names(designator, [](const StagedShape& s) {
      return s.signature == SignatureState::kTrusted;
    });
    if (!trusted.empty()) {
      return absl::StrCat(trusted, ": signed by a trusted key");
    }
    const std::string doubtful = Names(designator, HasDoubtfulSignature);
    if (!doubtful.empty()) {
      return absl::StrCat(doubtful, ": there is a signature partition");
    }
    return absl::StrCat("always said: no staged `", ToWord(designator),
                        "` needs it, and it admits nothing else");
  }

  std::string ChecksOffReason() const {
    const std::string needing =
        Names(std::nullopt, [this](const StagedShape& shape) {
          return NeedsChecksOff(shape, version_);
        });
    return absl::StrCat(needing,
                        ": the signature does not count, and this version "
                        "merges nothing when it checks it; no signature of the "
                        "run is checked then");
  }

  template <typename Which>
  std::string Names(std::optional<Designator> designator, Which which) const {
    std::vector<std::string> names;
    for (const NamedShape& image : staged_) {
      if (designator.has_value() && image.shape.designator != *designator) {
        continue;
      }
      if (which(image.shape)) names.push_back(image.name);
    }
    return absl::StrJoin(names, ", ");
  }

  void Add(std::string part, std::string why) {
    parts_.push_back({std::move(part), std::move(why)});
  }

  const std::vector<NamedShape>& staged_;
  const int version_;
  HandOver hand_over_;
  std::vector<HandOverPart> parts_;
};

}  // namespace

std::vector<HandOverPart> ReasonsFor(const std::vector<NamedShape>& staged,
                                     int systemd_version) {
  return Reasons(staged, systemd_version).All();
}

}  // namespace extgate
