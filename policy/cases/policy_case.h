// A case of `policy test`: a policy, the facts of an image and of a host, and
// what is to be decided about them.
#ifndef EXTGATE_POLICY_CASES_POLICY_CASE_H_
#define EXTGATE_POLICY_CASES_POLICY_CASE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/diagnostic.h"
#include "policy/facts.h"
#include "policy/located.h"
#include "policy/reason.h"
#include "policy/values.h"

namespace extgate {

// A text that a case holds, or names.
struct CaseText {
  enum class Kind {
    kPath,    // `text` is a path, as it is written
    kInline,  // `text` is it. Of a policy each line is where it is in the file
  };
  Kind kind = Kind::kPath;
  std::string text;
  SourceSpan span;
};

// What has to be so; nullopt: it does not matter. At least one is set.
struct Wanted {
  std::optional<Located<Verdict>> verdict;
  std::optional<LocatedText> rule;  // id of the deciding rule, or "default"
  std::optional<Located<std::set<ReasonCode>>> reasons;  // these and no others
  std::optional<Located<Action>> action;                 // in the mode
};

struct PolicyCase {
  LocatedText name;
  CaseText policy;
  CaseText facts;                  // one line of `inspect --facts`
  std::vector<LocatedText> trust;  // paths of PEM files: the vendor's verity.d
  HostFacts host;
  std::optional<Mode> mode;  // in place of the policy's
  Wanted want;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_CASES_POLICY_CASE_H_
