// The line that a diagnostic is about, as people see it in an editor.
#ifndef EXTGATE_POLICY_SNIPPET_H_
#define EXTGATE_POLICY_SNIPPET_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/text_index.h"

namespace extgate {

// Snippets of one text, which must outlive it. Immutable, thread-safe.
class Snippets {
 public:
  explicit Snippets(absl::string_view text) : text_(text), index_(text) {}

  // The line and a caret below the character at `column`, both counted from 1
  // as in SourceSpan:
  //
  //    12 |   mode: enforce
  //       |         ^
  //
  // Two lines, each with a newline; the second is left out where `column` is
  // not known (0). "" for a line that is not in the text. Safe to show whatever
  // the text is: tabs are spaces, what is no character or moves the cursor is
  // `?`, and of a long line about 100 columns around the caret are kept, with
  // `…` where something is cut. Wide characters count as two columns.
  std::string At(int line, int column) const;

 private:
  // Of the character at `column` of `line`, both from 1; else the line's end.
  size_t OffsetOf(size_t line, size_t column) const;

  absl::string_view text_;
  TextIndex index_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_SNIPPET_H_
