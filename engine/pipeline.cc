// Ways in: Decide for one image, Check for several; Apply is in apply.cc.
#include "engine/pipeline.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "engine/candidate_facts.h"
#include "engine/crypto/libcrypto.h"
#include "engine/host_comparison.h"

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

bool IsNameless(const ImageFacts& facts) {
  return facts.name.empty() && facts.unreadable.empty();
}

// Absent where no rule asks.
Evidence<HostOverlap> OverlapOf(const ImageFacts& facts,
                                const DecisionContext& context) {
  if (!context.policy.needs_host_tree || context.machine == nullptr) {
    return Absent();
  }
  return CompareWithHost(
      facts, *context.machine,
      context.policy.HierarchiesOr(context.host.hierarchies));
}

// Whether a certificate that was given made each signature: then nobody has to
// be looked for inside the PKCS#7.
bool KnowsAllSigners(const SignatureStanding& standing) {
  return standing.state == SignatureState::kTrusted ||
         (standing.state == SignatureState::kUntrusted &&
          absl::c_all_of(standing.signers, [](const Signer& signer) {
            return signer.trusted || !signer.sets.empty();
          }));
}

// Whether there is a signature to verify.
bool HasClaims(const ImageFacts& facts) {
  const VeritySignature* const signature = facts.signature.value();
  return signature != nullptr && signature->claims.value() != nullptr;
}

}  // namespace

Decision DecideFacts(const ImageFacts& facts, const SignatureStanding& standing,
                     const DecisionContext& context) {
  if (IsNameless(facts)) return RefusedName();
  return Evaluate(facts, standing, context.host, context.policy,
                  OverlapOf(facts, context));
}

Decision ExplainFacts(const ImageFacts& facts,
                      const SignatureStanding& standing,
                      const DecisionContext& context) {
  if (IsNameless(facts)) return RefusedName();
  return Explain(facts, standing, context.host, context.policy,
                 OverlapOf(facts, context));
}

TreeWalk WalkFor(const CompiledPolicy& policy) {
  return policy.needs_tree ? TreeWalk::kYes : TreeWalk::kNo;
}

Reach WholeReach(const CompiledPolicy& policy) {
  return {policy.needs_file_digest ? Depth::kEveryBlock : Depth::kContents,
          WalkFor(policy)};
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
  return trust.Standing(signature->claims, signature->root_hash->hex());
}

SignatureStanding ProvedStandingOf(ImageFacts& facts, const TrustStore& trust,
                                   Confinement& confinement) {
  if (HasClaims(facts)) {
    // Before any process is confined that could not open it any more.
    if (absl::Status loaded = LoadLibcrypto(); !loaded.ok()) {
      facts.unreadable = std::string(loaded.message());
      return {};
    }
  }
  SignatureStanding standing = StandingOf(facts, trust);
  if (KnowsAllSigners(standing) || !HasClaims(facts)) {
    return standing;
  }
  LookAtStrangers(confinement, facts);
  return StandingOf(facts, trust);
}

SignatureStanding CountedStanding(const DecidedImage& image,
                                  const DecisionContext& context) {
  return CountedStanding(image.standing, image.decision, context.host,
                         context.policy);
}

bool IsElsewhere(const Candidate& candidate, const DecisionContext& context) {
  const std::string name = NameOf(candidate);
  return !name.empty() && BelongsElsewhere(name, context.host, context.policy);
}

DecidedImage Decide(Looks& looks, Reach reach, const DecisionContext& context,
                    Confinement& confinement) {
  DecidedImage decided;
  decided.candidate = *looks.Upcoming();
  if (IsElsewhere(decided.candidate, context)) {
    looks.Skip();
    decided.facts = NamedFacts(decided.candidate);
    decided.decision =
        WrongEntry(decided.facts.name, context.host, context.policy);
    return decided;
  }
  decided.facts = looks.Next(reach);
  decided.standing =
      ProvedStandingOf(decided.facts, context.trust, confinement);
  decided.decision = ExplainFacts(decided.facts, decided.standing, context);
  return decided;
}

Report Check(const Ports& ports, const HostFacts& host,
             const LoadedPolicy& loaded, Looks& looks, Mode mode,
             const std::function<void(const DecidedImage&)>& each,
             Depth least) {
  const CompiledPolicy& policy = loaded.policy;
  Report report = ReportHead(ports.host, host, loaded);
  report.mode = mode;
  report.diagnostics = loaded.diagnostics;
  const DecisionContext context{policy, loaded.trust, host, &ports.host};
  Reach reach = WholeReach(policy);
  reach.depth = std::max(reach.depth, least);
  while (looks.Upcoming() != nullptr) {
    DecidedImage image = Decide(looks, reach, context, ports.confinement);
    image.standing = CountedStanding(image, context);
    PlannedImage planned;
    planned.action =
        ActionFor(mode, policy.unmergeable, ActingVerdict(image.decision));
    report.images.push_back(DescribeImage(image, planned));
    AddContentWarnings(image, report.diagnostics);
    if (image.decision.verdict >= Verdict::kDeny) {
      report.outcome = Outcome::kViolations;
    }
    if (each) each(image);
  }
  return report;
}

}  // namespace extgate
