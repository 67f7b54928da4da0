// Ways in: those of the header.
#include "engine/pcr/pcr_bank.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "engine/crypto/stream_hasher.h"
#include "engine/image/byte_cursor.h"

namespace extgate {

size_t DigestSize(PcrBank bank) {
  switch (bank) {
    case PcrBank::kSha1:
      return 20;
    case PcrBank::kSha256:
      return 32;
    case PcrBank::kSha384:
      return 48;
    case PcrBank::kSha512:
      return 64;
  }
  return 0;
}

uint16_t TpmAlgorithm(PcrBank bank) {
  switch (bank) {
    case PcrBank::kSha1:
      return 0x0004;
    case PcrBank::kSha256:
      return 0x000b;
    case PcrBank::kSha384:
      return 0x000c;
    case PcrBank::kSha512:
      return 0x000d;
  }
  return 0;
}

std::optional<PcrBank> BankOfAlgorithm(uint16_t algorithm) {
  for (const auto& [bank, word] : Words<PcrBank>::kTable) {
    if (TpmAlgorithm(bank) == algorithm) return bank;
  }
  return std::nullopt;
}

std::string InitialPcr(PcrBank bank) {
  return std::string(DigestSize(bank), '\0');
}

std::string DigestIn(PcrBank bank, absl::string_view bytes) {
  auto hasher = StreamHasher::Create(ToWord(bank));
  // A value that was not computed must never be compared with anything.
  if (!hasher.ok()) std::abort();
  (*hasher)->Update(BytesOf(bytes));
  return (*hasher)->Finish();
}

std::string ExtendPcr(PcrBank bank, absl::string_view value,
                      absl::string_view digest) {
  return DigestIn(bank, absl::StrCat(value, digest));
}

}  // namespace extgate
