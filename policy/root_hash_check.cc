// The way in is CheckRootHash.
#include "policy/root_hash_check.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
namespace {

constexpr size_t kUuidDigits = 32;  // hex digits of 16 bytes

// The 32 hex digits of a UUID in text form; its bytes stand in that order.
std::string DigitsOf(std::string uuid) {
  uuid.erase(std::remove(uuid.begin(), uuid.end(), '-'), uuid.end());
  return absl::AsciiStrToLower(uuid);
}

// "8-4-4-4-12"
std::string UuidOf(const std::string& digits) {
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-",
                      digits.substr(12, 4), "-", digits.substr(16, 4), "-",
                      digits.substr(20));
}

std::optional<std::string> CompareUuids(const Layout& layout,
                                        const RootHash& root_hash) {
  const std::string& hex = root_hash.hex();
  const std::string first = hex.substr(0, kUuidDigits);
  const std::string last = hex.substr(hex.size() - kUuidDigits);
  std::vector<std::string> differences;
  if (DigitsOf(layout.data_uuid) != first) {
    differences.push_back(absl::StrCat("the data partition has UUID `",
                                       layout.data_uuid, "`, its root hash `",
                                       UuidOf(first), "`"));
  }
  if (DigitsOf(layout.verity_uuid) != last) {
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
