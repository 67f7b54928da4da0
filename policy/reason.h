// The registry of reason codes: why an image is not simply allowed. Each code
// has one kind, which is the verdict it causes, and a page of help.
#ifndef EXTGATE_POLICY_REASON_H_
#define EXTGATE_POLICY_REASON_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/values.h"
#include "policy/words.h"

namespace extgate {

enum class ReasonCode {
  // deny: policy says no
  kUnsigned,
  kSignatureInvalid,
  kSignerUntrusted,
  kSignerRevoked,
  kSignerExpired,
  kRootHashMismatch,
  kImagePolicy,
  kDeniedByRule,
  kNoMatchingRule,
  kVersionOutOfRange,
  kDigestMismatch,
  kNameMismatch,
  kForbiddenContent,
  kBypass,
  kRequiredMissing,
  // unmergeable: systemd would fail on it and merge nothing, or extgate cannot
  // read it, or its data contradicts its tree
  kNotADiskImage,
  kPartitionTableInvalid,
  kLayoutAmbiguous,
  kVerityCorrupt,
  kFilesystemUnsupported,
  kReleaseMissing,
  // not-applicable: systemd would ignore it on this host
  kWrongEntry,
  kReleaseMismatch,
  kWrongArchitecture,
  kWrongScope,
  // unreadable: we could not look
  kUnreadable,
};

template <>
struct Words<ReasonCode> {
  static constexpr char kNoun[] = "code";
  static constexpr std::pair<ReasonCode, const char*> kTable[] = {
      {ReasonCode::kUnsigned, "unsigned"},
      {ReasonCode::kSignatureInvalid, "signature-invalid"},
      {ReasonCode::kSignerUntrusted, "signer-untrusted"},
      {ReasonCode::kSignerRevoked, "signer-revoked"},
      {ReasonCode::kSignerExpired, "signer-expired"},
      {ReasonCode::kRootHashMismatch, "root-hash-mismatch"},
      {ReasonCode::kImagePolicy, "image-policy"},
      {ReasonCode::kDeniedByRule, "denied-by-rule"},
      {ReasonCode::kNoMatchingRule, "no-matching-rule"},
      {ReasonCode::kVersionOutOfRange, "version-out-of-range"},
      {ReasonCode::kDigestMismatch, "digest-mismatch"},
      {ReasonCode::kNameMismatch, "name-mismatch"},
      {ReasonCode::kForbiddenContent, "forbidden-content"},
      {ReasonCode::kBypass, "bypass"},
      {ReasonCode::kRequiredMissing, "required-missing"},
      {ReasonCode::kNotADiskImage, "not-a-disk-image"},
      {ReasonCode::kPartitionTableInvalid, "partition-table-invalid"},
      {ReasonCode::kLayoutAmbiguous, "layout-ambiguous"},
      {ReasonCode::kVerityCorrupt, "verity-corrupt"},
      {ReasonCode::kFilesystemUnsupported, "filesystem-unsupported"},
      {ReasonCode::kReleaseMissing, "release-missing"},
      {ReasonCode::kWrongEntry, "wrong-entry"},
      {ReasonCode::kReleaseMismatch, "release-mismatch"},
      {ReasonCode::kWrongArchitecture, "wrong-architecture"},
      {ReasonCode::kWrongScope, "wrong-scope"},
      {ReasonCode::kUnreadable, "unreadable"},
  };
};

// Why, for one image: the code and what was seen, in the user's nouns.
struct Reason {
  ReasonCode code;
  std::string detail;
  friend bool operator==(const Reason&, const Reason&) = default;
};

// The verdict that a reason of this code causes.
Verdict KindOf(ReasonCode code);

// A page of help for `code`: what it means, what to look at, what to do next.
// Several lines, wrapped at 80 columns, ends in a newline.
absl::string_view HelpOf(ReasonCode code);

// The worst kind among `reasons`; allow when there is none; not-applicable
// whatever else is there when one of them is wrong-entry.
Verdict VerdictOf(const std::vector<Reason>& reasons);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REASON_H_
