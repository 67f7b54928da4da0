// Ways in: ParseQuote, CheckQuote.
#include "engine/pcr/quote.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "engine/crypto/public_key.h"

namespace extgate {
namespace {

constexpr uint32_t kGenerated = 0xff544347;  // TPM_GENERATED_VALUE
constexpr uint16_t kAttestQuote = 0x8018;    // TPM_ST_ATTEST_QUOTE
constexpr uint16_t kRsassa = 0x0014;         // TPM_ALG_RSASSA
constexpr uint16_t kEcdsa = 0x0018;          // TPM_ALG_ECDSA
constexpr uint64_t kClockInfo = 17;          // bytes of a TPMS_CLOCK_INFO
constexpr uint64_t kFirmwareVersion = 8;     // bytes
constexpr uint32_t kMaxBanks = 16;
constexpr size_t kMaxSelect = 4;  // bytes of a bitmap

// Big-endian reads one after the other; what is not there is zero, and is
// remembered.
class TpmReader {
 public:
  explicit TpmReader(absl::string_view bytes) : rest_(bytes) {}

  uint32_t Number(size_t width) {
    uint32_t value = 0;
    for (const char c : Take(width)) {
      value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
  }
  absl::string_view Take(uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const absl::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  // A TPM2B: its size (u16), then so many bytes.
  absl::string_view Sized() { return Take(Number(2)); }

  bool ok() const { return ok_; }
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

absl::Status NoQuote(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("it is no quote: ", why));
}

std::vector<int> RegistersIn(absl::string_view bitmap) {
  std::vector<int> registers;
  for (size_t i = 0; i < bitmap.size() * 8; ++i) {
    if ((static_cast<unsigned char>(bitmap[i / 8]) >> (i % 8) & 1) != 0) {
      registers.push_back(static_cast<int>(i));
    }
  }
  return registers;
}

// Takes a TPML_PCR_SELECTION.
absl::Status TakeSelection(TpmReader& reader, Quote& quote) {
  const uint32_t banks = reader.Number(4);
  if (banks > kMaxBanks) return NoQuote("it has more banks than a TPM");
  for (uint32_t i = 0; i < banks; ++i) {
    const uint16_t algorithm = static_cast<uint16_t>(reader.Number(2));
    const absl::string_view bitmap = reader.Take(reader.Number(1));
    if (!reader.ok()) break;
    const auto bank = BankOfAlgorithm(algorithm);
    if (!bank.has_value() || bitmap.size() > kMaxSelect) {
      return NoQuote(absl::StrCat("it has registers of a bank 0x",
                                  absl::Hex(algorithm),
                                  ", which is not known here"));
    }
    for (const auto& [before, registers] : quote.registers) {
      if (before == *bank) return NoQuote("it has a bank twice");
    }
    quote.registers.emplace_back(*bank, RegistersIn(bitmap));
    if (!quote.registers.back().second.empty() &&
        quote.registers.back().second.back() >= kPcrCount) {
      return NoQuote("it has a register that there is not");
    }
  }
  return absl::OkStatus();
}

// Big-endian, unsigned, as an INTEGER of DER.
std::string DerNumber(absl::string_view number) {
  while (!number.empty() && number.front() == '\0') number.remove_prefix(1);
  std::string content(number);
  if (content.empty() || (static_cast<unsigned char>(content[0]) & 0x80) != 0) {
    content.insert(content.begin(), '\0');
  }
  return absl::StrCat(std::string{'\x02', static_cast<char>(content.size())},
                      content);
}

// ECDSA-Sig-Value (RFC 3279, 2.2.3); "" where a number is longer than of any
// curve of a TPM.
std::string EcdsaSignature(absl::string_view r, absl::string_view s) {
  constexpr size_t kLongest = 66;
  if (r.size() > kLongest || s.size() > kLongest) return "";
  const std::string numbers = DerNumber(r) + DerNumber(s);
  std::string head = {'\x30'};
  if (numbers.size() > 127) head += '\x81';
  head += static_cast<char>(numbers.size());
  return head + numbers;
}

std::optional<SignatureDigest> DigestOf(uint16_t algorithm) {
  const auto bank = BankOfAlgorithm(algorithm);
  if (bank == PcrBank::kSha256) return SignatureDigest::kSha256;
  if (bank == PcrBank::kSha384) return SignatureDigest::kSha384;
  if (bank == PcrBank::kSha512) return SignatureDigest::kSha512;
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Quote> ParseQuote(absl::string_view message) {
  TpmReader reader(message);
  if (reader.Number(4) != kGenerated) {
    return NoQuote("no TPM has generated it");
  }
  if (reader.Number(2) != kAttestQuote) return NoQuote("it attests another");
  reader.Sized();  // the name of the key
  Quote quote;
  quote.nonce = std::string(reader.Sized());
  reader.Take(kClockInfo + kFirmwareVersion);
  if (absl::Status taken = TakeSelection(reader, quote); !taken.ok()) {
    return taken;
  }
  quote.digest = std::string(reader.Sized());
  if (!reader.Done()) return NoQuote("it does not end where it should");
  return quote;
}

absl::StatusOr<PcrBank> CheckQuote(absl::string_view message,
                                   absl::string_view signature,
                                   absl::string_view key) {
  TpmReader reader(signature);
  const uint32_t scheme = reader.Number(2);
  const uint16_t algorithm = static_cast<uint16_t>(reader.Number(2));
  std::string raw(reader.Sized());
  if (scheme == kEcdsa) raw = EcdsaSignature(raw, reader.Sized());
  const auto digest = DigestOf(algorithm);
  if (!reader.Done() || raw.empty() || !digest.has_value() ||
      (scheme != kRsassa && scheme != kEcdsa)) {
    return absl::InvalidArgumentError(
        "it is no signature of a TPM by RSASSA or ECDSA with SHA-256, SHA-384 "
        "or SHA-512");
  }
  const auto public_key = PublicKey::FromPem(key);
  if (!public_key.ok()) return public_key.status();
  if (!public_key->Verifies(
          scheme == kEcdsa ? SignatureKey::kEc : SignatureKey::kRsa, *digest,
          message, raw)) {
    return absl::PermissionDeniedError(
        "it is not the signature of that key over this quote");
  }
  return *BankOfAlgorithm(algorithm);
}

}  // namespace extgate
