// Whose signature counts for whom: a certificate of a trust set only where a
// rule names the set, and where the policy asks for that nobody whose
// certificate has expired.
#ifndef EXTGATE_POLICY_SIGNER_TRUST_H_
#define EXTGATE_POLICY_SIGNER_TRUST_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "policy/signature_standing.h"
#include "policy/utc_time.h"

namespace extgate {

// Whether one of `sets` has the certificate of `signer`, whatever that is
// worth: revoked and expired ones too.
bool IsIn(const std::vector<std::string>& sets, const Signer& signer);

// The same, and it is neither revoked nor `expired`.
bool IsTrustedIn(const std::vector<std::string>& sets, const Signer& signer);

// Whether the certificate of `signer` is over at `date`, or may be: the time of
// its end cannot be read. One whose time has not begun is not over; the clock
// may be wrong. False of whom no certificate at hand vouches for.
bool IsOver(const Signer& signer, const UtcTime& date);

// `standing` with every signer that IsOver marked as expired and not trusted.
SignatureStanding WithoutExpired(SignatureStanding standing,
                                 const UtcTime& date);

// Whether every signer is trusted, by every rule or by one that names `sets`.
bool AllTrustedWith(SignatureState state, absl::Span<const Signer> signers,
                    const std::vector<std::string>& sets);

// `standing` as a rule sees it that names `sets`: who IsTrustedIn them is
// trusted.
SignatureStanding WithSets(SignatureStanding standing,
                           const std::vector<std::string>& sets);

}  // namespace extgate

#endif  // EXTGATE_POLICY_SIGNER_TRUST_H_
