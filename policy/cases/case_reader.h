// Text of cases for `policy test` to values.
#ifndef EXTGATE_POLICY_CASES_CASE_READER_H_
#define EXTGATE_POLICY_CASES_CASE_READER_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/cases/policy_case.h"
#include "policy/diagnostic.h"
#include "policy/utc_time.h"

namespace extgate {

// Reads a file of cases (docs/policy-verbs.md, "Test a policy"): `cases`, and
// beside it `policy`, `trust`, `host` and `mode` of every case that has none of
// its own. A host's architecture is x86-64 unless it is written, its date
// `today`.
//
// nullopt without diagnostics: the text is no file of cases but a policy, with
// `extension_policy` for a key or `#cloud-config` for a first line. With
// errors, which are all listed, the value is nullopt too. Total: any bytes in,
// at most 4 MiB.
WithDiagnostics<std::optional<std::vector<PolicyCase>>> ReadCases(
    absl::string_view text, absl::string_view path, const UtcTime& today);

}  // namespace extgate

#endif  // EXTGATE_POLICY_CASES_CASE_READER_H_
