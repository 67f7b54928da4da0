// The machine's TPM 2.0, by tpm2-tss: what its registers hold, and to extend
// them.
#ifndef EXTGATE_ADAPTERS_TPM_H_
#define EXTGATE_ADAPTERS_TPM_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// How long a TPM may take to answer. To extend it takes milliseconds, one that
// tests itself at its start takes a second.
inline constexpr absl::Duration kTpmPatience = absl::Seconds(5);

// Not thread-safe. One that says it is busy is asked again, for as long as it
// may take to answer: no call takes longer than twice that, to open it three
// times.
class Tpm {
 public:
  // `device` as of TpmChannel::Open: "" for the machine's own. Asks it for its
  // banks. NotFound: there is no TPM; FailedPrecondition: tpm2-tss is not
  // installed; InvalidArgument: no such device can be; PermissionDenied;
  // Unavailable, as of every other call: it is busy, fails, does not answer, or
  // refuses, in its own words.
  static absl::StatusOr<std::unique_ptr<Tpm>> Open(
      const std::string& device, absl::Duration patience = kTpmPatience);

  virtual ~Tpm() = default;

  // Those that are active and a PcrBank, sorted.
  virtual absl::StatusOr<std::vector<PcrBank>> Banks() = 0;

  // What a register holds, raw. InvalidArgument: there is no such register;
  // NotFound: the bank has it not, as one that is not active.
  virtual absl::StatusOr<std::string> ReadPcr(PcrBank bank, int pcr) = 0;

  // Extends a register in all active banks by one command; `digests`, raw, may
  // have more. After Unavailable it may have been extended or not.
  // InvalidArgument: there is no such register, a digest of an active bank is
  // missing, or one has another size; FailedPrecondition: a bank is active that
  // is no PcrBank, so that whoever reads it would not see this. Nothing was
  // extended then.
  virtual absl::Status Extend(
      int pcr, const std::map<PcrBank, std::string>& digests) = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TPM_H_
