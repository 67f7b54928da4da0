// The checks of lint, one a file, for LintPolicy.
#ifndef EXTGATE_POLICY_LINT_CHECKS_H_
#define EXTGATE_POLICY_LINT_CHECKS_H_

#include <vector>

#include "policy/lint/lint.h"

namespace extgate {

// matches-nothing: an error of a rule without any image, a warning of one
// pattern among others.
std::vector<Finding> FindEmptyRules(const LintSubject& subject);

// weak-image-policy: `signed` or `verity` beside something weaker, with an
// image for each weaker thing.
std::vector<Finding> FindWeakImagePolicies(const LintSubject& subject);

// usr-not-enforced, a warning where the version is known, else a note.
std::vector<Finding> FindUsrNotEnforced(const LintSubject& subject);

// name-only-allow: names or attributes alone, and an image policy that is
// looser than the policy's own.
std::vector<Finding> FindNameOnlyAllows(const LintSubject& subject);

// signature-check-dropped, with those whose images lose it.
std::vector<Finding> FindDroppedSignatureChecks(const LintSubject& subject);

// hidden-rule, where that is certain.
std::vector<Finding> FindHiddenRules(const LintSubject& subject);

// lock-out: a warning in enforcing, else a note.
std::vector<Finding> FindLockOut(const LintSubject& subject);

// until-over, until-soon.
std::vector<Finding> FindEndedRules(const LintSubject& subject);

// evadable-deny.
std::vector<Finding> FindEvadableDenials(const LintSubject& subject);

// trust-beyond-db.
std::vector<Finding> FindTrustBeyondDb(const LintSubject& subject);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_CHECKS_H_
