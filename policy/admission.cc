// The ways in are AdmitTable, for an image with a partition table, and
// AdmitBareFilesystem. Looser asks about every state there is.
#include "policy/admission.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

using D = PartitionDesignator;

constexpr PartitionFlags kAttributeMask =
    kFlagReadOnlyOn | kFlagReadOnlyOff | kFlagGrowfsOn | kFlagGrowfsOff;

// How systemd sees one partition before it asks what protects it.
enum class Sight { kAbsent, kForbidden, kIgnored, kUsed };

Sight SightOf(const ImagePolicy& policy, D designator,
              const FoundPartitions& partitions) {
  if (partitions.found.Find(designator) == nullptr) return Sight::kAbsent;
  const PartitionFlags present =
      policy.FlagsFor(designator) & kFlagsOpen & ~kFlagAbsent;
  if (present == 0) return Sight::kForbidden;
  if (present == kFlagUnused) return Sight::kIgnored;
  return Sight::kUsed;
}

// The rule in force, without attributes that pin nothing.
std::string RuleText(const ImagePolicy& policy, D designator) {
  const PartitionFlags flags = ReducedFlags(policy.FlagsFor(designator));
  return absl::StrCat("`", ToString(designator), "=", FlagsToString(flags),
                      "`");
}

// Presence and attributes of one designator; what protects it comes after.
void CheckPresence(const ImagePolicy& policy, D designator, Sight sight,
                   const FoundPartitions& partitions,
                   std::vector<std::string>& problems) {
  const PartitionFlags flags = policy.FlagsFor(designator);
  const auto name = [designator] {
    return absl::StrCat("partition `", ToString(designator));
  };
  switch (sight) {
    case Sight::kAbsent:
      if ((flags & kFlagAbsent) == 0) {
        problems.push_back(absl::StrCat(name(), "` is missing, the policy is ",
                                        RuleText(policy, designator)));
      }
      return;
    case Sight::kForbidden:
      problems.push_back(absl::StrCat(name(), "` is there, the policy is ",
                                      RuleText(policy, designator)));
      return;
    case Sight::kIgnored:
      return;
    case Sight::kUsed:
      break;
  }
  const PartitionFlags attributes =
      partitions.found.Find(designator)->attributes;
  const bool known = attributes != 0;
  const PartitionFlags needed = known ? attributes : kAttributeMask;
  if ((flags & needed) != needed) {
    problems.push_back(absl::StrCat(
        name(), "` has ",
        known ? FlagsToString(attributes) : "attributes that are not known",
        ", the policy is ", RuleText(policy, designator)));
  }
}

// What protects the data partition, as every version sees it.
struct Protection {
  // What the data itself offers: any one of these among the policy's flags.
  PartitionFlags offers = 0;
  // A signature partition is looked at: then systemd before 258 takes the
  // partition for nothing but signed, whoever signed it.
  bool signature_seen = false;
};

Protection ProtectionSeen(Sight tree, Sight signature, TreeTrust trust,
                          const FoundPartition& data) {
  if (tree != Sight::kUsed) return {data.use, false};
  const bool seen = signature == Sight::kUsed;
  if (seen && trust == TreeTrust::kTrusted) {
    return {kFlagVerity | kFlagSigned, seen};
  }
  return {kFlagVerity, seen};
}

AdmissionOutcome OutcomeOf(Sight sight) {
  return sight == Sight::kIgnored ? AdmissionOutcome::kIgnored
                                  : AdmissionOutcome::kUsed;
}

void Append(const Admission& part, Admission& whole) {
  if (part.outcome == AdmissionOutcome::kRefused)
    whole.outcome = AdmissionOutcome::kRefused;
  whole.wants_signature |= part.wants_signature;
  whole.problems.insert(whole.problems.end(), part.problems.begin(),
                        part.problems.end());
}

// The data partition is there and used, but not protected as its rule asks.
void RefuseProtection(const ImagePolicy& policy, D designator,
                      const Protection& seen, TreeTrust trust,
                      Admission& admission) {
  const PartitionFlags flags = policy.FlagsFor(designator);
  if ((flags & kFlagSigned) != 0 && trust == TreeTrust::kUntrusted) {
    admission.wants_signature = true;
    return;
  }
  if ((flags & kFlagSigned) != 0) {
    admission.problems.push_back(
        absl::StrCat("the policy asks for ", RuleText(policy, designator),
                     " and ignores the partition that would prove it: `",
                     policy.ToString(), "`"));
    return;
  }
  if ((flags & seen.offers) != 0) {
    admission.problems.push_back(absl::StrCat(
        "the image carries a signature partition that the policy does not "
        "ignore, and systemd before 258 then refuses ",
        RuleText(policy, designator)));
    return;
  }
  admission.problems.push_back(absl::StrCat(
      "partition `", ToString(designator), "` is ", FlagsToString(seen.offers),
      ", the policy is ", RuleText(policy, designator)));
}

}  // namespace

PartitionFlags AttributesOf(uint64_t gpt_attribute_bits) {
  const bool growfs = (gpt_attribute_bits >> 59 & 1) != 0;
  const bool read_only = (gpt_attribute_bits >> 60 & 1) != 0;
  return (read_only ? kFlagReadOnlyOn : kFlagReadOnlyOff) |
         (growfs ? kFlagGrowfsOn : kFlagGrowfsOff);
}

Admission AdmitData(const ImagePolicy& policy, Designator data,
                    const FoundPartitions& partitions) {
  const DesignatorTriple triple = TripleOf(data);
  const Sight sight = SightOf(policy, triple.data, partitions);
  const Sight tree = SightOf(policy, triple.tree, partitions);
  const Sight signature = SightOf(policy, triple.signature, partitions);
  Admission admission;
  CheckPresence(policy, triple.data, sight, partitions, admission.problems);
  bool protected_enough = true;
  if (sight == Sight::kUsed) {
    const TreeTrust trust = data == Designator::kRoot ? partitions.root_trust
                                                      : partitions.usr_trust;
    const Protection seen = ProtectionSeen(tree, signature, trust,
                                           *partitions.found.Find(triple.data));
    const PartitionFlags flags = policy.FlagsFor(triple.data);
    protected_enough = (flags & seen.offers) != 0 &&
                       (!seen.signature_seen || (flags & kFlagSigned) != 0);
    if (!protected_enough) {
      RefuseProtection(policy, triple.data, seen, trust, admission);
    }
  }
  for (const auto& [helper, helper_sight] :
       {std::pair(triple.tree, tree), std::pair(triple.signature, signature)}) {
    // That a helper is missing is said already by what its data lacks.
    if (helper_sight == Sight::kAbsent &&
        (!protected_enough || !admission.problems.empty())) {
      continue;
    }
    CheckPresence(policy, helper, helper_sight, partitions, admission.problems);
    if (helper_sight == Sight::kUsed && sight != Sight::kUsed) {
      admission.problems.push_back(absl::StrCat("partition `", ToString(helper),
                                                "` is used without `",
                                                ToString(triple.data), "`"));
    }
  }
  if (signature == Sight::kUsed && tree != Sight::kUsed) {
    admission.problems.push_back(
        absl::StrCat("partition `", ToString(triple.signature),
                     "` is used without `", ToString(triple.tree), "`"));
  }
  admission.outcome = admission.wants_signature || !admission.problems.empty()
                          ? AdmissionOutcome::kRefused
                          : OutcomeOf(sight);
  return admission;
}

Admission AdmitOther(const ImagePolicy& policy, PartitionDesignator designator,
                     const FoundPartitions& partitions) {
  const Sight sight = SightOf(policy, designator, partitions);
  Admission admission;
  CheckPresence(policy, designator, sight, partitions, admission.problems);
  if (sight == Sight::kUsed) {
    const PartitionFlags use = partitions.found.Find(designator)->use;
    if ((policy.FlagsFor(designator) & use) == 0) {
      admission.problems.push_back(absl::StrCat(
          "partition `", ToString(designator), "` is ", FlagsToString(use),
          ", the policy is ", RuleText(policy, designator)));
    }
  }
  admission.outcome = admission.problems.empty() ? OutcomeOf(sight)
                                                 : AdmissionOutcome::kRefused;
  return admission;
}

Admission AdmitTable(const ImagePolicy& policy,
                     const FoundPartitions& partitions) {
  Admission whole;
  Append(AdmitData(policy, Designator::kRoot, partitions), whole);
  Append(AdmitData(policy, Designator::kUsr, partitions), whole);
  for (D designator : kOtherPartitionDesignators) {
    Append(AdmitOther(policy, designator, partitions), whole);
  }
  const bool root_used = SightOf(policy, D::kRoot, partitions) == Sight::kUsed;
  const bool usr_used = SightOf(policy, D::kUsr, partitions) == Sight::kUsed;
  if (!root_used && !usr_used && whole.problems.empty()) {
    whole.problems.push_back(
        absl::StrCat("the policy ignores what there is to merge: `",
                     policy.ToString(), "`"));
    whole.outcome = AdmissionOutcome::kIgnored;
  }
  return whole;
}

Admission AdmitBareFilesystem(const ImagePolicy& policy) {
  FoundPartitions partitions;
  partitions.found[D::kRoot] = {kFlagUnprotected, AttributesOf(0)};
  const Sight sight = SightOf(policy, D::kRoot, partitions);
  Admission admission;
  CheckPresence(policy, D::kRoot, sight, partitions, admission.problems);
  if (sight == Sight::kUsed &&
      (policy.FlagsFor(D::kRoot) & kFlagUnprotected) == 0) {
    RefuseProtection(policy, D::kRoot, {kFlagUnprotected, false},
                     TreeTrust::kUntrusted, admission);
  }
  if (sight == Sight::kIgnored) {
    admission.problems.push_back(
        absl::StrCat("the policy ignores what there is to merge: `",
                     policy.ToString(), "`"));
  }
  admission.outcome = admission.wants_signature || !admission.problems.empty()
                          ? AdmissionOutcome::kRefused
                          : AdmissionOutcome::kUsed;
  return admission;
}

namespace {

constexpr PartitionFlags kAllAttributes[] = {
    kFlagReadOnlyOn | kFlagGrowfsOn, kFlagReadOnlyOn | kFlagGrowfsOff,
    kFlagReadOnlyOff | kFlagGrowfsOn, kFlagReadOnlyOff | kFlagGrowfsOff};

// Every state of `data` and its helpers that an image can be in.
std::vector<FoundPartitions> StatesOfData(Designator data) {
  const DesignatorTriple triple = TripleOf(data);
  std::vector<FoundPartitions> states(1);  // absent
  for (PartitionFlags attributes : kAllAttributes) {
    for (PartitionFlags use :
         {kFlagUnprotected, kFlagEncrypted, kFlagEncryptedWithIntegrity}) {
      FoundPartitions state;
      state.found[triple.data] = {use, attributes};
      states.push_back(state);
    }
    FoundPartitions state;
    state.found[triple.data] = {kFlagUnprotected, attributes};
    for (PartitionFlags tree : kAllAttributes) {
      state.found[triple.tree] = {kFlagUnprotected, tree};
      state.found.erase(triple.signature);
      state.root_trust = state.usr_trust = TreeTrust::kUntrusted;
      states.push_back(state);
      for (PartitionFlags signature : kAllAttributes) {
        state.found[triple.signature] = {kFlagUnprotected, signature};
        for (TreeTrust trust : {TreeTrust::kUntrusted, TreeTrust::kTrusted}) {
          state.root_trust = state.usr_trust = trust;
          states.push_back(state);
        }
      }
    }
  }
  return states;
}

std::vector<FoundPartitions> StatesOfOther(D designator) {
  std::vector<FoundPartitions> states(1);  // absent
  for (PartitionFlags attributes : kAllAttributes) {
    for (PartitionFlags use :
         {kFlagUnprotected, kFlagEncrypted, kFlagEncryptedWithIntegrity}) {
      FoundPartitions state;
      state.found[designator] = {use, attributes};
      states.push_back(state);
    }
  }
  return states;
}

// Of one group of designators, over all its states.
struct Comparison {
  bool further = false;      // the candidate comes further in some state
  bool satisfiable = false;  // the candidate admits some state
};

template <typename Admit>
Comparison Compare(const std::vector<FoundPartitions>& states,
                   const ImagePolicy& candidate, const ImagePolicy& floor,
                   Admit admit) {
  Comparison comparison;
  for (const FoundPartitions& state : states) {
    const AdmissionOutcome ours = admit(candidate, state).outcome;
    if (ours == AdmissionOutcome::kRefused) continue;
    comparison.satisfiable = true;
    if (ours > admit(floor, state).outcome) {
      comparison.further = true;
      break;
    }
  }
  return comparison;
}

}  // namespace

bool Looser(const ImagePolicy& candidate, const ImagePolicy& floor) {
  // Asked about an image without a table, whatever else the candidate says.
  if (AdmitBareFilesystem(candidate).outcome >
      AdmitBareFilesystem(floor).outcome) {
    return true;
  }
  std::vector<Comparison> groups;
  for (Designator data : {Designator::kRoot, Designator::kUsr}) {
    groups.push_back(
        Compare(StatesOfData(data), candidate, floor,
                [data](const ImagePolicy& policy, const FoundPartitions& s) {
                  return AdmitData(policy, data, s);
                }));
  }
  for (D designator : kOtherPartitionDesignators) {
    groups.push_back(Compare(
        StatesOfOther(designator), candidate, floor,
        [designator](const ImagePolicy& policy, const FoundPartitions& s) {
          return AdmitOther(policy, designator, s);
        }));
  }
  // A candidate that no partition table satisfies lets none further.
  bool further = false;
  for (const Comparison& group : groups) {
    if (!group.satisfiable) return false;
    further |= group.further;
  }
  return further;
}

}  // namespace extgate
