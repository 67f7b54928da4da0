// A policy to each of its spellings.
#ifndef EXTGATE_POLICY_POLICY_WRITER_H_
#define EXTGATE_POLICY_POLICY_WRITER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "policy/policy.h"
#include "policy/words.h"

namespace extgate {

enum class PolicySpelling { kYaml, kTextproto, kBinpb, kJson };

template <>
struct Words<PolicySpelling> {
  static constexpr char kNoun[] = "format";
  static constexpr std::pair<PolicySpelling, const char*> kTable[] = {
      {PolicySpelling::kYaml, "yaml"},
      {PolicySpelling::kTextproto, "textproto"},
      {PolicySpelling::kBinpb, "binpb"},
      {PolicySpelling::kJson, "json"},
  };
};

// A policy file that ReadPolicyText reads to an equal policy. YAML is the
// canonical text (policy_printer.h); the others are the same tree, and equal
// policies have equal texts in each. ResourceExhausted when it is larger than a
// policy file may be (yaml_reader.h), as many sources together can.
absl::StatusOr<std::string> WritePolicy(const Policy& policy,
                                        PolicySpelling spelling);

}  // namespace extgate

#endif  // EXTGATE_POLICY_POLICY_WRITER_H_
