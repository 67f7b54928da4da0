// Ways in: InstalledName, HasImageSuffix and IsFileOf.
#include "engine/install/installed_name.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/candidate_facts.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr absl::string_view kImageSuffix = ".raw";
constexpr size_t kMaxFileName = 255;  // bytes

// Whether FAT takes it in a long name, and systemd-stub in any.
bool IsPlain(char c) {
  return c >= ' ' && c <= '~' &&
         !absl::StrContains("\"*/:<>?\\|", absl::string_view(&c, 1));
}

absl::Status Refused(absl::string_view file_name, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", PrintableText(file_name), "` ", why));
}

}  // namespace

absl::StatusOr<std::string> InstalledName(absl::string_view file_name,
                                          ImageClass image_class) {
  absl::string_view name = file_name;
  if (!absl::ConsumeSuffix(&name, kImageSuffix)) {
    return Refused(file_name, "does not end in `.raw`: systemd takes no other");
  }
  const std::string suffix = absl::StrCat(".", ToWord(image_class));
  absl::ConsumeSuffix(&name, suffix);
  if (name.empty() || name.front() == '.') {
    return Refused(file_name, "has no name before its suffix");
  }
  if (!std::all_of(name.begin(), name.end(), IsPlain) || name.back() == ' ' ||
      name.back() == '.') {
    return Refused(file_name,
                   "has a character that cannot be kept on every boot "
                   "partition: use letters, digits and `+-._~`");
  }
  std::string installed = absl::StrCat(name, suffix, kImageSuffix);
  if (installed.size() > kMaxFileName) {
    return Refused(file_name, "is too long a name");
  }
  return installed;
}

bool HasImageSuffix(absl::string_view file_name) {
  return absl::EndsWithIgnoreCase(file_name, kImageSuffix);
}

bool IsFileOf(const std::string& file_name, bool of_both_classes,
              ImageClass image_class, absl::string_view name) {
  const auto ends_in = [&](ImageClass suffix) {
    return absl::EndsWithIgnoreCase(
        file_name, absl::StrCat(".", ToWord(suffix), kImageSuffix));
  };
  const bool confext = image_class == ImageClass::kConfext;
  if (ends_in(confext ? ImageClass::kSysext : ImageClass::kConfext) ||
      (confext && of_both_classes && !ends_in(image_class))) {
    return false;
  }
  Candidate candidate;
  candidate.file_name = file_name;
  candidate.image_class = image_class;
  return NameOf(candidate) == name;
}

}  // namespace extgate
