// Ways in: ImagesOf and WouldPass.
#include "engine/boot/other_entry.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "engine/looks.h"
#include "engine/planner.h"

namespace extgate {
namespace {

// Where systemd-stub put what lies beside the UKI of the booted entry, and
// where that was carried to. What is for all entries lies beside them.
constexpr const char* kOfTheBootedEntry[] = {
    "/.extra/sysext/", "/.extra/confext/", "/run/extgate/incoming/sysext/",
    "/run/extgate/incoming/confext/"};

bool IsOfTheBootedEntry(const Candidate& candidate) {
  return std::any_of(std::begin(kOfTheBootedEntry), std::end(kOfTheBootedEntry),
                     [&](const char* directory) {
                       return absl::StartsWith(candidate.path, directory);
                     });
}

HostFacts HostOf(const DecisionContext& context, const std::string& entry) {
  HostFacts host = context.host;
  host.entry = entry;
  return host;
}

}  // namespace

std::vector<DecidedImage> ImagesOf(const Ports& ports,
                                   const DecisionContext& context,
                                   const std::string& entry,
                                   const std::vector<std::string>& extra) {
  const HostFacts host = HostOf(context, entry);
  const DecisionContext there{context.policy, context.trust, host,
                              context.machine};
  std::vector<std::string> sources = context.policy.sources;
  sources.insert(sources.end(), extra.begin(), extra.end());
  std::vector<Candidate> candidates =
      ports.images.Candidates(host, sources).value;
  std::erase_if(candidates, IsOfTheBootedEntry);
  Looks looks(std::move(candidates), ports.images, ports.confinement,
              WalkFor(context.policy), [&](const Candidate& candidate) {
                return !IsElsewhere(candidate, there);
              });
  std::vector<DecidedImage> images;
  while (looks.Upcoming() != nullptr) {
    images.push_back(
        Decide(looks, WholeReach(context.policy), there, ports.confinement));
    images.back().standing = CountedStanding(images.back(), there);
  }
  return images;
}

bool WouldPass(const Ports& ports, const DecisionContext& context,
               const std::string& entry,
               const std::vector<std::string>& extra) {
  const std::vector<DecidedImage> images =
      ImagesOf(ports, context, entry, extra);
  const Covers covers = CoversNeeded(images, context.policy);
  return !MakePlan(images, context.policy, HostOf(context, entry), covers)
              .fail_boot;
}

}  // namespace extgate
