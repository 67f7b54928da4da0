// Way in: KeepReport.
#include "engine/kept_report.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/pcr/measured_decision.h"
#include "engine/pcr/measurement_port.h"

namespace extgate {
namespace {

std::string Sha256Of(const std::string& text) {
  StreamDigest digest;
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

absl::Status Measure(MeasurementPort* measurement, const MeasureTarget& target,
                     const Report& report, const std::string& json) {
  if (measurement == nullptr) {
    return absl::NotFoundError("there is nothing here to measure with");
  }
  return measurement->Extend(
      target, MeasuredText({ToWord(report.mode), ToWord(report.outcome),
                            report.policy_sha256, Sha256Of(json)}));
}

Diagnostic NotMeasured(const MeasureTarget& target,
                       const absl::Status& status) {
  return {
      DiagnosticCode::kNotMeasured,
      Severity::kWarning,
      {},
      absl::StrCat("this decision is not measured into ",
                   target.pcr.has_value()
                       ? absl::StrCat("PCR ", *target.pcr)
                       : absl::StrCat("NvPCR `", target.nvpcr, "`"),
                   ": ", status.message()),
      "who verifies this machine from elsewhere will not find it; it stands "
      "all the same"};
}

}  // namespace

absl::Status KeepReport(const Ports& ports,
                        const std::optional<MeasureTarget>& target,
                        Report& report) {
  std::string json = ReportToJson(report);
  if (target.has_value()) {
    const absl::Status measured =
        Measure(ports.measurement, *target, report, json);
    if (!measured.ok()) {
      report.diagnostics.push_back(NotMeasured(*target, measured));
      json = ReportToJson(report);
    }
  }
  return ports.staging.WriteReport(json);
}

}  // namespace extgate
