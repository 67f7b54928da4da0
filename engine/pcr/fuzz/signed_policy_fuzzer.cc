// A file of signatures: what is read of it is written again, and nothing that
// is in it is lost by adding to it.
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/pcr/signed_policy.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

void Check(absl::string_view json) {
  const auto policies = ReadSignedPolicies(json);
  Require(policies.ok() || absl::IsInvalidArgument(policies.status()),
          "a file is read or InvalidArgument");
  const std::vector<SignedPolicy> one = {{PcrBank::kSha256,
                                          {13},
                                          std::string(32, 'k'),
                                          std::string(32, 'p'),
                                          "signature"}};
  const auto added = AddSignedPolicies(json, one);
  if (!policies.ok()) {
    Require(json.empty() || added.status() == policies.status(),
            "nothing is added to what cannot be read");
    return;
  }
  Require(added.ok(), "what is read can be added to");
  const auto again = ReadSignedPolicies(*added);
  Require(again.ok(), "what was written is read");
  // It goes behind those of its bank, unless it was there.
  Require(again->size() == policies->size() ||
              again->size() == policies->size() + 1,
          "one is added at most");
  for (const SignedPolicy& policy : *policies) {
    bool kept = false;
    for (const SignedPolicy& other : *again) kept |= other == policy;
    Require(kept, "what was there is there");
  }
  Require(*AddSignedPolicies(*added, one) == *added, "one is added once");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
