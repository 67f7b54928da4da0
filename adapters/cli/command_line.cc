// Way in: AddVerbs.
#include "adapters/cli/command_line.h"

#include <algorithm>
#include <utility>

namespace extgate {

void AddVerbs(absl::Span<const VerbWords> verbs, CLI::App& app,
              Invocation& line) {
  for (const VerbWords& words : verbs) {
    CLI::App* const verb = app.add_subcommand(words.name, words.what);
    const auto named = [&](absl::string_view word) {
      return word == words.name;
    };
    if (std::none_of(line.words.begin(), line.words.end(), named)) continue;
    verb->footer(words.examples);
    verb->fallthrough();
    RunVerb run = words.add(*verb, line);
    if (!run) {
      verb->require_subcommand(1);
      continue;
    }
    verb->callback(
        [&line, run = std::move(run)] { line.status = run(line.global); });
  }
}

}  // namespace extgate
