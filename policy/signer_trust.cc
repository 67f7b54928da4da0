// Ways in: WithoutExpired, then WithSets for one rule.
#include "policy/signer_trust.h"

#include "absl/algorithm/container.h"

namespace extgate {
bool IsIn(const std::vector<std::string>& sets, const Signer& signer) {
  return absl::c_any_of(signer.sets, [&sets](const std::string& name) {
    return absl::c_linear_search(sets, name);
  });
}

bool IsTrustedIn(const std::vector<std::string>& sets, const Signer& signer) {
  return !signer.revoked && !signer.expired && IsIn(sets, signer);
}

bool IsOver(const Signer& signer, const UtcTime& date) {
  if (!signer.trusted && signer.sets.empty()) return false;
  return !signer.not_after.has_value() || date > *signer.not_after;
}

SignatureStanding WithoutExpired(SignatureStanding standing,
                                 const UtcTime& date) {
  for (Signer& signer : standing.signers) {
    // Of a revoked one it is enough that it is revoked.
    if (signer.revoked || !IsOver(signer, date)) continue;
    signer.expired = true;
    signer.trusted = false;
    if (standing.state == SignatureState::kTrusted) {
      standing.state = SignatureState::kUntrusted;
    }
  }
  return standing;
}

bool AllTrustedWith(SignatureState state, absl::Span<const Signer> signers,
                    const std::vector<std::string>& sets) {
  if (state == SignatureState::kTrusted) return true;
  return !sets.empty() && state == SignatureState::kUntrusted &&
         !signers.empty() &&
         absl::c_all_of(signers, [&sets](const Signer& signer) {
           return signer.trusted || IsTrustedIn(sets, signer);
         });
}

SignatureStanding WithSets(SignatureStanding standing,
                           const std::vector<std::string>& sets) {
  if (AllTrustedWith(standing.state, standing.signers, sets)) {
    standing.state = SignatureState::kTrusted;
    standing.detail.clear();
  }
  for (Signer& signer : standing.signers) {
    if (IsTrustedIn(sets, signer)) signer.trusted = true;
  }
  return standing;
}

}  // namespace extgate
