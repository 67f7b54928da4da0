// One way in: Explain.
#include "engine/remedy/explanation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/candidate_facts.h"
#include "engine/last_seen.h"
#include "engine/looks.h"
#include "engine/pipeline.h"
#include "engine/remedy/stranger.h"

namespace extgate {
namespace {

// The certificates of those who signed and are not trusted, as far as the image
// carries them.
std::map<Fingerprint, std::string> Strangers(const DecidedImage& image,
                                             Confinement& confinement) {
  std::map<Fingerprint, std::string> found;
  for (const Signer& signer : image.standing.signers) {
    if (signer.trusted || signer.revoked || !signer.sha256) continue;
    auto pem = StrangersPem(confinement, image.facts, *signer.sha256);
    if (pem.ok()) found.emplace(*signer.sha256, *std::move(pem));
  }
  return found;
}

// What the report says of an image, as a candidate where it lay.
Candidate CandidateOf(const ReportedImage& image) {
  Candidate candidate;
  candidate.path = image.path;
  candidate.file_name = image.path.substr(image.path.rfind('/') + 1);
  candidate.image_class = image.image_class;
  return candidate;
}

}  // namespace

std::vector<Candidate> CandidatesCalled(absl::string_view subject,
                                        const Report* last,
                                        const Ports& ports) {
  const std::vector<Candidate> there =
      ports.images
          .Candidates(ports.host.Facts().value,
                      LoadPolicy(ports).policy.sources)
          .value;
  std::vector<Candidate> called;
  if (last != nullptr) {
    for (const ReportedImage& image : last->images) {
      if (image.name != subject && image.path != subject) continue;
      const auto known =
          std::find_if(there.begin(), there.end(), [&](const Candidate& c) {
            return c.path == image.path && c.image_class == image.image_class;
          });
      called.push_back(known != there.end() ? *known : CandidateOf(image));
    }
  }
  if (!called.empty()) return called;
  std::copy_if(there.begin(), there.end(), std::back_inserter(called),
               [&](const Candidate& candidate) {
                 return candidate.path == subject ||
                        NameOf(candidate) == subject;
               });
  return called;
}

WithDiagnostics<std::optional<Explanation>> Explain(
    const Ports& ports, const std::vector<Candidate>& candidates,
    ImagePort& images) {
  PolicyTrial trial(ports);
  const LoadedPolicy& loaded = trial.Load();
  if (loaded.invalid) return {std::nullopt, loaded.diagnostics};
  const HostFacts host = FactsAndDate(ports).value;
  const DecisionContext context{loaded.policy, loaded.trust, host, &ports.host};
  Explanation explanation;
  explanation.now = ReportHead(ports.host, host, loaded);
  explanation.now.diagnostics = loaded.diagnostics;
  Looks looks(candidates, images, ports.confinement, WalkFor(loaded.policy));
  while (looks.Upcoming() != nullptr) {
    DecidedImage image;
    image.candidate = *looks.Upcoming();
    image.facts = looks.Next({Depth::kEveryBlock, WalkFor(loaded.policy)});
    image.standing =
        ProvedStandingOf(image.facts, loaded.trust, ports.confinement);
    image.decision = ExplainFacts(image.facts, image.standing, context);
    PlannedImage planned;
    planned.action = ActionFor(loaded.policy.mode, loaded.policy.unmergeable,
                               ActingVerdict(image.decision));
    const RemedyCase subject{image.candidate.path,
                             image.facts,
                             image.standing,
                             image.decision,
                             host,
                             loaded,
                             trial.sources(),
                             Strangers(image, ports.confinement)};
    explanation.remedies.push_back(
        FindRemedies(subject, trial, ports.confinement));
    image.standing = CountedStanding(image, context);
    explanation.now.images.push_back(DescribeImage(image, planned));
    if (image.decision.verdict >= Verdict::kDeny) {
      explanation.now.outcome = Outcome::kViolations;
    }
  }
  return {std::move(explanation), {}};
}

}  // namespace extgate
