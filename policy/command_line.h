// The policy that stands on the kernel command line.
#ifndef EXTGATE_POLICY_COMMAND_LINE_H_
#define EXTGATE_POLICY_COMMAND_LINE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/located.h"
#include "policy/policy.h"

namespace extgate {

// Where diagnostics of the kernel command line point to.
inline constexpr char kCommandLinePath[] = "kernel command line";

struct CommandLine {
  // Of `extgate.mode=` and `extgate.mode_floor=`, nothing else.
  Policy policy;
  // `extgate.policy=`: an absolute path, one more source of policy.
  std::optional<LocatedText> policy_path;
  // `extgate.policy_required`: without a policy nothing may merge. On by
  // itself, and with any value but 0, no, n, false, f and off.
  bool policy_required = false;
};

// Words and quotes as the kernel splits them (kernel,
// Documentation/admin-guide/kernel-parameters.rst): white space separates
// unless it is within double quotes; quotes around a whole word or a whole
// value are not part of it; `-` and `_` in names are the same. Of a name given
// twice the last counts.
// A value that cannot be read is an error and leaves out its word only: the
// others stand. Another word that begins with `extgate.` is a warning.
WithDiagnostics<CommandLine> ReadCommandLine(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_POLICY_COMMAND_LINE_H_
