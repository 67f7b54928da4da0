// Ways in: ImagesOf, then WouldPass, AnyAllowed and NoneIsTrusted.
#include "engine/boot/other_entry.h"

#include <algorithm>

#include "engine/boot/lasting_place.h"
#include "engine/looks.h"
#include "engine/planner.h"
#include "policy/decision.h"

namespace extgate {
namespace {

// Whether a boot has it that finds what outlives one, by the policy's
// `sources`, and is handed the files of `extra`.
bool WillBeThere(const Candidate& candidate,
                 const std::vector<std::string>& sources,
                 const std::vector<std::string>& extra) {
  for (const std::string& directory : extra) {
    if (!LiesIn(candidate.path, directory)) continue;
    return candidate.kind != Container::kDirectory &&
           candidate.path.rfind('/') == directory.size();
  }
  return OutlivesABoot(candidate.path, sources);
}

HostFacts HostOf(const DecisionContext& context, const std::string& entry) {
  HostFacts host = context.host;
  host.entry = entry;
  return host;
}

bool IsOfTrust(const Reason& reason) {
  return reason.code == ReasonCode::kSignerUntrusted ||
         reason.code == ReasonCode::kSignerRevoked ||
         reason.code == ReasonCode::kSignerExpired ||
         reason.code == ReasonCode::kNoMatchingRule;
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
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return !WillBeThere(candidate, context.policy.sources, extra);
  });
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

bool WouldPass(const std::vector<DecidedImage>& images,
               const DecisionContext& context, const std::string& entry) {
  const Covers covers = CoversNeeded(images, context.policy);
  // Whatever follows from a violation there: it is asked whether there is one.
  CompiledPolicy policy = context.policy;
  policy.on_violation = OnViolation::kFailBoot;
  return !MakePlan(images, policy, HostOf(context, entry), covers).fail_boot;
}

bool AnyAllowed(const std::vector<DecidedImage>& images) {
  return std::any_of(images.begin(), images.end(),
                     [](const DecidedImage& image) {
                       return ActingVerdict(image.decision) == Verdict::kAllow;
                     });
}

bool NoneIsTrusted(const std::vector<DecidedImage>& images) {
  if (AnyAllowed(images)) return false;
  return std::any_of(
      images.begin(), images.end(), [](const DecidedImage& image) {
        return std::any_of(image.decision.reasons.begin(),
                           image.decision.reasons.end(), IsOfTrust);
      });
}

}  // namespace extgate
