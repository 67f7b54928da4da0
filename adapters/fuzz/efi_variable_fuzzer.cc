// What efivarfs shows of a variable, as each of those that are read: the first
// four bytes are its attributes, which change nothing.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/efi_variables.h"
#include "adapters/testing/temp_root.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

constexpr char kGlobal[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr char kDatabase[] = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr char kShim[] = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr char kLoader[] = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
constexpr size_t kAttributeBytes = 4;

void Set(const TempRoot& root, absl::string_view name, absl::string_view vendor,
         absl::string_view content) {
  root.File(absl::StrCat("/sys/firmware/efi/efivars/", name, "-", vendor),
            content);
}

void CheckDatabase(const TempRoot& root, absl::string_view content) {
  Set(root, "db", kDatabase, content);
  const auto data = EfiVariables(root.places()).Variable("db");
  Require(data.ok() == (content.size() >= kAttributeBytes),
          "what has attributes is read");
  Require(data.ok() ? *data == content.substr(kAttributeBytes)
                    : absl::IsUnavailable(data.status()),
          "all behind the attributes is the data");
}

void CheckSecureBoot(const TempRoot& root, absl::string_view content) {
  const std::string zero(kAttributeBytes + 1, '\0');
  const bool one_byte = content.size() == kAttributeBytes + 1;
  Set(root, "SecureBoot", kGlobal, content);
  Set(root, "SetupMode", kGlobal, zero);
  Require(EfiVariables(root.places()).SecureBootEnforced() ==
              (one_byte && content.back() == 1),
          "Secure Boot is on by a single one");
  Set(root, "SecureBoot", kGlobal, std::string(kAttributeBytes, '\6') + '\1');
  Set(root, "MokSBStateRT", kShim, content);
  Require(EfiVariables(root.places()).SecureBootEnforced() ==
              (one_byte && content.back() == 0),
          "shim's checks are on by a single zero");
  root.Remove(absl::StrCat("/sys/firmware/efi/efivars/MokSBStateRT-", kShim));
}

void CheckLoader(const TempRoot& root, absl::string_view content) {
  Set(root, "LoaderEntrySelected", kLoader, content);
  const auto text =
      EfiVariables(root.places()).LoaderVariable("LoaderEntrySelected");
  std::optional<std::string> expected;
  if (content.size() >= kAttributeBytes) {
    expected = Utf16ToUtf8(BytesOf(content.substr(kAttributeBytes)));
  }
  Require(text.ok() == expected.has_value(), "what is UTF-16 is read");
  Require(text.ok() ? *text == *expected : absl::IsUnavailable(text.status()),
          "the text is all behind the attributes");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const extgate::TempRoot* const kRoot = new extgate::TempRoot;
  extgate::FuzzInput input(data, size);
  const absl::string_view content = input.RestText();
  extgate::CheckDatabase(*kRoot, content);
  extgate::CheckSecureBoot(*kRoot, content);
  extgate::CheckLoader(*kRoot, content);
  return 0;
}
