// A located tree: what a policy source looks like before anybody knows what its
// keys mean. Every spelling of the language is read into this first.
#ifndef EXTGATE_POLICY_DOCUMENT_H_
#define EXTGATE_POLICY_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"

namespace extgate {

// How a scalar was written.
enum class ScalarStyle {
  kPlain,   // mode: enforcing
  kQuoted,  // mode: "enforcing"
  kBlock,   // reason: |   and the text on the lines below
};

struct NodePair;

// One node of the tree. Thread-compatible; owns all below it. At most 32 deep,
// so recursion over it is safe.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMap, kAlias };

  Kind kind = Kind::kNull;

  // Where the node begins, its `|` for a block scalar; lines and columns count
  // from 1, columns in characters.
  int line = 1;
  int column = 1;

  // Scalars only. `text` is the value after unquoting, unescaping and folding.
  std::string text;
  ScalarStyle style = ScalarStyle::kPlain;
  // Where the text of a scalar begins: the first line under the `|` of a block
  // scalar, else line and column again.
  int text_line = 1;
  int text_column = 1;

  // As resolved by YAML, "tag:yaml.org,2002:str"; empty when none was written.
  std::string tag;
  // True when the node carries an anchor (`&name`).
  bool anchored = false;

  std::vector<Node> items;      // kList only
  std::vector<NodePair> pairs;  // kMap only: key and value, in
                                // order, duplicates included
};

// A type of its own, as a std::pair may not be named before its parts are
// complete.
struct NodePair {
  Node key;
  Node value;
};

// The word for a kind in messages: "a list", "a mapping".
const char* Describe(Node::Kind kind);

// The value of the first pair of `map` whose key is the text `key`; nullptr
// when there is none or `map` is no mapping. Lives as long as `map`.
const Node* Find(const Node& map, absl::string_view key);

// Whether `key` is a merge key, `<<` without quotes, as CheckPlain reports.
bool IsMergeKey(const Node& key);

// What no policy may use, anywhere in `node`: anchors, aliases and merge keys
// (yaml-alias), explicit tags and keys that are not text (wrong-type), and one
// key twice in a mapping (duplicate-key, naming the first place). `path` goes
// into the spans. Empty when there is nothing of the kind.
std::vector<Diagnostic> CheckPlain(const Node& node, absl::string_view path);

// `text` in backticks for a message: made printable, cut after 80 bytes.
std::string Quote(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DOCUMENT_H_
