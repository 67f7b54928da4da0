// The closed enumerations of the policy language and of reports, each with its
// words, and the distinct types of hashes and digests. Values only: copyable,
// comparable, thread-compatible.
#ifndef EXTGATE_POLICY_VALUES_H_
#define EXTGATE_POLICY_VALUES_H_

#include <utility>

#include "policy/words.h"

namespace extgate {

// What the machine does with verdicts. The verdict itself never depends on it.
// Ordered: a later mode is stricter.
enum class Mode { kDisabled, kPermissive, kEnforcing };

template <>
struct Words<Mode> {
  static constexpr char kNoun[] = "mode";
  static constexpr std::pair<Mode, const char*> kTable[] = {
      {Mode::kDisabled, "disabled"},
      {Mode::kPermissive, "permissive"},
      {Mode::kEnforcing, "enforcing"},
  };
};

// What follows a violation in enforcing. Ordered: later reacts harder.
enum class OnViolation { kSkip, kSkipAll, kFailBoot };

template <>
struct Words<OnViolation> {
  static constexpr char kNoun[] = "on_violation";
  static constexpr std::pair<OnViolation, const char*> kTable[] = {
      {OnViolation::kSkip, "skip"},
      {OnViolation::kSkipAll, "skip-all"},
      {OnViolation::kFailBoot, "fail-boot"},
  };
};

// What permissive does with an image that would take the others down.
enum class Unmergeable { kWithhold, kStage };

template <>
struct Words<Unmergeable> {
  static constexpr char kNoun[] = "unmergeable";
  static constexpr std::pair<Unmergeable, const char*> kTable[] = {
      {Unmergeable::kWithhold, "withhold"},
      {Unmergeable::kStage, "stage"},
  };
};

// What a rule, or the policy's `default`, says.
enum class RuleVerdict { kAllow, kDeny };

template <>
struct Words<RuleVerdict> {
  static constexpr char kNoun[] = "verdict";
  static constexpr std::pair<RuleVerdict, const char*> kTable[] = {
      {RuleVerdict::kAllow, "allow"},
      {RuleVerdict::kDeny, "deny"},
  };
};

// A rule's own mode: what it denies is only reported.
enum class RuleMode { kPermissive };

template <>
struct Words<RuleMode> {
  static constexpr char kNoun[] = "mode";
  static constexpr std::pair<RuleMode, const char*> kTable[] = {
      {RuleMode::kPermissive, "permissive"},
  };
};

// Yes and no, where a policy asks for one of them.
template <>
struct Words<bool> {
  static constexpr char kNoun[] = "truth value";
  static constexpr std::pair<bool, const char*> kTable[] = {
      {false, "false"},
      {true, "true"},
  };
};

// Which unit merges the image: systemd-sysext (/usr, /opt) or systemd-confext
// (/etc).
enum class ImageClass { kSysext, kConfext };

template <>
struct Words<ImageClass> {
  static constexpr char kNoun[] = "class";
  static constexpr std::pair<ImageClass, const char*> kTable[] = {
      {ImageClass::kSysext, "sysext"},
      {ImageClass::kConfext, "confext"},
  };
};

// Who speaks through a policy source (docs: Authority). Ordered: a later one
// is weaker.
enum class Authority { kVendor, kCmdline, kBundle, kLocal };

template <>
struct Words<Authority> {
  static constexpr char kNoun[] = "authority";
  static constexpr std::pair<Authority, const char*> kTable[] = {
      {Authority::kVendor, "vendor"},
      {Authority::kCmdline, "cmdline"},
      {Authority::kBundle, "bundle"},
      {Authority::kLocal, "local"},
  };
};

// The outcome for one image, ordered from best to worst: an image's verdict is
// the worst kind among its reasons. `unchecked` is what mode disabled reports.
enum class Verdict {
  kUnchecked,
  kAllow,
  kNotApplicable,
  kDeny,
  kUnmergeable,
  kUnreadable
};

template <>
struct Words<Verdict> {
  static constexpr char kNoun[] = "verdict";
  static constexpr std::pair<Verdict, const char*> kTable[] = {
      {Verdict::kUnchecked, "unchecked"},
      {Verdict::kAllow, "allow"},
      {Verdict::kNotApplicable, "not-applicable"},
      {Verdict::kDeny, "deny"},
      {Verdict::kUnmergeable, "unmergeable"},
      {Verdict::kUnreadable, "unreadable"},
  };
};

// What was done with an image. `mask` hides an image in a lower place that
// systemd would search; `leave` touches nothing.
enum class Action { kStage, kWithhold, kMask, kLeave };

template <>
struct Words<Action> {
  static constexpr char kNoun[] = "action";
  static constexpr std::pair<Action, const char*> kTable[] = {
      {Action::kStage, "stage"},
      {Action::kWithhold, "withhold"},
      {Action::kMask, "mask"},
      {Action::kLeave, "leave"},
  };
};

// What still protects the merged image after extgate stepped aside: the
// signature checked by the kernel or systemd at activation, a dm-verity device
// alone, or nothing but the private copy.
enum class RuntimeEnforcement { kSignature, kVerity, kNone };

template <>
struct Words<RuntimeEnforcement> {
  static constexpr char kNoun[] = "runtime_enforcement";
  static constexpr std::pair<RuntimeEnforcement, const char*> kTable[] = {
      {RuntimeEnforcement::kSignature, "signature"},
      {RuntimeEnforcement::kVerity, "verity"},
      {RuntimeEnforcement::kNone, "none"},
  };
};

// Which partition carries the extension's tree (systemd.image-policy(7)).
enum class Designator { kRoot, kUsr };

template <>
struct Words<Designator> {
  static constexpr char kNoun[] = "designator";
  static constexpr std::pair<Designator, const char*> kTable[] = {
      {Designator::kRoot, "root"},
      {Designator::kUsr, "usr"},
  };
};

// EFI signature databases that policy may trust; dbx always revokes.
enum class EfiList { kPK, kKEK, kDb, kMOK };

template <>
struct Words<EfiList> {
  static constexpr char kNoun[] = "efi";
  static constexpr std::pair<EfiList, const char*> kTable[] = {
      {EfiList::kPK, "PK"},
      {EfiList::kKEK, "KEK"},
      {EfiList::kDb, "db"},
      {EfiList::kMOK, "MOK"},
  };
};

// Which verity.d directories trust comes from.
enum class VerityD { kUsr, kAll, kNone };

template <>
struct Words<VerityD> {
  static constexpr char kNoun[] = "verity_d";
  static constexpr std::pair<VerityD, const char*> kTable[] = {
      {VerityD::kUsr, "usr"},
      {VerityD::kAll, "all"},
      {VerityD::kNone, "none"},
  };
};

// Architectures by systemd's words (uapi-group discoverable partitions).
enum class Architecture {
  kAlpha,
  kArc,
  kArm,
  kArm64,
  kIa64,
  kLoongarch64,
  kMips,
  kMips64,
  kMipsLe,
  kMips64Le,
  kParisc,
  kPpc,
  kPpc64,
  kPpc64Le,
  kRiscv32,
  kRiscv64,
  kS390,
  kS390x,
  kTilegx,
  kX86,
  kX8664
};

template <>
struct Words<Architecture> {
  static constexpr char kNoun[] = "architecture";
  static constexpr std::pair<Architecture, const char*> kTable[] = {
      {Architecture::kAlpha, "alpha"},
      {Architecture::kArc, "arc"},
      {Architecture::kArm, "arm"},
      {Architecture::kArm64, "arm64"},
      {Architecture::kIa64, "ia64"},
      {Architecture::kLoongarch64, "loongarch64"},
      {Architecture::kMips, "mips"},
      {Architecture::kMips64, "mips64"},
      {Architecture::kMipsLe, "mips-le"},
      {Architecture::kMips64Le, "mips64-le"},
      {Architecture::kParisc, "parisc"},
      {Architecture::kPpc, "ppc"},
      {Architecture::kPpc64, "ppc64"},
      {Architecture::kPpc64Le, "ppc64-le"},
      {Architecture::kRiscv32, "riscv32"},
      {Architecture::kRiscv64, "riscv64"},
      {Architecture::kS390, "s390"},
      {Architecture::kS390x, "s390x"},
      {Architecture::kTilegx, "tilegx"},
      {Architecture::kX86, "x86"},
      {Architecture::kX8664, "x86-64"},
  };
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_VALUES_H_
