// extension-release.NAME inside an image, found as systemd finds it.
// Source: os-release(5), "extension-release"; systemd-sysext(8).
#ifndef EXTGATE_ENGINE_IMAGE_EXTENSION_RELEASE_H_
#define EXTGATE_ENGINE_IMAGE_EXTENSION_RELEASE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/filesystem.h"
#include "policy/evidence.h"
#include "policy/facts.h"
#include "policy/values.h"

namespace extgate {

// Whether systemd would take `name` for an image's or extension's name: 1 to
// 255 bytes of UTF-8, no `/`, no control character, not `.` or `..`, no `.#` in
// front.
bool IsImageName(absl::string_view name);

// The release file for an extension called `name`:
// /usr/lib/extension-release.d/extension-release.NAME of a sysext, below /etc
// of a confext; it may be a symlink within the image. Where there is none, the
// only other regular file `extension-release.*` that is acceptable: its suffix
// is `name` without what follows its first `_` or `+` (systemd 254 and later;
// earlier ones want the attribute), or its attribute
// user.extension-release.strict is false.
// Absent: none that systemd would take. Malformed: several acceptable ones,
// over 64 KiB (which is not read), no regular file, not parsable, or the
// filesystem around it is corrupt. Unsupported: the filesystem stores it in a
// way that is not read here. Status: I/O only.
absl::StatusOr<Evidence<ExtensionRelease>> FindExtensionRelease(
    Filesystem& filesystem, ImageClass image_class, absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXTENSION_RELEASE_H_
