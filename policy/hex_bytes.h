// Hashes and digests as distinct types, so that a root hash is never compared
// with a file digest or a certificate fingerprint by accident.
#ifndef EXTGATE_POLICY_HEX_BYTES_H_
#define EXTGATE_POLICY_HEX_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// Between kMin and kMax raw bytes. An object that exists has a valid length.
// Ordered and hashable by its lower-case hex text.
template <typename Tag, size_t kMin, size_t kMax>
class HexBytes {
 public:
  // Parses hex of either case. InvalidArgument (naming what was expected) on a
  // wrong length or a character that is not a hex digit.
  static absl::StatusOr<HexBytes> Parse(absl::string_view hex) {
    for (char c : hex) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) {
        return absl::InvalidArgumentError(
            absl::StrCat("`", hex.substr(0, 140), "` is not hexadecimal"));
      }
    }
    if (hex.size() % 2 != 0 || hex.size() < 2 * kMin || hex.size() > 2 * kMax) {
      return absl::InvalidArgumentError(absl::StrCat(
          "`", hex.substr(0, 140), "` has ", hex.size(),
          " hex digits, expected ", 2 * kMin,
          kMin == kMax ? std::string() : absl::StrCat(" to ", 2 * kMax)));
    }
    return HexBytes(absl::AsciiStrToLower(hex));
  }

  // From raw bytes. InvalidArgument on a wrong length.
  static absl::StatusOr<HexBytes> FromBytes(absl::Span<const uint8_t> bytes) {
    return Parse(absl::BytesToHexString(absl::string_view(
        reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  }

  // Lower-case hex, two digits a byte.
  const std::string& hex() const { return hex_; }
  size_t size_bytes() const { return hex_.size() / 2; }
  std::vector<uint8_t> bytes() const {
    const std::string raw = absl::HexStringToBytes(hex_);
    return std::vector<uint8_t>(raw.begin(), raw.end());
  }

  friend bool operator==(const HexBytes&, const HexBytes&) = default;
  friend auto operator<=>(const HexBytes&, const HexBytes&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const HexBytes& value) {
    return H::combine(std::move(h), value.hex_);
  }

 private:
  explicit HexBytes(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

struct RootHashTag;
struct FileDigestTag;
struct FingerprintTag;

// The root of a dm-verity hash tree: 16 to 64 bytes by the tree's algorithm.
using RootHash = HexBytes<RootHashTag, 16, 64>;
// SHA-256 of a whole file.
using FileDigest = HexBytes<FileDigestTag, 32, 32>;
// SHA-256 of a certificate's DER.
using Fingerprint = HexBytes<FingerprintTag, 32, 32>;

}  // namespace extgate

#endif  // EXTGATE_POLICY_HEX_BYTES_H_
