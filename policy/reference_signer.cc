// Ways in: ReferenceCounted, then what a rule asks.
#include "policy/reference_signer.h"

#include <string>
#include <vector>

namespace extgate {
namespace {

bool Contains(const std::vector<LocatedText>& list, const std::string& text) {
  for (const LocatedText& item : list) {
    if (item.value == text) return true;
  }
  return false;
}

bool IsListed(const RuleMatch& match, const Signer& signer) {
  return signer.sha256 &&
         (Contains(match.signers, signer.sha256->hex()) ||
          Contains(match.signers, "sha256:" + signer.sha256->hex()));
}

bool IsInNamedSet(const RuleMatch& match, const Signer& signer) {
  for (const std::string& set : signer.sets) {
    if (Contains(match.signer_sets, set)) return true;
  }
  return false;
}

}  // namespace

bool ReferenceAsksForSigners(const RuleMatch& match) {
  return match.signers.size() + match.signer_sets.size() > 0;
}

bool ReferenceSignerDenied(const RuleMatch& match,
                           const SignatureStanding& standing,
                           const Policy& policy) {
  if (!ReferenceAsksForSigners(match)) return true;
  for (const LocatedText& set : match.signer_sets) {
    if (policy.trust.sets.count(set.value) == 0 &&
        standing.state != SignatureState::kNone) {
      return true;
    }
  }
  for (const Signer& signer : standing.signers) {
    if (IsListed(match, signer) || IsInNamedSet(match, signer)) return true;
  }
  return false;
}

bool ReferenceSignersAllowed(const RuleMatch& match,
                             const SignatureStanding& standing) {
  for (const Signer& signer : standing.signers) {
    if (!IsListed(match, signer) && !IsInNamedSet(match, signer)) return false;
    if (!signer.trusted) return false;
  }
  return !standing.signers.empty();
}

SignatureStanding ReferenceCounted(const SignatureStanding& standing,
                                   const RuleMatch* match,
                                   const HostFacts& host,
                                   const Policy& policy) {
  const bool asks = policy.trust.require_unexpired.has_value() &&
                    policy.trust.require_unexpired->value;
  SignatureStanding counted = standing;
  bool all_trusted = !standing.signers.empty();
  bool one_expired = false;
  for (Signer& signer : counted.signers) {
    const bool known = signer.trusted || !signer.sets.empty();
    if (asks && known && !signer.revoked &&
        (!signer.not_after || *signer.not_after < host.date)) {
      signer.expired = true;
      signer.trusted = false;
      one_expired = true;
    } else if (match != nullptr && !signer.revoked &&
               IsInNamedSet(*match, signer)) {
      signer.trusted = true;
    }
    all_trusted = all_trusted && signer.trusted;
  }
  if (standing.state == SignatureState::kTrusted && one_expired) {
    counted.state = SignatureState::kUntrusted;
  }
  if (standing.state == SignatureState::kUntrusted && all_trusted) {
    counted.state = SignatureState::kTrusted;
  }
  return counted;
}

}  // namespace extgate
