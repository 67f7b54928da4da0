// All that registers may hold in boots that are approved: what a release signs.
#ifndef EXTGATE_ENGINE_PCR_APPROVED_STATES_H_
#define EXTGATE_ENGINE_PCR_APPROVED_STATES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/prediction.h"
#include "engine/pcr/signed_policy.h"

namespace extgate {

struct ApprovedState {
  std::vector<std::string> images;  // names of files
  std::string phase;                // "" where register 11 does not count
  PcrBank bank = PcrBank::kSha256;
  std::string digest;  // PcrPolicyDigest(), raw
};

struct StateChoice {
  PcrSet pcrs;  // of 11, 12 and 13
  std::vector<PcrBank> banks;
  std::vector<std::string> phases;  // of register 11
  // Each set of files that has these in it; the others may be there or not.
  // Without `combinations` all files are always there.
  bool combinations = false;
  std::set<std::string> always;
  // Of each of these at least one is in a set: files any of which will do.
  std::vector<std::set<std::string>> one_of = {};
};

// Combinations grow as 2^n: no more files than this may be there or not.
inline constexpr size_t kMaxOptionalFiles = 8;

// Sets of files in the order of their names, the full set first; of each the
// phases, of each of these the banks. Two states of equal digests are one.
// InvalidArgument: other registers, none, or 11 without a kernel image;
// FailedPrecondition: a part of a register is missing; ResourceExhausted: too
// many combinations; else as PredictStub.
absl::StatusOr<std::vector<ApprovedState>> ApprovedStates(
    const StubInputs& inputs, const StateChoice& choice);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_APPROVED_STATES_H_
