// Way in: ApproveImages.
#include "adapters/cli/image_approval.h"

#include <cstdio>
#include <map>
#include <utility>

#include "adapters/cli/print_report.h"
#include "adapters/offered_images.h"
#include "engine/install/another_os.h"
#include "engine/pipeline.h"
#include "policy/printable.h"

namespace extgate {

Approval ApproveImages(const GlobalOptions& global, const PolicyInForce& policy,
                       const std::string& entry, const StubInputs& inputs) {
  const Ports ports = policy.machine->ports();
  HostFacts host = policy.host;
  if (!entry.empty()) host.entry = entry;
  const bool this_boot = host.entry == policy.host.entry;
  OfferedImages images(inputs);
  Looks looks(images.Candidates({}, {}).value, images, ports.confinement);
  std::map<std::string, std::set<std::string>> required;  // by rule
  std::vector<std::string> others;  // that were not denied, and not allowed
  const Report report = Check(
      ports, host, policy.loaded, looks, Mode::kEnforcing,
      [&](const DecidedImage& image) {
        if (image.decision.verdict == Verdict::kNotApplicable &&
            (this_boot || !OnlyForAnotherOs(image.decision))) {
          others.push_back(image.candidate.path);
        }
        for (const RequiredBy& rule : image.decision.required) {
          if (rule.unmet.empty()) {
            required[rule.rule].insert(image.candidate.file_name);
          }
        }
      },
      Depth::kEveryBlock);
  if (report.outcome != Outcome::kOk || !others.empty()) {
    PrintReport(global, report);
    for (const std::string& path : others) {
      std::fprintf(stderr,
                   "extgate: measure sign: `%s` is measured and not allowed: "
                   "it is for another boot entry, system or machine\n",
                   PrintableText(path).c_str());
    }
    return {kExitViolation, {}};
  }
  Approval approval;
  for (auto& [rule, files] : required) {
    approval.required.push_back(std::move(files));
  }
  return approval;
}

}  // namespace extgate
