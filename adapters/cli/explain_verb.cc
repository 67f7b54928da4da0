// extgate explain: a code of a reason or diagnostic, or why an image is decided
// as it is and what would turn it.
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/cli/explanation_text.h"
#include "adapters/cli/last_report.h"
#include "adapters/cli/lasting_path.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/diagnostic_help.h"
#include "engine/remedy/explanation.h"
#include "policy/diagnostic.h"
#include "policy/printable.h"
#include "policy/reason.h"

namespace extgate {
namespace {

int ExplainCode(const GlobalOptions& global, ReasonCode code) {
  if (global.format == Format::kJson) {
    std::fputs(ReasonHelpToJson(code).c_str(), stdout);
  } else {
    std::printf("%s (%s)\n%s", ToWord(code), ToWord(KindOf(code)),
                std::string(HelpOf(code)).c_str());
  }
  return kExitDone;
}

// Of a code that diagnostics have, in the words of the table.
int ExplainDiagnostic(const GlobalOptions& global, DiagnosticCode code) {
  if (global.format == Format::kJson) {
    std::fputs(DiagnosticHelpToJson(code).c_str(), stdout);
  } else {
    std::printf("%s (%s)\n%s\n", ToWord(code), Words<DiagnosticCode>::kNoun,
                Describe(code));
  }
  return kExitDone;
}

// The code goes before an image of that name: says where the image is.
void MentionNamesake(const Places& places, const std::string& word) {
  const absl::StatusOr<Report> last = LastReport(places);
  if (!last.ok()) return;
  for (const ReportedImage& image : last->images) {
    if (image.name != word) continue;
    std::printf("\nAn image is called so too: extgate explain %s\n",
                PrintableText(image.path).c_str());
  }
}

bool IsThere(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

int Unknown(const std::string& subject) {
  std::fprintf(stderr,
               "extgate: explain: `%s` is no reason code, no image of the last "
               "report or of its places, and no file: the codes are %s; or of "
               "a diagnostic\n",
               PrintableText(subject).c_str(), AllWords<ReasonCode>().c_str());
  return kExitUsage;
}

// `last` about the images that `candidates` are; nullopt if it knows none.
std::optional<Report> OnlyAbout(const std::vector<Candidate>& candidates,
                                absl::StatusOr<Report> last) {
  if (!last.ok()) return std::nullopt;
  std::erase_if(last->images, [&](const ReportedImage& image) {
    return std::none_of(
        candidates.begin(), candidates.end(),
        [&](const Candidate& c) { return c.path == image.path; });
  });
  if (last->images.empty()) return std::nullopt;
  return *std::move(last);
}

// The policy has errors: what the last apply decided is all there is to say.
int PolicyInvalid(const GlobalOptions& global, const Ports& ports,
                  const std::optional<Report>& last,
                  const std::vector<Diagnostic>& diagnostics) {
  PrintDiagnostics(diagnostics, ports.policy);
  if (!last.has_value() || global.format == Format::kJson) return kExitUsage;
  for (const ReportedImage& image : last->images) {
    std::printf(
        "%s  %s\n", ImageText(image, ColourOf(stdout)).c_str(),
        LastLine(*last, image, ports.host.Now(), ports.host.BootId()).c_str());
  }
  return kExitUsage;
}

}  // namespace

int ExplainVerb(const GlobalOptions& global, const std::string& subject) {
  const auto reason = FromWord<ReasonCode>(subject);
  const auto diagnostic = FromWord<DiagnosticCode>(subject);
  if (reason.has_value() || diagnostic.has_value()) {
    const int status = reason.has_value()
                           ? ExplainCode(global, *reason)
                           : ExplainDiagnostic(global, *diagnostic);
    if (global.format == Format::kJson) return status;
    if (auto places = Places::Open(global.places); places.ok()) {
      MentionNamesake(*places, subject);
    }
    return status;
  }
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("explain", machine.status());
  const Ports ports = (*machine)->ports();
  absl::StatusOr<Report> last = LastReport((*machine)->places());
  std::vector<Candidate> candidates =
      CandidatesCalled(subject, last.ok() ? &*last : nullptr, ports);
  GivenImages given({subject});
  const bool is_given = candidates.empty();
  if (is_given) {
    if (!IsThere(subject)) return Unknown(subject);
    candidates = given.Candidates({}, {}).value;
    last = absl::NotFoundError("a file that is in no place");
  }
  std::optional<Report> before = OnlyAbout(candidates, std::move(last));
  ImagePort& images = is_given ? static_cast<ImagePort&>(given) : ports.images;
  auto explained = Explain(ports, candidates, images);
  if (!explained.value.has_value()) {
    return PolicyInvalid(global, ports, before, explained.diagnostics);
  }
  explained.value->last = std::move(before);
  for (Remedies& remedies : explained.value->remedies) {
    for (Offer& offer : remedies.offers) {
      offer.added.path = LastingPath((*machine)->places(), offer.added.path);
    }
  }
  if (global.format == Format::kJson) {
    std::fputs(ExplanationToJson(*explained.value).c_str(), stdout);
    return kExitDone;
  }
  std::fputs(ExplanationText(*explained.value, ColourOf(stdout)).c_str(),
             stdout);
  std::fflush(stdout);
  PrintDiagnostics(explained.value->now.diagnostics);
  return kExitDone;
}

}  // namespace extgate
