// Whether an image policy admits the partitions that were found: the question
// systemd asks while it dissects an image, answered "yes" only where every
// version from 252 to 262 would.
// Source: systemd.image-policy(7); systemd's dissect-image.c (behaviour).
#ifndef EXTGATE_POLICY_ADMISSION_H_
#define EXTGATE_POLICY_ADMISSION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/image_policy.h"
#include "policy/values.h"

namespace extgate {

// How the signature of a hash tree stands.
enum class TreeTrust {
  kUntrusted,  // none, or none that counts
  kTrusted,
};

// One partition that is there.
struct FoundPartition {
  // What may protect it by itself: of unprotected, encrypted and
  // encryptedwithintegrity those that may be the case.
  PartitionFlags use = kFlagUnprotected;
  // One of read-only-on/off and one of growfs-on/off; 0: not known, and then a
  // policy that pins one of them does not admit it.
  PartitionFlags attributes = 0;
};

// The attributes of a partition with these GPT attribute bits (bit 59 growfs,
// 60 read-only).
PartitionFlags AttributesOf(uint64_t gpt_attribute_bits);

// The partitions that are there, by designator. Allocates nothing.
class FoundByDesignator {
 public:
  FoundByDesignator() = default;
  FoundByDesignator(
      std::initializer_list<std::pair<PartitionDesignator, FoundPartition>>
          found) {
    for (const auto& [designator, partition] : found) {
      (*this)[designator] = partition;
    }
  }

  // Of one that is there from now on.
  FoundPartition& operator[](PartitionDesignator designator) {
    auto& partition = found_[static_cast<size_t>(designator)];
    return partition.has_value() ? *partition : partition.emplace();
  }

  // nullptr: it is absent.
  const FoundPartition* Find(PartitionDesignator designator) const {
    const auto& partition = found_[static_cast<size_t>(designator)];
    return partition.has_value() ? &*partition : nullptr;
  }

  void erase(PartitionDesignator designator) {
    found_[static_cast<size_t>(designator)].reset();
  }

 private:
  std::array<std::optional<FoundPartition>, std::size(kAllPartitionDesignators)>
      found_;
};

// All partitions of an image.
struct FoundPartitions {
  FoundByDesignator found;
  TreeTrust root_trust = TreeTrust::kUntrusted;
  TreeTrust usr_trust = TreeTrust::kUntrusted;
};

// What one state comes to. Ordered: further is looser.
enum class AdmissionOutcome { kRefused, kIgnored, kUsed };

struct Admission {
  // Of the designator asked about. Of a whole table: refused when anything in
  // it is, ignored when neither root nor usr is used.
  AdmissionOutcome outcome = AdmissionOutcome::kUsed;
  // Refused, and a trusted signature would satisfy the data partition's rule.
  bool wants_signature = false;
  // What else is in the way, for people; with wants_signature false and
  // kRefused at least one.
  std::vector<std::string> problems;
};

// Of `data` (root or usr), its hash tree and its signature.
Admission AdmitData(const ImagePolicy& policy, Designator data,
                    const FoundPartitions& partitions);

// Of any designator that is not root, usr or one of their helpers.
Admission AdmitOther(const ImagePolicy& policy, PartitionDesignator designator,
                     const FoundPartitions& partitions);

// Of a whole partition table: every designator, absent ones included.
Admission AdmitTable(const ImagePolicy& policy,
                     const FoundPartitions& partitions);

// Of a filesystem without a table: systemd asks about `root` alone, with no
// attribute set.
Admission AdmitBareFilesystem(const ImagePolicy& policy);

// True when there is an image that `candidate` admits and `floor` does not, or
// uses a partition of which `floor` ignores it: what a local source may not do
// under a floor. Walks every state of the 13 designators. `signed` is not
// looser than `verity`, which admits a signed image as well; a policy that no
// image can satisfy is looser than none. (By version of systemd, and with an
// example: image_policy_comparison.h.)
bool Looser(const ImagePolicy& candidate, const ImagePolicy& floor);

}  // namespace extgate

#endif  // EXTGATE_POLICY_ADMISSION_H_
