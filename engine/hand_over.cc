// Ways in: HandOverFor, then the texts. What differs by version of systemd is
// in one place, VersionTraits.
#include "engine/hand_over.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "policy/hierarchies.h"

namespace extgate {
namespace {

constexpr char kNoSignatureCheck[] = "SYSTEMD_DISSECT_VERITY_SIGNATURE=0";

// systemd's own unit asks that all of its directories are not empty, so that it
// practically never starts; any of them is meant.
constexpr char kConfextConditions[] =
    "[Unit]\n"
    "ConditionDirectoryNotEmpty=\n"
    "ConditionCapability=CAP_SYS_ADMIN\n"
    "ConditionDirectoryNotEmpty=|/run/confexts\n"
    "ConditionDirectoryNotEmpty=|/var/lib/confexts\n"
    "ConditionDirectoryNotEmpty=|/usr/local/lib/confexts\n"
    "ConditionDirectoryNotEmpty=|/usr/lib/confexts\n";

// How a version behaves, by systemd's release notes and by what was run. An
// unknown version has the trait that is safe to assume.
struct VersionTraits {
  // 254 on: --image-policy= exists.
  bool knows_image_policy;
  // 258 on: a signature partition of a usr-only image is read, and the root
  // hash of an unsigned tree is taken from the partition UUIDs. Before, such
  // images are mounted without dm-verity.
  bool verity_for_all;
  // 259 on: the policy governs activation, so that a signature that does not
  // count falls back to plain dm-verity where `verity` is admitted, and with
  // signatures switched off `signed` alone admits nothing.
  bool policy_at_activation;
  // 260 on: refresh skips a set that looks unchanged.
  bool skips_unchanged;
  // 256 on: a hierarchy can be mutable, by --mutable=, environment, and from
  // 259 on configuration files.
  bool knows_mutable;
};

VersionTraits TraitsOf(int version) {
  const bool known = version > 0;
  return {
      .knows_image_policy = !known || version >= 254,
      .verity_for_all = version >= 258,
      .policy_at_activation = !known || version >= 259,
      .skips_unchanged = version >= 260,
      .knows_mutable = version >= 256,
  };
}

bool SignatureCounts(const StagedShape& shape) {
  return shape.signature == SignatureState::kTrusted;
}

bool ChecksAreOff(const HandOver& hand_over) {
  return absl::c_linear_search(hand_over.environment, kNoSignatureCheck);
}

// Variables of others that would change what was decided, but for the one that
// `hand_over` sets itself: systemd unsets after it has set.
std::string SwitchesToUnset(const HandOver& hand_over) {
  std::vector<std::string> names = {"SYSTEMD_DISSECT_VERITY_EMBEDDED",
                                    "SYSTEMD_DISSECT_VERITY_SIDECAR",
                                    "SYSTEMD_DISSECT_FILE_SYSTEMS"};
  if (!ChecksAreOff(hand_over)) {
    names.push_back("SYSTEMD_DISSECT_VERITY_SIGNATURE");
  }
  return absl::StrJoin(names, " ");
}

// As one word of a setting with specifiers. systemd.syntax(7), Quoting;
// systemd.unit(5), Specifiers.
std::string UnitWord(absl::string_view text) {
  const std::string escaped =
      absl::StrReplaceAll(absl::Utf8SafeCEscape(text), {{"%", "%%"}});
  const bool plain = escaped == text && absl::c_none_of(text, [](char c) {
                       return absl::ascii_isspace(c);
                     });
  return plain ? escaped : absl::StrCat("\"", escaped, "\"");
}

// Mounted without dm-verity whatever is said.
bool MountedRaw(const StagedShape& shape, const VersionTraits& traits) {
  if (!HasTree(shape)) return true;
  if (traits.verity_for_all) return false;
  return shape.designator == Designator::kUsr ||
         shape.signature == SignatureState::kNone;
}

PartitionFlags FlagsOf(const StagedShape& shape, const VersionTraits& traits,
                       bool checks_off) {
  if (!HasTree(shape)) return kFlagUnprotected;
  if (shape.signature == SignatureState::kNone) return kFlagVerity;
  if (traits.policy_at_activation && (checks_off || !SignatureCounts(shape))) {
    return kFlagVerity | kFlagSigned;
  }
  return kFlagSigned;
}

}  // namespace

bool HasTree(const StagedShape& shape) {
  return (shape.protection & (kFlagVerity | kFlagSigned)) != 0;
}

bool NeedsChecksOff(const StagedShape& shape, int version) {
  if (shape.signature == SignatureState::kNone || SignatureCounts(shape)) {
    return false;
  }
  const VersionTraits traits = TraitsOf(version);
  if (version == 0) return true;
  // A PKCS#7 that does not parse fails before the fallback is reached.
  if (traits.policy_at_activation) {
    return shape.signature == SignatureState::kInvalid;
  }
  return !MountedRaw(shape, traits);
}

PartitionFlags FlagsNeeded(const StagedShape& shape, const HandOver& hand_over,
                           int systemd_version) {
  return FlagsOf(shape, TraitsOf(systemd_version), ChecksAreOff(hand_over));
}

HandOver HandOverFor(const std::vector<StagedShape>& staged,
                     int systemd_version) {
  const VersionTraits traits = TraitsOf(systemd_version);
  bool checks_off = false;
  for (const StagedShape& shape : staged) {
    checks_off |= NeedsChecksOff(shape, systemd_version);
  }
  PartitionFlags root = kFlagSigned | kFlagAbsent;
  PartitionFlags usr = kFlagSigned | kFlagAbsent;
  for (const StagedShape& shape : staged) {
    PartitionFlags& flags = shape.designator == Designator::kRoot ? root : usr;
    flags |= FlagsOf(shape, traits, checks_off);
    if (shape.root_below) root |= kFlagUnprotected;
  }
  HandOver hand_over;
  if (traits.knows_image_policy) {
    hand_over.image_policy =
        absl::StrCat("root=", FlagsToString(root), ":usr=", FlagsToString(usr));
  }
  if (checks_off) hand_over.environment.push_back(kNoSignatureCheck);
  hand_over.always_refresh = traits.skips_unchanged;
  return hand_over;
}

void AddHierarchies(const std::vector<std::string>& hierarchies,
                    HandOver& hand_over) {
  hand_over.environment.push_back(
      absl::StrCat(HierarchiesVariable(ImageClass::kSysext), "=",
                   absl::StrJoin(hierarchies, ":")));
}

void AddSwitches(Mode mode, int systemd_version, HandOver& hand_over) {
  if (mode == Mode::kDisabled) return;
  const VersionTraits traits = TraitsOf(systemd_version);
  hand_over.always_refresh = traits.skips_unchanged;
  hand_over.immutable = mode == Mode::kEnforcing && traits.knows_mutable;
}

bool NeedsKernelKey(const StagedShape& shape, int systemd_version) {
  return HasTree(shape) && !SignatureCounts(shape) &&
         !MountedRaw(shape, TraitsOf(systemd_version));
}

RuntimeEnforcement EnforcementOf(const StagedShape& shape,
                                 const HandOver& hand_over,
                                 int systemd_version) {
  if (shape.root_below || MountedRaw(shape, TraitsOf(systemd_version))) {
    return RuntimeEnforcement::kNone;
  }
  if (!SignatureCounts(shape) || ChecksAreOff(hand_over)) {
    return RuntimeEnforcement::kVerity;
  }
  return RuntimeEnforcement::kSignature;
}

std::vector<std::string> RefreshArguments(const HandOver& hand_over) {
  std::vector<std::string> arguments = {"refresh"};
  if (!hand_over.image_policy.empty()) {
    arguments.push_back(
        absl::StrCat("--image-policy=", hand_over.image_policy));
  }
  if (hand_over.always_refresh) {
    arguments.push_back("--always-refresh=yes");
  }
  if (hand_over.immutable) arguments.push_back("--mutable=no");
  return arguments;
}

std::string DropInText(ImageClass image_class, const HandOver& hand_over,
                       TimeSpan timeout) {
  const std::string command =
      absl::StrCat("systemd-", ToWord(image_class), " ",
                   absl::StrJoin(RefreshArguments(hand_over), " "));
  std::string text = "# Written by extgate apply; replaced by each run.\n";
  if (image_class == ImageClass::kConfext) text += kConfextConditions;
  absl::StrAppend(&text, "[Service]\nExecStart=\nExecStart=", command,
                  "\nExecReload=\nExecReload=", command,
                  "\nTimeoutStartSec=", timeout.ToString(),
                  "\nUnsetEnvironment=", SwitchesToUnset(hand_over), "\n");
  for (const std::string& assignment : hand_over.environment) {
    absl::StrAppend(&text, "Environment=", UnitWord(assignment), "\n");
  }
  return text;
}

std::string ConfigText(ImageClass image_class, const HandOver& hand_over,
                       int systemd_version) {
  if (systemd_version < 259 || hand_over.image_policy.empty()) return "";
  return absl::StrCat("# Written by extgate; replaced by each run.\n[",
                      image_class == ImageClass::kSysext ? "SysExt" : "ConfExt",
                      "]\nImagePolicy=", hand_over.image_policy, "\n",
                      hand_over.immutable ? "Mutable=no\n" : "");
}

}  // namespace extgate
