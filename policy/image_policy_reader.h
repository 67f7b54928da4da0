// Texts of systemd.image-policy(7) as systemd reads them, by version, and the
// four kinds of error that it tells apart.
// Source: systemd.image-policy(7); systemd's src/shared/image-policy.c
// (behaviour, not code).
#ifndef EXTGATE_POLICY_IMAGE_POLICY_READER_H_
#define EXTGATE_POLICY_IMAGE_POLICY_READER_H_

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "policy/image_policy.h"
#include "policy/words.h"

namespace extgate {

enum class ImagePolicyError {
  kSyntax,             // systemd: EINVAL
  kUnknownDesignator,  // EBADSLT
  kUnknownFlag,        // EBADRQC
  kDesignatorTwice,    // ENOTUNIQ
};

template <>
struct Words<ImagePolicyError> {
  static constexpr char kNoun[] = "image policy error";
  static constexpr std::pair<ImagePolicyError, const char*> kTable[] = {
      {ImagePolicyError::kSyntax, "syntax"},
      {ImagePolicyError::kUnknownDesignator, "unknown-designator"},
      {ImagePolicyError::kUnknownFlag, "unknown-flag"},
      {ImagePolicyError::kDesignatorTwice, "designator-given-twice"},
  };
};

// "EBADSLT": by what systemd tells them apart.
const char* ErrnoName(ImagePolicyError error);

struct ImagePolicyRefusal {
  ImagePolicyError error = ImagePolicyError::kSyntax;
  std::string message;  // "unknown flag: `grbl`, in `root=grbl`"
  friend bool operator==(const ImagePolicyRefusal&,
                         const ImagePolicyRefusal&) = default;
};

// How systemd reads.
struct ImagePolicySpelling {
  // Before 260 `encryptedwithintegrity` and the filesystems are unknown flags.
  // 0: the newest. 252 and 253 know no image policy; read as by 254.
  int systemd_version = 0;
  // kSkip: as systemd reads its configuration files (ImagePolicy= in
  // sysext.conf, 259 and later). Unknown designators and flags are passed over,
  // so that what remains may be looser than what was written.
  enum class Unknown { kRefuse, kSkip };
  Unknown unknown = Unknown::kRefuse;
};

// Reads `text`, with everything that systemd takes: filesystems, and the traps
// that mean everything (`root=`, `=-`, `root=read-only-on`). One text of
// systemd's is refused as syntax: with a backslash, which there hides the
// character behind it.
std::variant<ImagePolicy, ImagePolicyRefusal> ReadImagePolicy(
    absl::string_view text, const ImagePolicySpelling& spelling = {});

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_POLICY_READER_H_
