// A report as JSON. What was read is printed and reads back; once what cannot
// be shown is escaped, it is the same for good.
#include <string>

#include "absl/status/statusor.h"
#include "engine/report.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

void Check(absl::string_view json) {
  const absl::StatusOr<Report> report = ReportFromJson(json);
  Require(report.ok() || absl::IsInvalidArgument(report.status()),
          "a report is accepted or InvalidArgument");
  if (!report.ok()) return;
  Require(*report == *ReportFromJson(json), "read alike twice");
  const std::string printed = ReportToJson(*report);
  Require(printed == ReportToJson(*report), "printed alike twice");
  const absl::StatusOr<Report> shown = ReportFromJson(printed);
  Require(shown.ok(), "what is printed is read");
  const std::string again = ReportToJson(*shown);
  Require(again == printed, "equal reports print alike");
  const absl::StatusOr<Report> last = ReportFromJson(again);
  Require(last.ok() && *last == *shown, "what is printed reads back equal");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
