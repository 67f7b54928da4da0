// What a TPM signs of its registers, for somebody who asks from elsewhere.
#ifndef EXTGATE_ENGINE_PCR_QUOTE_H_
#define EXTGATE_ENGINE_PCR_QUOTE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// Believed only once CheckQuote() has said OK.
struct Quote {
  // Raw: what the one who asks gave to be signed, so that an old answer is
  // none.
  std::string nonce;
  // Banks and registers of each, ascending, in the order of the TPM.
  std::vector<std::pair<PcrBank, std::vector<int>>> registers;
  std::string digest;  // raw, over their values
  friend bool operator==(const Quote&, const Quote&) = default;
};

// `message` is a TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE (TPM 2.0 Library, part
// 2, 10.12.12), as `tpm2_quote --message` writes it. InvalidArgument, with why:
// another structure, one that does not end where it should, a bank that is no
// PcrBank, or one twice.
absl::StatusOr<Quote> ParseQuote(absl::string_view message);

// Whether `signature`, a TPMT_SIGNATURE (part 2, 11.3.4) as `tpm2_quote
// --signature` writes it, is that of `key` over `message`: RSASSA-PKCS1-v1_5 or
// ECDSA with SHA-256, SHA-384 or SHA-512. `key` is PEM of a public key or a
// certificate; whose it is is for the caller to know. The result is the
// algorithm that Quote::digest is of. InvalidArgument: no such signature or
// key; PermissionDenied: it is not that key's. Needs LoadLibcrypto().
absl::StatusOr<PcrBank> CheckQuote(absl::string_view message,
                                   absl::string_view signature,
                                   absl::string_view key);

// What Quote::digest is when a register holds what `value` says of it.
template <typename Value>
std::string QuotedDigest(const Quote& quote, PcrBank algorithm, Value value) {
  std::string values;
  for (const auto& [bank, registers] : quote.registers) {
    for (const int pcr : registers) values += value(bank, pcr);
  }
  return DigestIn(algorithm, values);
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_QUOTE_H_
