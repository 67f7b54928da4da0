// The good image spoilt in one way at a time, and the reasons that must come of
// it: every reason code by name.
#ifndef EXTGATE_POLICY_REASON_CASES_H_
#define EXTGATE_POLICY_REASON_CASES_H_

#include <functional>
#include <string>
#include <vector>

#include "policy/decision.h"
#include "policy/decision_fixture.h"

namespace extgate {

// All that a decision is made of.
struct DecisionWorld {
  ImageFacts image = GoodImage();
  SignatureStanding standing = TrustedStanding();
  HostFacts host = DebianHost();
  Policy policy;

  Decision Decide() const;
  Decision Explained() const;  // with its trace
};

struct ReasonCase {
  const char* name;
  std::function<void(DecisionWorld&)> spoil;
  std::vector<ReasonCode> want;
  Verdict verdict;
  std::string rule;    // deciding
  std::string detail;  // of the first reason; "" is not compared
};

const std::vector<ReasonCase>& DenyCases();
const std::vector<ReasonCase>& UnmergeableCases();
// Not applicable, unreadable, and several things at once.
const std::vector<ReasonCase>& OtherCases();

// A rule that denies what `pattern` names.
Rule DenyByName(const std::string& pattern);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REASON_CASES_H_
