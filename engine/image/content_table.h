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

inline constexpr absl::string_view kHowItMerges =
    "it would say how systemd merges";
inline constexpr absl::string_view kMoreExtensions =
    "systemd would merge what lies in it";

// Every way to the same file within the image counts, and so does a symlink
// that leads out of it.
inline constexpr ForbiddenPath kForbiddenPaths[] = {
    // Policy.
    {"usr/lib/extgate", "it would be vendor policy, the highest authority"},
    {"etc/extgate", "it would be local policy"},
    {"usr/local/cloud-config", "it would be local policy"},
    // Trust.
    {"usr/lib/verity.d", "systemd would trust the certificates in it"},
    {"usr/local/lib/verity.d", "systemd would trust the certificates in it"},
    {"etc/verity.d", "systemd would trust the certificates in it"},
    {"run/verity.d", "systemd would trust the certificates in it"},
    // extgate itself.
    {"usr/bin/extgate", "it would be run in place of extgate"},
    {"usr/sbin/extgate", "it would be run in place of extgate"},
    {"usr/libexec/extgate", "it would be run in place of extgate"},
    {"usr/local/bin/extgate", "it would be run in place of extgate"},
    {"usr/local/sbin/extgate", "it would be run in place of extgate"},
    // How systemd merges: any drop-in of the two units, whatever its name sorts
    // before, and of all units called systemd-*; systemd.unit(5). Settings of
    // systemd 259 and later; sysext.conf(5).
    {"usr/lib/systemd/system/systemd-sysext.service.d", kHowItMerges},
    {"usr/lib/systemd/system/systemd-confext.service.d", kHowItMerges},
    {"usr/lib/systemd/system/systemd-.service.d", kHowItMerges},
    {"usr/local/lib/systemd/system/systemd-sysext.service.d", kHowItMerges},
    {"usr/local/lib/systemd/system/systemd-confext.service.d", kHowItMerges},
    {"usr/local/lib/systemd/system/systemd-.service.d", kHowItMerges},
    {"etc/systemd/system/systemd-sysext.service.d", kHowItMerges},
    {"etc/systemd/system/systemd-confext.service.d", kHowItMerges},
    {"etc/systemd/system/systemd-.service.d", kHowItMerges},
    {"etc/systemd/system.control/systemd-sysext.service.d", kHowItMerges},
    {"etc/systemd/system.control/systemd-confext.service.d", kHowItMerges},
    {"etc/systemd/system.control/systemd-.service.d", kHowItMerges},
    {"usr/lib/systemd/sysext.conf", kHowItMerges},
    {"usr/lib/systemd/sysext.conf.d", kHowItMerges},
    {"usr/lib/systemd/confext.conf", kHowItMerges},
    {"usr/lib/systemd/confext.conf.d", kHowItMerges},
    {"usr/local/lib/systemd/sysext.conf", kHowItMerges},
    {"usr/local/lib/systemd/sysext.conf.d", kHowItMerges},
    {"usr/local/lib/systemd/confext.conf", kHowItMerges},
    {"usr/local/lib/systemd/confext.conf.d", kHowItMerges},
    {"etc/systemd/sysext.conf", kHowItMerges},
    {"etc/systemd/sysext.conf.d", kHowItMerges},
    {"etc/systemd/confext.conf", kHowItMerges},
    {"etc/systemd/confext.conf.d", kHowItMerges},
    // Places where systemd looks for more extensions; systemd-sysext(8).
    {"etc/extensions", kMoreExtensions},
    {"usr/lib/confexts", kMoreExtensions},
    {"usr/local/lib/confexts", kMoreExtensions},
};

// Makes systemd 254 and later refuse to merge anything.
inline constexpr absl::string_view kOsReleasePath = "usr/lib/os-release";

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_CONTENT_TABLE_H_
