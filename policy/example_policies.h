// The policies of testdata, and goldens beside them; for tests.
#ifndef EXTGATE_POLICY_EXAMPLE_POLICIES_H_
#define EXTGATE_POLICY_EXAMPLE_POLICIES_H_

#include <string>
#include <vector>

#include "policy/policy_reader.h"

namespace extgate {

struct ExamplePolicy {
  std::string path;
  std::string name;                           // the last part of `path`
  SourceKind kind = SourceKind::kPolicyFile;  // cloud-config by its name
  std::string text;
};

// Every *.yaml of testdata/policies/FOLDER, by path. One that cannot be read is
// a failure of the test.
std::vector<ExamplePolicy> ExamplePolicies(const std::string& folder);

// Holds `said` against the file NAME.expected beside `example`; with
// UPDATE_GOLDENS in the environment writes it there instead, in the workspace.
void ExpectGolden(const ExamplePolicy& example, const std::string& said);

}  // namespace extgate

#endif  // EXTGATE_POLICY_EXAMPLE_POLICIES_H_
