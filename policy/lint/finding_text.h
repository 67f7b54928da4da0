// Findings as text, under the lines that they are about.
#ifndef EXTGATE_POLICY_LINT_FINDING_TEXT_H_
#define EXTGATE_POLICY_LINT_FINDING_TEXT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/lint/lint.h"
#include "policy/snippet.h"

namespace extgate {

// The snippets of sources, by path. The texts must outlive it.
using SnippetsByPath = std::map<std::string, Snippets, std::less<>>;

// The snippet at `span`; "" where its source is not among `sources`.
std::string SnippetAt(const SourceSpan& span, const SnippetsByPath& sources);

// Place, severity, message and code on one line; below it the snippet, the
// example and the help. Ends in a newline.
std::string FindingText(const Finding& finding, const SnippetsByPath& sources);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_FINDING_TEXT_H_
