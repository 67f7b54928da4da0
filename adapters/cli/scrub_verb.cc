// extgate scrub: the whole hash tree of images.
#include <algorithm>
#include <cstdio>
#include <string>

#include "adapters/cli/progress_line.h"
#include "adapters/cli/table.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/scrub.h"
#include "policy/printable.h"

namespace extgate {
namespace {

ScrubResult ScrubOne(const Candidate& candidate, GivenImages& images,
                     ProgressLine& progress) {
  auto reader = images.Open(candidate);
  if (!reader.ok()) {
    ScrubResult result;
    result.path = candidate.path;
    result.detail = std::string(reader.status().message());
    return result;
  }
  return Scrub(**reader, candidate.path, [&](uint64_t done, uint64_t total) {
    progress(candidate.path, done, total);
  });
}

Tone ToneOf(ScrubState state) {
  switch (state) {
    case ScrubState::kIntact:
      return Tone::kGood;
    case ScrubState::kCorrupt:
      return Tone::kBad;
    case ScrubState::kUnchecked:
    case ScrubState::kUnreadable:
      return Tone::kWarning;
  }
  return Tone::kPlain;
}

int ExitOf(ScrubState state) {
  switch (state) {
    case ScrubState::kIntact:
      return kExitDone;
    case ScrubState::kCorrupt:
      return kExitViolation;
    case ScrubState::kUnchecked:
    case ScrubState::kUnreadable:
      return kExitFailed;
  }
  return kExitFailed;
}

}  // namespace

int ScrubVerb(const GlobalOptions& global, const ScrubOptions& options) {
  GivenImages images(options.images);
  ProgressLine progress;
  Table table({"IMAGE", "STATE", "DATA", "DETAIL"});
  int status = kExitDone;
  for (const Candidate& candidate : images.Candidates({}, {}).value) {
    const ScrubResult result = ScrubOne(candidate, images, progress);
    // A corrupt image says more than one that could not be looked at.
    status = std::max(status, ExitOf(result.state));
    if (global.format == Format::kJson) {
      std::printf("%s\n", ScrubToJson(result).c_str());
      continue;
    }
    table.Add({{PrintableText(result.path)},
               {ToWord(result.state), ToneOf(result.state)},
               {std::to_string(result.data_bytes)},
               {PrintableText(result.detail)}});
  }
  if (global.format == Format::kTable) {
    std::fputs(table.Render(ColourOf(stdout)).c_str(), stdout);
  }
  return status;
}

}  // namespace extgate
