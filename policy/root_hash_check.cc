// The way in is CheckRootHash.
#include "policy/root_hash_check.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace extgate {
namespace {

constexpr size_t kUuidDigits = 32;  // hex digits of 16 bytes

// Whether a UUID in text form is of these lower-case digits; its bytes stand in
// that order.
bool HasDigits(absl::string_view uuid, absl::string_view digits) {
  for (char c : uuid) {
    if (c == '-') continue;
    if (digits.empty() || absl::ascii_tolower(c) != digits.front()) {
      return false;
    }
    digits.remove_prefix(1);
  }
  return digits.empty();
}

// "8-4-4-4-12"
std::string UuidOf(absl::string_view digits) {
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-",
                      digits.substr(12, 4), "-", digits.substr(16, 4), "-",
                      digits.substr(20));
}

std::optional<std::string> CompareUuids(const Layout& layout,
                                        const RootHash& root_hash) {
  const absl::string_view hex = root_hash.hex();
  const absl::string_view first = hex.substr(0, kUuidDigits);
  const absl::string_view last = hex.substr(hex.size() - kUuidDigits);
  std::vector<std::string> differences;
  if (!HasDigits(layout.data_uuid, first)) {
    differences.push_back(absl::StrCat("the data partition has UUID `",
                                       layout.data_uuid, "`, its root hash `",
                                       UuidOf(first), "`"));
  }
  if (!HasDigits(layout.verity_uuid, last)) {
    differences.push_back(absl::StrCat("the verity partition has UUID `",
                                       layout.verity_uuid, "`, its root hash `",
                                       UuidOf(last), "`"));
  }
  if (differences.empty()) return std::nullopt;
  return absl::StrJoin(differences, ", ");
}

}  // namespace

RootHashCheck CheckRootHash(const ImageFacts& image) {
  RootHashCheck check;
  const VerityTree* tree = image.verity.value();
  if (tree == nullptr || !tree->root_hash.has_value()) return check;
  const VeritySignature* signature = image.signature.value();
  if (signature != nullptr && signature->root_hash != tree->root_hash) {
    check.signature = absl::StrCat(
        "the signature partition names root hash `",
        signature->root_hash.has_value() ? signature->root_hash->hex() : "",
        "`, the tree has `", tree->root_hash->hex(), "`");
  }
  const Layout* layout = image.layout.value();
  if (image.container == Container::kGpt && layout != nullptr) {
    check.uuids = CompareUuids(*layout, *tree->root_hash);
  }
  return check;
}

}  // namespace extgate
