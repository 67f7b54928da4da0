// Cases of `policy test`, run: the same policy loader and the same decision as
// at boot, over recorded facts.
#ifndef EXTGATE_ENGINE_CASES_CASE_RUN_H_
#define EXTGATE_ENGINE_CASES_CASE_RUN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/ports.h"
#include "policy/cases/policy_case.h"
#include "policy/diagnostic.h"

namespace extgate {

// The files that cases name.
class CaseFiles {
 public:
  virtual ~CaseFiles() = default;

  // The whole file at `path`, which is as the case writes it: relative to the
  // directory of the cases. NotFound, PermissionDenied, Unavailable;
  // ResourceExhausted when it is longer than kMaxCaseFile.
  virtual absl::StatusOr<std::string> Read(absl::string_view path) = 0;
};

inline constexpr uint64_t kMaxCaseFile = 16 * 1024 * 1024;  // bytes

struct CaseResult {
  LocatedText name;
  // What is otherwise than wanted, "verdict: wanted `allow`, got `deny`
  // (unsigned: …)"; empty: the case passes.
  std::vector<std::string> failures;
  // With an error nothing was decided: the policy, the facts or a certificate
  // cannot be read.
  std::vector<Diagnostic> diagnostics;
};

// Runs one. Policy is of the vendor's authority, as with --policy. Nothing of
// this machine counts but `trust.files` of the policy, which `machine` reads:
// no verity.d but the case's `trust`, no EFI variable, no command line, and no
// tree of a host to compare with.
CaseResult RunCase(const PolicyCase& policy_case, CaseFiles& files,
                   const Ports& machine);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CASES_CASE_RUN_H_
