// What each version of systemd does with a partition of an extension image
// under an image policy: refuse the image, ignore the partition, or use it, and
// how that is protected then. admission.h asks what all versions agree on; this
// says what each of them does, when it is told nothing else.
// Source: systemd's dissect-image.c (behaviour) of 252, 254, 257, 258, 259 and
// 262; docs/image-policy.md says what was run.
#ifndef EXTGATE_POLICY_PARTITION_FATE_H_
#define EXTGATE_POLICY_PARTITION_FATE_H_

#include <string>
#include <utility>
#include <vector>

#include "policy/image_policy.h"
#include "policy/signature_standing.h"
#include "policy/values.h"
#include "policy/words.h"

namespace extgate {

inline constexpr int kOldestSystemd = 252;
inline constexpr int kNewestSystemd = 262;  // that this knows of

// What becomes of a partition.
enum class Fate {
  kRefused,      // by the policy, and with it everything that was to merge
  kFailed,       // the policy lets it in, and it cannot be activated: the same
  kIgnored,      // it is there and not used
  kAbsent,       // it is not there, and need not be
  kUnprotected,  // used as it is, a hash tree or not
  kEncrypted,    // unlocked by its key
  kVerity,       // by its root hash, whoever says so
  kSignature,    // by a root hash that a trusted key signed
};

template <>
struct Words<Fate> {
  static constexpr char kNoun[] = "fate";
  static constexpr std::pair<Fate, const char*> kTable[] = {
      {Fate::kRefused, "refused"},         {Fate::kFailed, "failed"},
      {Fate::kIgnored, "ignored"},         {Fate::kAbsent, "absent"},
      {Fate::kUnprotected, "unprotected"}, {Fate::kEncrypted, "encrypted"},
      {Fate::kVerity, "verity"},           {Fate::kSignature, "signature"},
  };
};

// Neither refused nor failed.
bool IsAccepted(Fate fate);

enum class Content { kAbsent, kPlain, kEncrypted, kEncryptedWithIntegrity };

// One partition.
struct PartitionState {
  Content content = Content::kAbsent;
  // One of read-only-on/off and one of growfs-on/off.
  PartitionFlags attributes = kFlagReadOnlyOff | kFlagGrowfsOff;
  // What is in it, of the filesystems that a policy can name; 0: another one.
  PartitionFlags filesystem = 0;
};

// A data partition and its helpers.
struct DataState {
  PartitionState data;
  PartitionState tree;       // plain or absent
  PartitionState signature;  // plain or absent
  // Of the signature partition; kNone where there is none.
  SignatureState standing = SignatureState::kNone;
};

// One systemd that is told `--image-policy=` and environment.
struct Systemd {
  int version = kNewestSystemd;
  // kOff: SYSTEMD_DISSECT_VERITY_SIGNATURE=0.
  enum class SignatureChecks { kOn, kOff };
  SignatureChecks checks = SignatureChecks::kOn;
};

// What `systemd` does with the data partition of `state`. 252 and 253 know no
// image policy: whatever `policy` says, everything is open.
Fate FateOfData(const ImagePolicy& policy, Designator data,
                const DataState& state, const Systemd& systemd);

// The same of a designator that is not root, usr or one of their helpers.
Fate FateOfOther(const ImagePolicy& policy, PartitionDesignator designator,
                 const PartitionState& state, const Systemd& systemd);

// Of a filesystem without a partition table, which systemd takes for root.
Fate FateOfBareFilesystem(const ImagePolicy& policy, PartitionFlags filesystem,
                          const Systemd& systemd);

// Versions that treat every image alike, first to last.
struct SystemdRange {
  int first;
  int last;
};
const std::vector<SystemdRange>& SystemdRanges();

// "254 to 257", "258".
std::string ToString(const SystemdRange& range);

// "a hash tree and a signature that does not count".
std::string Describe(const DataState& state);
std::string Describe(const PartitionState& state);

}  // namespace extgate

#endif  // EXTGATE_POLICY_PARTITION_FATE_H_
