// What policy says of one image: a value that explains itself and knows no
// mode.
#ifndef EXTGATE_POLICY_DECISION_H_
#define EXTGATE_POLICY_DECISION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/protection.h"
#include "policy/reason.h"
#include "policy/rule_book.h"
#include "policy/signature_standing.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {

// A rule with a `mode` of its own, in force, whose denial does not count.
struct ExcusedRule {
  std::string rule;              // id
  std::optional<UtcTime> until;  // the first second that it counts; or never
  friend bool operator==(const ExcusedRule&, const ExcusedRule&) = default;
};

// What is said of an image without the permissive rules that deny it.
struct Excuse {
  std::vector<ExcusedRule> rules;  // not empty
  Verdict verdict = Verdict::kAllow;
  std::string rule;             // as in Decision
  std::vector<Reason> reasons;  // empty exactly when allow
  friend bool operator==(const Excuse&, const Excuse&) = default;
};

struct Decision {
  Verdict verdict = Verdict::kUnreadable;
  std::string rule;  // id of the deciding rule; "default"; "" when no rule had
                     // a say (unreadable, unmergeable, for another entry)
  std::vector<Reason> reasons;  // all of them; empty exactly when allow
  // Of Explain: one a rule considered, in source order, but of those that do
  // not match the first kMostPassedOver.
  std::vector<TraceLine> trace;
  size_t passed_over = 0;  // how many more do not match
  // What the deciding rule only warns of, of an excused image the excuse's.
  std::vector<std::string> warnings;
  // The trust sets that the deciding rule, an allow rule, names; of an excused
  // image the excuse's.
  std::vector<std::string> signer_sets;
  // The `required` rules that select it; of images that could be merged.
  std::vector<RequiredBy> required;
  // Of a denied image, where it is not denied but for permissive rules.
  std::optional<Excuse> excuse;
  friend bool operator==(const Decision&, const Decision&) = default;
};

// Decides about one image. Pure; same inputs, same decision; independent of
// policy.mode and of the order of rules but for which id is named.
//
// Precedence: a matching deny rule; else among the allow rules that select the
// image those of the most specific class, of which any one satisfied suffices;
// else the policy's default. Whatever the rules say, these deny or worse:
// signer-revoked, root-hash-mismatch, name-mismatch, forbidden-content, and all
// structural reasons. An image that BelongsElsewhere gets WrongEntry; of an
// unreadable one nothing else is said; of an unmergeable one the rules are not
// asked. `host.date` moves nothing but `excuse`. `overlap` counts where
// policy.needs_host_tree; absent: nobody looked.
//
// Asks only the rules that policy.index offers for the image, so that the time
// does not grow with their number; where the policy's default or one rule
// allows, nothing is allocated but for `version`, `content`, trust sets,
// expired signers and a long id.
Decision Evaluate(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host, const CompiledPolicy& policy,
                  const Evidence<HostOverlap>& overlap = Absent());

// The same decision, with what each rule did: for people, and slower.
Decision Explain(const ImageFacts& image, const SignatureStanding& standing,
                 const HostFacts& host, const CompiledPolicy& policy,
                 const Evidence<HostOverlap>& overlap = Absent());

// How the signatures stand as they counted for `decision`, which Evaluate made
// of `standing`, `host` and `policy`: with the certificates of the sets that
// its rule names, and without expired ones where the policy asks for that. Not
// for Evaluate, which begins with what was seen.
SignatureStanding CountedStanding(SignatureStanding standing,
                                  const Decision& decision,
                                  const HostFacts& host,
                                  const CompiledPolicy& policy);

// The verdict that an action follows: the excuse's, where there is one.
Verdict ActingVerdict(const Decision& decision);

// True when `rule` has a `mode` of its own and `date` (HostFacts::date) is
// before its end: what it denies is reported and does not count.
bool OnlyReports(const CompiledRule& rule, UtcTime date);

// "rule `a`, which is permissive until 2027-01-31, and rule `b`, which is
// permissive".
std::string ExcuseText(const std::vector<ExcusedRule>& rules);

// True when the policy's entries map gives `name` to other boot entries than
// host.entry: such an image is not read at all. False when no mapping matches.
bool BelongsElsewhere(const std::string& name, const HostFacts& host,
                      const CompiledPolicy& policy);

// The decision for an image that BelongsElsewhere.
Decision WrongEntry(const std::string& name, const HostFacts& host,
                    const CompiledPolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DECISION_H_
