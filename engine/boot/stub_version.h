// Versions of systemd's boot programs, by what they say of themselves.
#ifndef EXTGATE_ENGINE_BOOT_STUB_VERSION_H_
#define EXTGATE_ENGINE_BOOT_STUB_VERSION_H_

#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The version of systemd that `info` (LoaderInfo, StubInfo) says of `program`:
// "systemd-boot 257.13-1" is 257 of "systemd-boot"; 0 where it is something
// else.
int VersionOf(absl::string_view info, absl::string_view program);

// What systemd-stub calls itself.
inline constexpr char kStubProgram[] = "systemd-stub";

// The version of the stub that `kernel_image` begins with, by the mark in it
// (".sdmagic"): "#### LoaderInfo: systemd-stub 257.13 ####". 0: it has none,
// is no PE file, or cannot be read.
int StubVersionOf(ImageReader& kernel_image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_STUB_VERSION_H_
