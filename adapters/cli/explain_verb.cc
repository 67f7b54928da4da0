// extgate explain: a reason code, or the decision about one image.
#include <cstdio>
#include <set>

#include "absl/strings/str_cat.h"
#include "adapters/cli/last_report.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/pipeline.h"
#include "policy/printable.h"
#include "policy/reason.h"

namespace extgate {
namespace {

void PrintImage(const GlobalOptions& global, const ReportedImage& image) {
  if (global.format == Format::kJson) {
    Report report;
    report.images.push_back(image);
    std::fputs(ReportToJson(report).c_str(), stdout);
    return;
  }
  const Colour colour = ColourOf(stdout);
  std::fputs(ImageText(image, colour).c_str(), stdout);
  std::set<ReasonCode> explained;
  for (const Reason& reason : image.reasons) {
    if (!explained.insert(reason.code).second) continue;
    std::printf("\n%s\n%s", ToWord(reason.code),
                std::string(HelpOf(reason.code)).c_str());
  }
}

// Decides afresh about a file that no report knows.
int ExplainFile(const GlobalOptions& global, const std::string& path) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("explain", machine.status());
  const Ports ports = (*machine)->ports();
  const HostFacts host = ports.host.Facts().value;
  const LoadedPolicy loaded = LoadPolicy(ports);
  GivenImages images({path});
  const Report report = Check(ports, host, loaded, images, loaded.policy.mode);
  PrintImage(global, report.images.front());
  return kExitDone;
}

}  // namespace

int ExplainVerb(const GlobalOptions& global, const std::string& subject) {
  if (auto code = FromWord<ReasonCode>(subject)) {
    std::printf("%s (%s)\n%s", subject.c_str(), ToWord(KindOf(*code)),
                std::string(HelpOf(*code)).c_str());
    return kExitDone;
  }
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("explain", places.status());
  auto report = LastReport(*places);
  bool found = false;
  if (report.ok()) {
    for (const ReportedImage& image : report->images) {
      if (image.name != subject && image.path != subject) continue;
      if (found) std::printf("\n");
      PrintImage(global, image);
      found = true;
    }
  }
  if (found) return kExitDone;
  if (std::FILE* file = std::fopen(subject.c_str(), "rb"); file != nullptr) {
    std::fclose(file);
    return ExplainFile(global, subject);
  }
  std::fprintf(stderr,
               "extgate: explain: `%s` is no reason code, no image of the last "
               "report and no file: the codes are %s\n",
               PrintableText(subject).c_str(), AllWords<ReasonCode>().c_str());
  return kExitUsage;
}

}  // namespace extgate
