// Ways in: StagingDirectoryName and CopyName.
#include "adapters/staging_layout.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"

namespace extgate {

const char* StagingDirectoryName(ImageClass image_class) {
  switch (image_class) {
    case ImageClass::kSysext:
      return "extensions";
    case ImageClass::kConfext:
      return "confexts";
  }
  return "";
}

absl::StatusOr<std::string> CopyName(absl::string_view address) {
  const bool hex =
      std::all_of(address.begin(), address.end(), [](unsigned char c) {
        return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
      });
  if (address.size() != 64 || !hex) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotePath(address), " is not an address"));
  }
  return absl::StrCat(address, ".raw");
}

}  // namespace extgate
