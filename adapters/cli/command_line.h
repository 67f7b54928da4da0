// Verbs of the command line as words: name, help, options. What they do is in
// verbs.h. This header and those who include it are all that know CLI11.
#ifndef EXTGATE_ADAPTERS_CLI_COMMAND_LINE_H_
#define EXTGATE_ADAPTERS_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "adapters/cli/verbs.h"

namespace extgate {

// One command line while it is read.
struct Invocation {
  absl::Span<const char* const> words;  // as given, the program's name too
  GlobalOptions global;
  int status = kExitDone;  // of the verb, once it ran
};

// Does what a verb does, when its options were read; returns the exit status.
using RunVerb = std::function<int(const GlobalOptions& global)>;

struct VerbWords {
  const char* name;
  const char* what;      // a line
  const char* examples;  // below its help; "" of a group of verbs
  // Adds options, or the verbs of a group, to `verb`. What it returns owns the
  // options; empty of a group, which does nothing by itself.
  RunVerb (*add)(CLI::App& verb, Invocation& line);
};

// Adds verbs to `app`. Only of those that are named somewhere in line.words the
// options are added too: to make those of all costs a start of the program more
// than to run it. The verbs' callbacks refer to `line`.
void AddVerbs(absl::Span<const VerbWords> verbs, CLI::App& app,
              Invocation& line);

// The verbs, by what they are about; all of static lifetime.
absl::Span<const VerbWords> ImageVerbs();    // inspect, check, scrub, explain
absl::Span<const VerbWords> MachineVerbs();  // apply, status, doctor and so on
absl::Span<const VerbWords> BootVerbs();     // boot, and what is below it
absl::Span<const VerbWords> MeasureVerbs();  // measure, and what is below it
absl::Span<const VerbWords> PolicyVerbs();   // policy, and what is below it

// The options of check, and of what decides as check does, with another text
// of help for --as. `options` is to live until the verb ran.
void AddCheckOptions(CLI::App& verb, CheckOptions& options,
                     const char* as_help);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_COMMAND_LINE_H_
