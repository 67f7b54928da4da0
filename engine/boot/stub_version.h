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

// What systemd-stub and systemd-boot call themselves.
inline constexpr char kStubProgram[] = "systemd-stub";
inline constexpr char kLoaderProgram[] = "systemd-boot";

// The version of `program` that `file` is or begins with, by the mark in it
// (".sdmagic"): "#### LoaderInfo: systemd-boot 257.13 ####". 0: it has none, is
// no PE file, or cannot be read.
int MarkedVersionOf(ImageReader& file, absl::string_view program);

// That of the stub in `kernel_image`.
int StubVersionOf(ImageReader& kernel_image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_STUB_VERSION_H_
