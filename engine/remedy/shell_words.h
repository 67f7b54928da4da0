// Words for a shell, and file names of images.
#ifndef EXTGATE_ENGINE_REMEDY_SHELL_WORDS_H_
#define EXTGATE_ENGINE_REMEDY_SHELL_WORDS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "policy/values.h"

namespace extgate {

// `text` as one word of sh(1), whatever is in it; as it is where it needs no
// quotes.
inline std::string ShellWord(absl::string_view text) {
  constexpr absl::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-./+=:@%";
  if (!text.empty() &&
      text.find_first_not_of(kPlain) == absl::string_view::npos) {
    return std::string(text);
  }
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// The name of the file of an image that systemd is to call `name`.
inline std::string FileNameOf(absl::string_view name, ImageClass image_class) {
  return absl::StrCat(name, ".", ToWord(image_class), ".raw");
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_SHELL_WORDS_H_
