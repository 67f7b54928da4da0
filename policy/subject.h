// What rules can ask of an image, looked up once.
#ifndef EXTGATE_POLICY_SUBJECT_H_
#define EXTGATE_POLICY_SUBJECT_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "policy/facts.h"
#include "policy/hex_bytes.h"
#include "policy/signature_standing.h"
#include "policy/values.h"

namespace extgate {

// What is not known is nullptr, nullopt or empty, and no condition on it holds.
// Refers to the facts it was made from, which must outlive it; making one
// allocates nothing.
struct Subject {
  absl::string_view outside_name;  // of the file
  absl::string_view inside_name;   // of the extension-release; else the outside
  const RootHash* root_hash = nullptr;  // computed from the tree
  // The same where it stands for all that would be merged.
  const RootHash* whole_root_hash = nullptr;
  const FileDigest* sha256 = nullptr;  // of the whole file
  SignatureState signature = SignatureState::kNone;
  // The signatures are well-formed ones of all that would be merged.
  bool signed_as_a_whole = false;
  absl::Span<const Signer> signers;
  ImageClass image_class = ImageClass::kSysext;
  // Of the partition types, else the extension-release's ARCHITECTURE.
  std::optional<Architecture> architecture;
  absl::string_view entry;  // booted; of the host
};

// `standing` is without expired signers where the policy asks for that, and
// without any trust set (signer_trust.h).
Subject SubjectOf(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host);

}  // namespace extgate

#endif  // EXTGATE_POLICY_SUBJECT_H_
