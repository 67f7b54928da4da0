// Statements that registers may hold certain values, signed for whoever has
// sealed a secret to the key: systemd's tpm2-pcr-signature.json.
#ifndef EXTGATE_ENGINE_PCR_SIGNED_POLICY_H_
#define EXTGATE_ENGINE_PCR_SIGNED_POLICY_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// Numbers of registers: a mask.
using PcrSet = std::set<int>;

// "11+13". InvalidArgument for anything but numbers from 0 to 23, each once,
// with `+` or `,` between them.
absl::StatusOr<PcrSet> ParsePcrSet(absl::string_view text);
std::string PcrSetText(const PcrSet& pcrs);  // "11+13"

// The digest of a policy that asks for these values (raw, of that bank) and
// nothing else, 32 bytes: TPM2_PolicyPCR on a session that is new, of SHA-256
// whatever the bank (TPM 2.0 Library, part 3, PolicyPCR).
std::string PcrPolicyDigest(PcrBank bank,
                            const std::map<int, std::string>& values);

// One statement; byte strings are raw.
struct SignedPolicy {
  PcrBank bank = PcrBank::kSha256;
  PcrSet pcrs;
  std::string fingerprint;  // of the key: RsaPublicKey::Fingerprint()
  std::string digest;       // PcrPolicyDigest()
  std::string signature;    // RSASSA-PKCS1-v1_5 with SHA-256 of `digest`
  // What it is for (`ref`), as "initrd": systemd from 262 on lets NvPCRs begin
  // by such a one. Its signature is of `digest` and the SHA-256 of this, and so
  // opens nothing that is sealed without (TPM 2.0 Library, part 3,
  // PolicyAuthorize: policyRef).
  std::optional<std::string> reference = std::nullopt;
  friend bool operator==(const SignedPolicy&, const SignedPolicy&) = default;
};

// No file of them is longer.
inline constexpr size_t kMaxSignatureFile = size_t{16} << 20;  // bytes

// The statements in `json`, a file of them, in its order. Of banks that are not
// known here none is given. InvalidArgument, with where: it has another shape.
absl::StatusOr<std::vector<SignedPolicy>> ReadSignedPolicies(
    absl::string_view json);

// The file `json` with `more` behind what it has, all of which stays, also
// banks and fields that are not known here; what it has already is not added
// again. Of statements that differ in nothing but the signature a machine takes
// the first, and no other where the TPM refuses that (systemd's
// src/shared/tpm2-util.c): those of `more` then come before those of the file,
// in the order of `more`. `json` is empty for a new file. InvalidArgument as of
// ReadSignedPolicies.
absl::StatusOr<std::string> AddSignedPolicies(
    absl::string_view json, absl::Span<const SignedPolicy> more);

// OK when a key may sign for `pcrs`, without a reference, where it has signed
// `signed_before`. FailedPrecondition where that, without a reference too, was
// for other registers: a secret is sealed to the key and not to the registers,
// so that whoever can write to the disk could have it opened by the weaker of
// the two statements (TPM 2.0 Library, part 3, PolicyAuthorize).
absl::Status MaySignFor(const PcrSet& pcrs, absl::string_view fingerprint,
                        absl::Span<const SignedPolicy> signed_before);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_SIGNED_POLICY_H_
