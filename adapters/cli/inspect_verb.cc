// extgate inspect: facts of images, to read or to record.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "adapters/cli/facts_text.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/facts_codec.h"
#include "engine/host_comparison.h"
#include "engine/pipeline.h"

namespace extgate {
namespace {

// Trusts every certificate in the PEM files of --trust.
absl::Status AddTrust(const std::vector<std::string>& paths,
                      TrustStore& trust) {
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return absl::NotFoundError(path + ": cannot be read");
    std::stringstream text;
    text << file.rdbuf();
    auto certificates = ParsePem(text.str());
    if (!certificates.ok()) {
      return absl::InvalidArgumentError(
          path + ": " + std::string(certificates.status().message()));
    }
    for (Certificate& certificate : *certificates) {
      trust.Trust(std::move(certificate), path);
    }
  }
  return absl::OkStatus();
}

std::string TextOf(const DecidedImage& image, const GlobalOptions& global,
                   const InspectOptions& options,
                   const Evidence<HostOverlap>& overlap,
                   const Hierarchies& hierarchies) {
  if (options.record) return FactsToJson(image.facts) + "\n";
  if (global.format == Format::kJson) {
    return FactsToJson(image.facts, image.standing, overlap) + "\n";
  }
  return FactsText(image.facts, image.standing, ColourOf(stdout), overlap,
                   hierarchies);
}

}  // namespace

int InspectVerb(const GlobalOptions& global, const InspectOptions& options) {
  TrustStore trust;
  if (absl::Status status = AddTrust(options.trust, trust); !status.ok()) {
    return Failed("--trust", status), kExitUsage;
  }
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("inspect", machine.status());
  const Ports ports = (*machine)->ports();
  const CompiledPolicy policy;  // the built-in default: signed images
  GivenImages images(options.images);
  const Depth depth =
      options.every_block ? Depth::kEveryBlock : Depth::kContents;
  const TreeWalk walk = TreeWalk::kYes;
  int status = kExitDone;
  Looks looks(images.Candidates({}, {}).value, images, ports.confinement, walk);
  const HostFacts host = ports.host.Facts().value;
  while (looks.Upcoming() != nullptr) {
    const DecidedImage image =
        Decide(looks, {depth, walk}, {policy, trust, host}, ports.confinement);
    const Evidence<HostOverlap> overlap =
        options.with_host
            ? CompareWithHost(image.facts, ports.host, host.hierarchies)
            : Absent();
    std::fputs(
        TextOf(image, global, options, overlap, host.hierarchies).c_str(),
        stdout);
    if (!options.trust.empty() && image.decision.verdict >= Verdict::kDeny) {
      status = kExitViolation;
    } else if (!image.facts.unreadable.empty() && status == kExitDone) {
      status = kExitFailed;
    }
  }
  return status;
}

}  // namespace extgate
