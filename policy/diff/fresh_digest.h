// Digits that no policy is likely to name.
#ifndef EXTGATE_POLICY_DIFF_FRESH_DIGEST_H_
#define EXTGATE_POLICY_DIFF_FRESH_DIGEST_H_

namespace extgate {

// 32 bytes in hex: a digest, a root hash or a fingerprint.
inline constexpr char kFreshDigest[] =
    "5eed0000000000000000000000000000000000000000000000000000000000ff";

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_FRESH_DIGEST_H_
