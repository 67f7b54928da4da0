// Ways in: EfiVariableData, what its data means by the next two, and
// LoaderVariableFile.
#include "adapters/efi_variable.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"

namespace extgate {
namespace {

constexpr size_t kAttributeBytes = 4;
// EFI_VARIABLE_NON_VOLATILE, _BOOTSERVICE_ACCESS and _RUNTIME_ACCESS (UEFI).
constexpr char kKept[kAttributeBytes + 1] = "\x07\0\0";

// Whether it is a boolean variable of that value, which is one byte.
bool Is(const absl::StatusOr<std::string>& data, char value) {
  return data.ok() && *data == absl::string_view(&value, 1);
}

}  // namespace

absl::StatusOr<std::string> EfiVariableData(absl::string_view content) {
  if (content.size() < kAttributeBytes) {
    return absl::UnavailableError(absl::StrCat(
        content.size(), " bytes are less than a variable's attributes"));
  }
  return std::string(content.substr(kAttributeBytes));
}

bool SecureBootEnforced(const SecureBootVariables& variables) {
  // Whoever switched shim's checks off may boot any kernel; the kernel itself
  // calls that insecure too.
  if (!absl::IsNotFound(variables.shim_insecure.status()) &&
      !Is(variables.shim_insecure, 0)) {
    return false;
  }
  return Is(variables.secure_boot, 1) && Is(variables.setup_mode, 0);
}

absl::StatusOr<std::string> LoaderText(absl::string_view data) {
  std::optional<std::string> text = Utf16ToUtf8(BytesOf(data));
  if (!text.has_value()) return absl::UnavailableError("it is not UTF-16");
  return *std::move(text);
}

absl::StatusOr<std::string> LoaderVariableFile(absl::string_view text) {
  const std::optional<std::string> units = Utf8ToUtf16(text);
  if (!units.has_value()) {
    return absl::InvalidArgumentError("it cannot be said in UTF-16");
  }
  return absl::StrCat(absl::string_view(kKept, kAttributeBytes), *units);
}

}  // namespace extgate
