// Ways in: Decide for one image, Check for several; Apply is in apply.cc.
#include "engine/pipeline.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/candidate_facts.h"

namespace extgate {
namespace {

// A name that systemd would not take: nothing else counts.
Decision RefusedName() {
  Decision decision;
  decision.verdict = Verdict::kDeny;
  decision.reasons.push_back(
      {ReasonCode::kNameMismatch,
       "systemd takes no image of this file name, which must end in `.raw` and "
       "be valid UTF-8 without control characters"});
  return decision;
}

}  // namespace

Decision DecideFacts(const ImageFacts& facts, const SignatureStanding& standing,
                     const DecisionContext& context) {
  if (facts.name.empty() && facts.unreadable.empty()) return RefusedName();
  return Evaluate(facts, standing, context.host, context.policy);
}

Depth WholeDepth(const CompiledPolicy& policy) {
  return policy.needs_file_digest ? Depth::kEveryBlock : Depth::kContents;
}

SignatureStanding StandingOf(const ImageFacts& facts, const TrustStore& trust) {
  const VeritySignature* signature = facts.signature.value();
  if (signature == nullptr) {
    SignatureStanding standing;
    if (const Malformed* malformed = facts.signature.malformed()) {
      standing.state = SignatureState::kInvalid;
      standing.detail = absl::StrCat(malformed->where, ": ", malformed->why);
    }
    return standing;
  }
  return trust.Standing(signature->pkcs7_der, signature->root_hash->hex());
}

DecidedImage Decide(const Candidate& candidate, ImagePort& images,
                    const DecisionContext& context, Depth depth) {
  DecidedImage decided;
  decided.candidate = candidate;
  const std::string name = NameOf(candidate);
  if (!name.empty() && BelongsElsewhere(name, context.host, context.policy)) {
    decided.facts = NamedFacts(candidate);
    decided.decision = WrongEntry(name, context.host, context.policy);
    return decided;
  }
  decided.facts = FactsOf(candidate, images, depth);
  decided.standing = StandingOf(decided.facts, context.trust);
  decided.decision = DecideFacts(decided.facts, decided.standing, context);
  return decided;
}

Report Check(const Ports& ports, const HostFacts& host,
             const LoadedPolicy& loaded, ImagePort& images, Mode mode) {
  const CompiledPolicy& policy = loaded.policy;
  Report report = ReportHead(ports.host, host, loaded);
  report.mode = mode;
  report.diagnostics = loaded.diagnostics;
  for (const Candidate& candidate : images.Candidates(host).value) {
    const DecidedImage image = Decide(
        candidate, images, {policy, loaded.trust, host}, WholeDepth(policy));
    PlannedImage planned;
    planned.action =
        ActionFor(mode, policy.unmergeable, image.decision.verdict);
    report.images.push_back(DescribeImage(image, planned));
    if (image.decision.verdict >= Verdict::kDeny) {
      report.outcome = Outcome::kViolations;
    }
  }
  return report;
}

}  // namespace extgate
