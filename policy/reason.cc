// The way in is KindOf: the one table of what each code leads to. The pages of
// help are in reason_help.cc.
#include "policy/reason.h"

#include <algorithm>

namespace extgate {

Verdict KindOf(ReasonCode code) {
  switch (code) {
    case ReasonCode::kUnsigned:
    case ReasonCode::kSignatureInvalid:
    case ReasonCode::kSignerUntrusted:
    case ReasonCode::kSignerRevoked:
    case ReasonCode::kSignerExpired:
    case ReasonCode::kRootHashMismatch:
    case ReasonCode::kImagePolicy:
    case ReasonCode::kDeniedByRule:
    case ReasonCode::kNoMatchingRule:
    case ReasonCode::kVersionOutOfRange:
    case ReasonCode::kDigestMismatch:
    case ReasonCode::kNameMismatch:
    case ReasonCode::kForbiddenContent:
    case ReasonCode::kBypass:
    case ReasonCode::kRequiredMissing:
      return Verdict::kDeny;
    case ReasonCode::kNotADiskImage:
    case ReasonCode::kPartitionTableInvalid:
    case ReasonCode::kLayoutAmbiguous:
    case ReasonCode::kVerityCorrupt:
    case ReasonCode::kFilesystemUnsupported:
    case ReasonCode::kReleaseMissing:
      return Verdict::kUnmergeable;
    case ReasonCode::kWrongEntry:
    case ReasonCode::kReleaseMismatch:
    case ReasonCode::kWrongArchitecture:
    case ReasonCode::kWrongScope:
      return Verdict::kNotApplicable;
    case ReasonCode::kUnreadable:
      return Verdict::kUnreadable;
  }
  return Verdict::kUnreadable;
}

Verdict VerdictOf(const std::vector<Reason>& reasons) {
  Verdict worst = Verdict::kAllow;
  for (const Reason& reason : reasons) {
    if (reason.code == ReasonCode::kWrongEntry) return Verdict::kNotApplicable;
    worst = std::max(worst, KindOf(reason.code));
  }
  return worst;
}

}  // namespace extgate
