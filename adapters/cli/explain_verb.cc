// extgate explain: a reason code, or the decision about one image.
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "adapters/cli/last_report.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/pipeline.h"
#include "policy/printable.h"
#include "policy/reason.h"

namespace extgate {
namespace {

// One image for people: the decision, and what its reasons mean.
void PrintImage(const ReportedImage& image) {
  std::fputs(ImageText(image, ColourOf(stdout)).c_str(), stdout);
  std::set<ReasonCode> explained;
  for (const Reason& reason : image.reasons) {
    if (!explained.insert(reason.code).second) continue;
    std::printf("\n%s\n%s", ToWord(reason.code),
                std::string(HelpOf(reason.code)).c_str());
  }
}

// All images of `report`; as JSON the report itself.
void PrintImages(const GlobalOptions& global, const Report& report) {
  if (global.format == Format::kJson) {
    std::fputs(ReportToJson(report).c_str(), stdout);
    return;
  }
  const char* separator = "";
  for (const ReportedImage& image : report.images) {
    std::fputs(separator, stdout);
    PrintImage(image);
    separator = "\n";
  }
}

int ExplainCode(const GlobalOptions& global, ReasonCode code) {
  if (global.format == Format::kJson) {
    std::fputs(ReasonHelpToJson(code).c_str(), stdout);
  } else {
    std::printf("%s (%s)\n%s", ToWord(code), ToWord(KindOf(code)),
                std::string(HelpOf(code)).c_str());
  }
  return kExitDone;
}

// Decides afresh about a file that no report knows, as `check` does.
int ExplainFile(const GlobalOptions& global, const std::string& path) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("explain", machine.status());
  const Ports ports = (*machine)->ports();
  GivenImages images({path});
  Looks looks(images.Candidates({}).value, images, ports.confinement);
  const HostFacts host = ports.host.Facts().value;
  const LoadedPolicy loaded = LoadPolicy(ports);
  if (loaded.invalid) {
    PrintDiagnostics(loaded.diagnostics);
    return kExitUsage;
  }
  const Report report = Check(ports, host, loaded, looks, loaded.policy.mode);
  PrintImages(global, report);
  if (global.format == Format::kTable) PrintDiagnostics(report.diagnostics);
  return kExitDone;
}

}  // namespace

int ExplainVerb(const GlobalOptions& global, const std::string& subject) {
  if (auto code = FromWord<ReasonCode>(subject)) {
    return ExplainCode(global, *code);
  }
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("explain", places.status());
  auto report = LastReport(*places);
  if (report.ok()) {
    std::erase_if(report->images, [&subject](const ReportedImage& image) {
      return image.name != subject && image.path != subject;
    });
    if (!report->images.empty()) {
      PrintImages(global, *report);
      return kExitDone;
    }
  }
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
