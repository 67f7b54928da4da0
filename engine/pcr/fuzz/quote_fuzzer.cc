// A quote of a TPM, and its signature: what is read of it is of its shape; a
// signature is of one message.
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/quote.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

// The one of testdata/pcr/quote-ecc.pem.
constexpr char kKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEF8oMZHrUB2tfaAlUXC9NlfxLsQAS\n"
    "WyYl4fnZJFRmHizU5ndnga2mj9xMKDteD7UbmKBn8GMK9GyFZtiJHdDztQ==\n"
    "-----END PUBLIC KEY-----\n";

void CheckShape(const Quote& quote, absl::string_view message) {
  Require(quote.nonce.size() + quote.digest.size() < message.size(),
          "nonce and digest lie in the message");
  for (const auto& [bank, registers] : quote.registers) {
    int before = -1;
    for (const int pcr : registers) {
      Require(pcr > before && pcr < kPcrCount, "registers ascend");
      before = pcr;
    }
    size_t times = 0;
    for (const auto& [other, more] : quote.registers) times += other == bank;
    Require(times == 1, "a bank is there once");
  }
  const auto value = [](PcrBank bank, int) { return InitialPcr(bank); };
  Require(QuotedDigest(quote, PcrBank::kSha256, value).size() ==
              DigestSize(PcrBank::kSha256),
          "there is a digest of it");
}

void Check(FuzzInput input) {
  const auto bytes = input.Bytes(input.U16());
  const std::string message(bytes.begin(), bytes.end());
  const std::string signature(input.RestText());
  const auto quote = ParseQuote(message);
  Require(quote.ok() || absl::IsInvalidArgument(quote.status()),
          "a quote is read or InvalidArgument");
  if (quote.ok()) CheckShape(*quote, message);
  const auto checked = CheckQuote(message, signature, kKey);
  Require(checked.ok() || absl::IsInvalidArgument(checked.status()) ||
              absl::IsPermissionDenied(checked.status()),
          "a quote is signed, or it is said why not");
  std::string other = message;
  if (!other.empty()) other.front() = static_cast<char>(other.front() ^ 1);
  Require(
      other == message || !checked.ok() ||
          absl::IsPermissionDenied(CheckQuote(other, signature, kKey).status()),
      "who signed this has not signed another");
  Require(!CheckQuote(message, signature, signature).ok(),
          "a signature is no key");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::Require(extgate::LoadLibcrypto().ok(), "there is a libcrypto");
  extgate::Check(extgate::FuzzInput(data, size));
  return 0;
}
