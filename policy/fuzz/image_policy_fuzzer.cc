// Two image policies with a newline between them: each prints to a text that
// parses to an equal value, and what is asked of the two fits together.
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "fuzz/fuzz.h"
#include "policy/admission.h"
#include "policy/image_policy.h"
#include "policy/image_policy_algebra.h"
#include "policy/image_policy_comparison.h"
#include "policy/image_policy_reader.h"

namespace extgate {
namespace {

void CheckOne(const ImagePolicy& policy) {
  const std::string text = policy.ToString();
  const absl::StatusOr<ImagePolicy> again = ImagePolicy::Parse(text);
  Require(again.ok(), "what is printed parses");
  Require(*again == policy, "what is printed parses to an equal value");
  Require(again->ToString() == text, "equal values print alike");
  Require(Equivalent(policy, *again), "equal values are equivalent");
  AdmitBareFilesystem(policy);
}

// What systemd takes besides.
void CheckReading(absl::string_view text) {
  const auto read = ReadImagePolicy(text);
  const auto* policy = std::get_if<ImagePolicy>(&read);
  if (policy == nullptr) return;
  const auto again = ReadImagePolicy(policy->ToString());
  Require(again == std::variant<ImagePolicy, ImagePolicyRefusal>(*policy),
          "what is printed reads as an equal value");
  const ImagePolicy normalised = Normalised(*policy);
  Require(Equivalent(*policy, normalised), "the normal form is equivalent");
  Require(Normalised(normalised) == normalised, "and is its own normal form");
  for (const ImagePolicy& other : {normalised, Union(*policy, *policy)}) {
    Require(
        CompareImagePolicies(*policy, other).relation == Relation::kEquivalent,
        "equivalent policies admit alike");
  }
}

void CheckTwo(const ImagePolicy& a, const ImagePolicy& b) {
  Require(!(a == b) || Equivalent(a, b), "equal values are equivalent");
  Require(Equivalent(a, b) == Equivalent(b, a), "equivalence is symmetric");
  if (!Equivalent(a, b)) return;
  Require(Looser(a, b) == Looser(a, a), "equivalent floors are one floor");
  const Admission one = AdmitBareFilesystem(a);
  Require(one.outcome == AdmitBareFilesystem(b).outcome,
          "equivalent policies admit alike");
}

absl::StatusOr<ImagePolicy> Read(absl::string_view text) {
  absl::StatusOr<ImagePolicy> policy = ImagePolicy::Parse(text);
  Require(policy.ok() || absl::IsInvalidArgument(policy.status()),
          "a policy is accepted or InvalidArgument");
  if (policy.ok()) CheckOne(*policy);
  CheckReading(text);
  return policy;
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const auto first = extgate::Read(input.Until('\n'));
  const auto second = extgate::Read(input.RestText());
  if (first.ok() && second.ok()) extgate::CheckTwo(*first, *second);
  return 0;
}
