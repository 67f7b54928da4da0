// Banks of platform configuration registers: one value a register and
// algorithm.
#ifndef EXTGATE_ENGINE_PCR_PCR_BANK_H_
#define EXTGATE_ENGINE_PCR_PCR_BANK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "policy/words.h"

namespace extgate {

// In the order in which everything of extgate lists them.
enum class PcrBank { kSha1, kSha256, kSha384, kSha512 };

template <>
struct Words<PcrBank> {
  static constexpr char kNoun[] = "PCR bank";
  static constexpr std::pair<PcrBank, const char*> kTable[] = {
      {PcrBank::kSha1, "sha1"},
      {PcrBank::kSha256, "sha256"},
      {PcrBank::kSha384, "sha384"},
      {PcrBank::kSha512, "sha512"},
  };
};

// Raw bytes of one digest or of one register: 20, 32, 48 or 64.
size_t DigestSize(PcrBank bank);

// TPM_ALG_ID (TCG Algorithm Registry): 4, 0xb, 0xc and 0xd.
uint16_t TpmAlgorithm(PcrBank bank);

// The bank that has it; nullopt for any other.
std::optional<PcrBank> BankOfAlgorithm(uint16_t algorithm);

// A TPM 2.0 for PCs has registers 0 to 23.
inline constexpr int kPcrCount = 24;

// Those that systemd-stub measures into (systemd-stub(7)): the kernel image
// that it is part of, then phases of the boot; command line, credentials and
// confexts; sysexts.
inline constexpr int kKernelImagePcr = 11;
inline constexpr int kParametersPcr = 12;
inline constexpr int kExtensionsPcr = 13;

// What a register holds before anything is extended into it, but for those of
// dynamic launch: zeros.
std::string InitialPcr(PcrBank bank);

// The digest of `bytes`, raw. Needs LoadLibcrypto() but for kSha256; the
// process ends where that failed.
std::string DigestIn(PcrBank bank, absl::string_view bytes);

// What it holds after `digest`, raw bytes of that bank, was extended into
// `value`: H(value || digest) (TPM 2.0 Library, part 1, "Extend of a PCR").
// Needs what DigestIn() needs.
std::string ExtendPcr(PcrBank bank, absl::string_view value,
                      absl::string_view digest);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_PCR_BANK_H_
