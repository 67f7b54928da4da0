// The signed policies that a kernel image carries for itself.
#ifndef EXTGATE_ENGINE_PCR_CARRIED_POLICIES_H_
#define EXTGATE_ENGINE_PCR_CARRIED_POLICIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "engine/pcr/signed_policy.h"

namespace extgate {

// Those in each `.pcrsig` of `kernel_image`: every profile may have its own.
// What it has a `.pcrpkey` for is given too, without digest and signature: that
// key is there to sign for register 11; one that is not RSA signs nothing, and
// is passed over. InvalidArgument, with the section: it has another shape, or
// this is no PE file; ResourceExhausted: a `.pcrsig` is longer than
// kMaxSignatureFile; Unavailable: I/O. Source: systemd-stub(7).
absl::StatusOr<std::vector<SignedPolicy>> PoliciesCarriedBy(
    ImageReader& kernel_image);

// The file `json` (signed_policy.h) with the policies of `kernel_image` behind
// what it has; as it is where that has none. Errors of PoliciesCarriedBy and
// AddSignedPolicies.
absl::StatusOr<std::string> WithCarriedPolicies(const std::string& json,
                                                ImageReader& kernel_image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_CARRIED_POLICIES_H_
