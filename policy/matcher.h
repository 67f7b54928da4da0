// Whether a rule is about an image: the conditions of deny rules, the selection
// of allow rules, and the content that an allow rule pins.
#ifndef EXTGATE_POLICY_MATCHER_H_
#define EXTGATE_POLICY_MATCHER_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/facts.h"
#include "policy/hex_bytes.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"
#include "policy/values.h"

namespace extgate {

// What rules can ask of an image. What is not known is nullopt or empty, and no
// condition on it holds.
struct Subject {
  std::string outside_name;  // of the file
  std::string inside_name;   // of the extension-release; else the outside name
  std::optional<RootHash> root_hash;  // computed from the tree
  // The same where it stands for all that would be merged.
  std::optional<RootHash> whole_root_hash;
  std::optional<FileDigest> sha256;  // of the whole file
  bool all_signers_trusted = false;  // and they signed all that would be merged
  std::vector<std::optional<Fingerprint>> signers;  // one a signer
  ImageClass image_class = ImageClass::kSysext;
  // Of the partition types, else the extension-release's ARCHITECTURE.
  std::optional<Architecture> architecture;
  std::string entry;  // booted; of the host
};

Subject SubjectOf(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host);

// nullopt when every condition of the deny rule holds, else the first that does
// not, for people: "name `k3s` is not one of `rke2*`". `name` and `version`
// hold for the name outside or inside, and where it cannot be told: a pattern
// that could not be matched, a name without a version in it. `signer` holds for
// any signer, trusted or not.
std::optional<std::string> WhyDenyDoesNotMatch(const CompiledRule& rule,
                                               const Subject& subject);

// nullopt when the allow rule selects, else why not. `name` holds for the name
// inside alone, and where that can be told; `signer` when all signers are
// trusted and in the rule's set; `root_hash` and `signer` only where they cover
// all that would be merged; without `name` root_hash and sha256 select, with it
// they do not.
std::optional<std::string> WhyAllowDoesNotSelect(const CompiledRule& rule,
                                                 const Subject& subject);

// version-out-of-range when an allow rule that selects asks for other versions
// than the one in the name inside. Several patterns: one of them suffices.
std::vector<Reason> VersionOutOfRange(const CompiledRule& rule,
                                      const Subject& subject);

// digest-mismatch for each of root_hash and sha256 that an allow rule, which
// selects by name, pins to another value or to one that is not known.
std::vector<Reason> PinnedElsewhere(const CompiledRule& rule,
                                    const Subject& subject);

}  // namespace extgate

#endif  // EXTGATE_POLICY_MATCHER_H_
