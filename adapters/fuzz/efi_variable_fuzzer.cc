// What efivarfs shows of a variable, as each of those that are read: the first
// four bytes are its attributes, which change nothing.
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/efi_variable.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

constexpr size_t kAttributeBytes = 4;

absl::StatusOr<std::string> CheckData(absl::string_view content) {
  auto data = EfiVariableData(content);
  Require(data.ok() == (content.size() >= kAttributeBytes),
          "what has attributes is read");
  Require(data.ok() ? *data == content.substr(kAttributeBytes)
                    : absl::IsUnavailable(data.status()),
          "all behind the attributes is the data");
  return data;
}

void CheckSecureBoot(absl::string_view content,
                     const absl::StatusOr<std::string>& data) {
  const std::string zero(1, '\0');
  const std::string one(1, '\1');
  const absl::Status absent = absl::NotFoundError("not there");
  const bool one_byte = content.size() == kAttributeBytes + 1;
  const bool is_zero = one_byte && content.back() == 0;
  Require(SecureBootEnforced({data, zero, absent}) ==
              (one_byte && content.back() == 1),
          "Secure Boot is on by a single one");
  Require(SecureBootEnforced({one, data, absent}) == is_zero,
          "setup is over by a single zero");
  Require(SecureBootEnforced({one, zero, data}) == is_zero,
          "shim's checks are on by a single zero");
}

void CheckText(absl::string_view data) {
  const auto text = LoaderText(data);
  const std::optional<std::string> expected = Utf16ToUtf8(BytesOf(data));
  Require(text.ok() == expected.has_value(), "what is UTF-16 is read");
  Require(text.ok() ? *text == *expected : absl::IsUnavailable(text.status()),
          "the text is all behind the attributes");
  if (text.ok()) {
    Require(text->find('\0') == std::string::npos, "text ends at its NUL");
  }
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view content = input.RestText();
  const auto value = extgate::CheckData(content);
  extgate::CheckSecureBoot(content, value);
  if (value.ok()) extgate::CheckText(*value);
  return 0;
}
