// GRUB's environment block: the file in which it keeps variables from boot to
// boot.
#ifndef EXTGATE_ENGINE_BOOT_GRUB_ENVIRONMENT_H_
#define EXTGATE_ENGINE_BOOT_GRUB_ENVIRONMENT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// Values by name.
using GrubEnvironment = std::map<std::string, std::string>;

// grub-editenv makes 1024 bytes.
inline constexpr uint64_t kMaxGrubEnvironment = uint64_t{64} * 1024;

// The variables in `block`: a first line "# GRUB Environment Block", then lines
// NAME=VALUE, of one name the last one; a backslash in a value takes the byte
// behind it as it is, a newline too. A line that begins with `#` says nothing,
// and the last one, which fills the block up, needs no end. Source: GNU GRUB
// manual, "Environment block", and grub-editenv. InvalidArgument, with the
// offset: anything else, which GRUB would read up to there.
absl::StatusOr<GrubEnvironment> ParseGrubEnvironment(absl::string_view block);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_GRUB_ENVIRONMENT_H_
