// Way in: ApprovedStates.
#include "engine/pcr/approved_states.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/pcr/uki_sections.h"

namespace extgate {
namespace {

using BankValues = std::map<PcrBank, std::string>;

absl::Status CheckChoice(const StubInputs& inputs, const StateChoice& choice) {
  if (choice.pcrs.empty()) {
    return absl::InvalidArgumentError("no register is named");
  }
  for (const int pcr : choice.pcrs) {
    if (pcr < kKernelImagePcr || pcr > kExtensionsPcr) {
      return absl::InvalidArgumentError(absl::StrCat(
          "register ", pcr, " is not predicted; 11, 12 and 13 are"));
    }
  }
  if (choice.pcrs.count(kKernelImagePcr) > 0 &&
      inputs.kernel_image == nullptr) {
    return absl::InvalidArgumentError(
        "register 11 is of a kernel image, and none is given");
  }
  return absl::OkStatus();
}

// Whether `set` has one of each of choice.one_of.
bool HasOneOfEach(const std::vector<OfferedFile>& set,
                  const StateChoice& choice) {
  return std::all_of(choice.one_of.begin(), choice.one_of.end(),
                     [&](const std::set<std::string>& names) {
                       return std::any_of(set.begin(), set.end(),
                                          [&](const OfferedFile& file) {
                                            return names.count(file.name) > 0;
                                          });
                     });
}

// The sets of files, the full one first.
absl::StatusOr<std::vector<std::vector<OfferedFile>>> SetsOf(
    const StubInputs& inputs, const StateChoice& choice) {
  std::set<std::string> needed = choice.always;
  for (const std::set<std::string>& names : choice.one_of) {
    if (names.size() == 1) needed.insert(*names.begin());
  }
  std::vector<OfferedFile> always;
  std::vector<OfferedFile> optional;
  for (const OfferedFile& file : inputs.own) {
    const bool may_lack = choice.combinations && needed.count(file.name) == 0;
    (may_lack ? optional : always).push_back(file);
  }
  if (optional.size() > kMaxOptionalFiles) {
    return absl::ResourceExhaustedError(
        absl::StrCat(optional.size(), " files that may be there or not are 2^",
                     optional.size(), " sets; at most ", kMaxOptionalFiles,
                     " are signed for"));
  }
  std::vector<std::vector<OfferedFile>> sets;
  for (size_t lacking = 0; lacking < size_t{1} << optional.size(); ++lacking) {
    std::vector<OfferedFile> set = always;
    for (size_t i = 0; i < optional.size(); ++i) {
      if ((lacking >> i & 1) == 0) set.push_back(optional[i]);
    }
    if (lacking == 0 || HasOneOfEach(set, choice)) {
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

// Of register 11 in each phase, whatever the files are.
absl::StatusOr<std::map<std::string, BankValues>> ByPhase(
    const StubInputs& inputs, const StateChoice& choice) {
  std::map<std::string, BankValues> by_phase;
  if (choice.pcrs.count(kKernelImagePcr) == 0) {
    by_phase[""] = {};
    return by_phase;
  }
  StubInputs image = inputs;
  image.own.clear();
  image.global_extensions.clear();
  image.global_credentials.clear();
  image.phase.clear();
  const auto before = PredictStub(image, choice.banks);
  if (!before.ok()) return before.status();
  for (const std::string& phase : choice.phases) {
    BankValues values = before->pcrs.at(kKernelImagePcr);
    for (const std::string& word : PhaseWords(phase)) {
      for (auto& [bank, value] : values) {
        value = ExtendPcr(bank, value, DigestIn(bank, word));
      }
    }
    by_phase[phase] = std::move(values);
  }
  return by_phase;
}

absl::Status WhatIsMissing(const Prediction& prediction, const PcrSet& pcrs) {
  for (const int pcr : pcrs) {
    const auto found = prediction.missing.find(pcr);
    if (found == prediction.missing.end()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("register ", pcr, " cannot be signed for: not given is ",
                     absl::StrJoin(found->second, ", ")));
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(const std::vector<OfferedFile>& files) {
  std::vector<std::string> names;
  for (const OfferedFile& file : files) names.push_back(file.name);
  SortAsTheStub(names);
  return names;
}

}  // namespace

absl::StatusOr<std::vector<ApprovedState>> ApprovedStates(
    const StubInputs& inputs, const StateChoice& choice) {
  if (absl::Status status = CheckChoice(inputs, choice); !status.ok()) {
    return status;
  }
  const auto sets = SetsOf(inputs, choice);
  if (!sets.ok()) return sets.status();
  const auto by_phase = ByPhase(inputs, choice);
  if (!by_phase.ok()) return by_phase.status();
  std::vector<ApprovedState> states;
  std::set<std::pair<PcrBank, std::string>> seen;
  for (const std::vector<OfferedFile>& set : *sets) {
    StubInputs with = inputs;
    with.own = set;
    // What is in register 11 is known; register 12 may depend on its sections.
    if (choice.pcrs.count(kParametersPcr) == 0) with.kernel_image = nullptr;
    const auto prediction = PredictStub(with, choice.banks);
    if (!prediction.ok()) return prediction.status();
    absl::Status status = WhatIsMissing(*prediction, choice.pcrs);
    if (!status.ok()) return status;
    for (const auto& [phase, kernel_image] : *by_phase) {
      for (const PcrBank bank : choice.banks) {
        std::map<int, std::string> values;
        for (const int pcr : choice.pcrs) {
          values[pcr] = pcr == kKernelImagePcr
                            ? kernel_image.at(bank)
                            : prediction->pcrs.at(pcr).at(bank);
        }
        ApprovedState state{NamesOf(set), phase, bank,
                            PcrPolicyDigest(bank, values)};
        if (!seen.emplace(bank, state.digest).second) continue;
        states.push_back(std::move(state));
      }
    }
  }
  return states;
}

}  // namespace extgate
