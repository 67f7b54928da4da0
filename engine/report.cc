// Ways in: ReportHead, then DescribeImage for each image.
#include "engine/report.h"

namespace extgate {

Report ReportHead(HostPort& host_port, const HostFacts& host,
                  const LoadedPolicy& loaded) {
  Report report;
  report.time = host_port.Now();
  report.boot_id = host_port.BootId();
  report.host = host_port.HostName();
  report.systemd_version = host.systemd_version;
  report.mode = loaded.policy.mode;
  report.floor = loaded.policy.floor;
  report.entry = host.entry;
  report.policy_sha256 = loaded.sha256;
  report.sources = loaded.sources;
  return report;
}

ReportedImage DescribeImage(const DecidedImage& image,
                            const PlannedImage& planned) {
  const ImageFacts& facts = image.facts;
  ReportedImage reported;
  reported.name = facts.name.empty() ? facts.file_name : facts.name;
  reported.image_class = image.candidate.image_class;
  reported.path = image.candidate.path;
  reported.size_bytes = facts.size_bytes;
  reported.verdict = image.decision.verdict;
  reported.action = planned.action;
  reported.rule = image.decision.rule;
  reported.reasons = image.decision.reasons;
  if (image.decision.excuse.has_value()) {
    reported.excused_by = image.decision.excuse->rules;
  }
  reported.trace = image.decision.trace;
  reported.passed_over = image.decision.passed_over;
  reported.runtime_enforcement = planned.enforcement;
  if (const VerityTree* tree = facts.verity.value()) {
    reported.root_hash = tree->root_hash->hex();
  }
  if (const Layout* layout = facts.layout.value()) {
    reported.designator =
        layout->root_below ? "root+usr" : ToWord(layout->designator);
    if (layout->architecture) {
      reported.architecture = ToWord(*layout->architecture);
    }
  }
  if (const std::string* filesystem = facts.filesystem.value()) {
    reported.filesystem = *filesystem;
  }
  if (const ExtensionRelease* release = facts.release.value()) {
    reported.release = release->fields;
    auto architecture = release->fields.find("ARCHITECTURE");
    if (reported.architecture.empty() &&
        architecture != release->fields.end()) {
      reported.architecture = architecture->second;
    }
  }
  if (!image.standing.signers.empty()) {
    reported.signer = image.standing.signers.front();
  }
  if (facts.sha256) reported.sha256 = facts.sha256->hex();
  return reported;
}

void AddContentWarnings(const DecidedImage& image,
                        std::vector<Diagnostic>& diagnostics) {
  for (const std::string& text : image.decision.warnings) {
    diagnostics.push_back({DiagnosticCode::kContent,
                           Severity::kWarning,
                           {image.candidate.path, 0, 0},
                           text,
                           ""});
  }
}

}  // namespace extgate
