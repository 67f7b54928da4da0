// Every policy source of a machine, or the files named, looked at as `extgate
// policy lint` does: all errors of loading them and all findings of lint.
#ifndef EXTGATE_ENGINE_POLICY_LINT_H_
#define EXTGATE_ENGINE_POLICY_LINT_H_

#include <vector>

#include "engine/ports.h"
#include "policy/lint/finding_text.h"
#include "policy/lint/lint.h"
#include "policy/partition_fate.h"

namespace extgate {

struct PolicyLint {
  SystemdRange versions{kOldestSystemd, kNewestSystemd};
  std::vector<Finding> findings;  // by source, then by place
  std::vector<PolicyText> texts;  // as read, in merge order
};

// Lints what `ports.policy` has, merged, for `versions` of systemd, on the day
// that ports.host says, with what the command line says of modes. Sources with
// errors take part too; for one whose text cannot be read as policy what stands
// in for it does, and findings about that are of "PATH (last good)". Where
// files are named in place of discovery, a cloud-config speaks with the
// authority it would have in its place, what this machine lacks (Secure Boot,
// another source, a command line) is not said, and a file of certificates that
// is not here is a warning. Else a machine that trusts nobody, once all is
// read, is locked out where trust is asked for.
PolicyLint LintPolicies(const Ports& ports, const SystemdRange& versions);

// The snippets of its texts, which it must outlive.
SnippetsByPath SnippetsOf(const std::vector<PolicyText>& texts);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_POLICY_LINT_H_
