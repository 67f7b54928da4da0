// What images carry that the rules at hand tell apart, one for each way.
#ifndef EXTGATE_POLICY_DIFF_CONTENT_SPACE_H_
#define EXTGATE_POLICY_DIFF_CONTENT_SPACE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policy/diff/rule_pairing.h"
#include "policy/evidence.h"
#include "policy/hierarchies.h"
#include "policy/host_overlap.h"
#include "policy/tree_facts.h"

namespace extgate {

// The tree inside an image, and how it meets the host's.
struct SeenContents {
  Evidence<TreeFacts> tree;
  Evidence<HostOverlap> overlap;
};

struct ContentWays {
  std::vector<SeenContents> all;
  // False: which paths several patterns match was too much to tell.
  bool complete = true;
};

class ContentSpace {
 public:
  // What each of the policies compared merges over.
  explicit ContentSpace(std::vector<Hierarchies> merged)
      : merged_(std::move(merged)) {}

  // Nothing minded; where a rule has `content` also nothing looked at, and for
  // each different `content` all at once that it does not mind: a path for each
  // way in which patterns can match one, with all that a file can be. A path
  // below another makes a directory of that. More is not needed: an image that
  // carries more is never allowed by rules that do not allow it with less, so
  // that of all that one rule takes the fullest tells the most.
  const ContentWays& For(const RulesAtHand& rules, ImageClass image_class);

 private:
  const std::vector<Hierarchies> merged_;
  std::map<std::string, ContentWays> known_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_CONTENT_SPACE_H_
