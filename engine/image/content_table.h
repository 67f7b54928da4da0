// Paths that no extension may carry: whoever writes them would write what
// decides about extensions.
#ifndef EXTGATE_ENGINE_IMAGE_CONTENT_TABLE_H_
#define EXTGATE_ENGINE_IMAGE_CONTENT_TABLE_H_

#include "absl/strings/string_view.h"

namespace extgate {

struct ForbiddenPath {
  absl::string_view path;  // relative to the image's root
  absl::string_view why;   // what it would let the image do
};

inline constexpr ForbiddenPath kForbiddenPaths[] = {
    {"usr/lib/extgate", "it would be vendor policy, the highest authority"},
    {"etc/extgate", "it would be local policy"},
    {"usr/lib/verity.d", "systemd would trust the certificates in it"},
    {"usr/local/lib/verity.d", "systemd would trust the certificates in it"},
    {"etc/verity.d", "systemd would trust the certificates in it"},
    {"run/verity.d", "systemd would trust the certificates in it"},
    {"usr/bin/extgate", "it would be run in place of extgate"},
    {"usr/sbin/extgate", "it would be run in place of extgate"},
    {"usr/libexec/extgate", "it would be run in place of extgate"},
    {"usr/lib/systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
     "it would say how systemd merges"},
    {"usr/lib/systemd/system/systemd-confext.service.d/zzz-extgate.conf",
     "it would say how systemd merges"},
    {"etc/systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
     "it would say how systemd merges"},
    {"etc/systemd/system/systemd-confext.service.d/zzz-extgate.conf",
     "it would say how systemd merges"},
};

// Makes systemd 254 and later refuse to merge anything.
inline constexpr absl::string_view kOsReleasePath = "usr/lib/os-release";

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_CONTENT_TABLE_H_
