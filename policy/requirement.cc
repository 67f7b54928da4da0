// The way in is UnmetImagePolicy: facts become found partitions, admission
// answers, and its answer becomes reasons.
#include "policy/requirement.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/admission.h"
#include "policy/protection.h"

namespace extgate {
namespace {

// Enough to tell two certificates apart; the facts have all of it.
constexpr size_t kShortHexDigits = 12;

// Attributes of the partition at `range`; 0 when the table does not have it.
PartitionFlags AttributesAt(const ImageFacts& image, const ByteRange& range) {
  const PartitionTable* table = image.table.value();
  if (table == nullptr) return 0;
  for (const Partition& partition : table->partitions) {
    if (partition.range == range) return AttributesOf(partition.attributes);
  }
  return 0;
}

// The partitions of a table. Words that are no designator go to `unknown`.
struct Found {
  FoundPartitions partitions;
  std::vector<std::string> unknown;
};

Found FoundIn(const ImageFacts& image, const Layout& layout,
              const SignatureStanding& standing) {
  Found result;
  auto& found = result.partitions.found;
  const DesignatorTriple triple = TripleOf(layout.designator);
  found[triple.data] = {kFlagUnprotected, AttributesOf(layout.data_attributes)};
  if (layout.verity.has_value()) {
    found[triple.tree] = {kFlagUnprotected,
                          AttributesAt(image, *layout.verity)};
  }
  if (layout.signature.has_value()) {
    found[triple.signature] = {kFlagUnprotected,
                               AttributesAt(image, *layout.signature)};
  }
  if (layout.root_below.has_value()) {
    found[PartitionDesignator::kRoot] = {
        kFlagUnprotected, AttributesOf(layout.root_below->attributes)};
  }
  for (const std::string& word : layout.other_designators) {
    if (const auto other = PartitionDesignatorFromString(word)) {
      // What protects it is not known, and extgate never merges it.
      found[*other] = {
          kFlagUnprotected | kFlagEncrypted | kFlagEncryptedWithIntegrity, 0};
    } else {
      result.unknown.push_back(word);
    }
  }
  if ((ProtectionOf(image, standing) & kFlagSigned) != 0) {
    (layout.designator == Designator::kRoot ? result.partitions.root_trust
                                            : result.partitions.usr_trust) =
        TreeTrust::kTrusted;
  }
  return result;
}

std::string WithDetail(absl::string_view text, const std::string& detail) {
  return detail.empty() ? std::string(text) : absl::StrCat(text, ": ", detail);
}

// "`CN=db` (sha256:…), whose certificate ended 2026-01-31T23:59:59Z"
std::string DescribeExpired(const Signer& signer) {
  return absl::StrCat(
      DescribeSigner(signer),
      signer.not_after.has_value()
          ? absl::StrCat(", whose certificate ended ",
                         signer.not_after->ToString())
          : ", whose certificate has no end that could be read");
}

// "`CN=db` (sha256:…), whom only rules trust that name the set `acme`"
std::string DescribeOfSets(const Signer& signer) {
  return absl::StrCat(DescribeSigner(signer),
                      ", whom only rules trust that name the set `",
                      absl::StrJoin(signer.sets, "` or `"), "`");
}

// Each signer who does not count, by what is in the way.
std::vector<Reason> UntrustedReasons(const SignatureStanding& standing) {
  std::vector<std::string> strangers;
  std::vector<Reason> reasons;
  for (const Signer& signer : standing.signers) {
    if (signer.trusted) continue;
    if (signer.expired) {
      reasons.push_back({ReasonCode::kSignerExpired,
                         absl::StrCat("signed by ", DescribeExpired(signer))});
    } else if (!signer.sets.empty() && !signer.revoked) {
      reasons.push_back({ReasonCode::kSignerUntrusted,
                         absl::StrCat("signed by ", DescribeOfSets(signer))});
    } else {
      strangers.push_back(DescribeSigner(signer));
    }
  }
  if (!strangers.empty()) {
    reasons.push_back(
        {ReasonCode::kSignerUntrusted,
         absl::StrCat("signed by ", absl::StrJoin(strangers, ", "),
                      ", whom the policy does not trust")});
  }
  if (!reasons.empty()) return reasons;
  return {{ReasonCode::kSignerUntrusted,
           WithDetail("no trusted certificate made the signature",
                      standing.detail)}};
}

// The image policy asks for a trusted signature, and there is none.
std::vector<Reason> WhyNotSigned(const ImageFacts& image,
                                 const SignatureStanding& standing) {
  switch (standing.state) {
    case SignatureState::kNone:
      return {{ReasonCode::kUnsigned,
               image.verity.value() != nullptr
                   ? "the image has a hash tree, but no signature of it"
                   : "the image has neither a hash tree nor a signature"}};
    case SignatureState::kInvalid:
      return {{ReasonCode::kSignatureInvalid,
               WithDetail("not a signature of this image's root hash",
                          standing.detail)}};
    case SignatureState::kUntrusted:
      return UntrustedReasons(standing);
    case SignatureState::kTrusted:
      return {{ReasonCode::kUnsigned,
               "the trusted signature is not one of this image's hash tree"}};
  }
  return {{ReasonCode::kUnsigned, ""}};
}

// A trusted signature is asked for, of the partition(s) that `found` has.
std::vector<Reason> SignatureReasons(const ImageFacts& image,
                                     const SignatureStanding& standing,
                                     const ImagePolicy& policy,
                                     const FoundPartitions& found) {
  std::vector<Reason> reasons;
  const Layout* layout = image.layout.value();
  const bool below = layout != nullptr && layout->root_below.has_value();
  if (!below || AdmitData(policy, Designator::kUsr, found).wants_signature) {
    reasons = WhyNotSigned(image, standing);
  }
  if (below && AdmitData(policy, Designator::kRoot, found).wants_signature) {
    reasons.push_back({ReasonCode::kUnsigned,
                       "the root partition below usr has neither a hash tree "
                       "nor a signature"});
  }
  return reasons;
}

}  // namespace

std::string DescribeSigner(const Signer& signer) {
  const std::string& name =
      signer.subject.empty() ? signer.issuer_and_serial : signer.subject;
  if (!signer.sha256.has_value()) return absl::StrCat("`", name, "`");
  return absl::StrCat("`", name, "` (sha256:",
                      signer.sha256->hex().substr(0, kShortHexDigits), "…)");
}

std::vector<Reason> UnmetImagePolicy(const ImageFacts& image,
                                     const SignatureStanding& standing,
                                     const ImagePolicy& policy) {
  Admission admission;
  Found found;
  const Layout* layout = image.layout.value();
  if (image.container == Container::kGpt && layout != nullptr) {
    found = FoundIn(image, *layout, standing);
    admission = AdmitTable(policy, found.partitions);
    for (const std::string& word : found.unknown) {
      admission.problems.push_back(absl::StrCat("partition `", word,
                                                "` is not one an image policy "
                                                "can speak of"));
    }
  } else {
    admission = AdmitBareFilesystem(policy);
  }
  if (layout != nullptr && layout->root_below.has_value()) {
    // systemd is never told to ignore one of the two.
    for (Designator data : {Designator::kRoot, Designator::kUsr}) {
      if (AdmitData(policy, data, found.partitions).outcome ==
          AdmissionOutcome::kIgnored) {
        admission.problems.push_back(absl::StrCat(
            "the policy ignores partition `", ToWord(data),
            "`, which would merge with the other: `", policy.ToString(), "`"));
      }
    }
  }
  std::vector<Reason> reasons;
  if (admission.wants_signature) {
    reasons = SignatureReasons(image, standing, policy, found.partitions);
  }
  for (std::string& problem : admission.problems) {
    reasons.push_back({ReasonCode::kImagePolicy, std::move(problem)});
  }
  if (reasons.empty() && admission.outcome != AdmissionOutcome::kUsed) {
    reasons.push_back(
        {ReasonCode::kImagePolicy,
         absl::StrCat("not admitted by `", policy.ToString(), "`")});
  }
  return reasons;
}

}  // namespace extgate
