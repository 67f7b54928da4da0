// Digests of one stream in several banks, a processor each.
#ifndef EXTGATE_ENGINE_PCR_BANK_HASHER_H_
#define EXTGATE_ENGINE_PCR_BANK_HASHER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// One message after the other. Not thread-safe. While it lives no process may
// be forked.
class BankHasher {
 public:
  // Of `banks`, each once. FailedPrecondition: the system has no libcrypto.
  static absl::StatusOr<std::unique_ptr<BankHasher>> Create(
      absl::Span<const PcrBank> banks);

  virtual ~BankHasher() = default;

  // Large pieces are hashed in all banks at the same time; it returns when all
  // are done.
  virtual void Update(absl::Span<const uint8_t> bytes) = 0;

  // The digests of what came since the last call, raw; the next message begins.
  virtual std::map<PcrBank, std::string> Finish() = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_BANK_HASHER_H_
