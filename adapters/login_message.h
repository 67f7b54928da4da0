// The line that people see when they log in.
#ifndef EXTGATE_ADAPTERS_LOGIN_MESSAGE_H_
#define EXTGATE_ADAPTERS_LOGIN_MESSAGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"

namespace extgate {

// Makes `line` all that /run/motd.d/extgate says, or removes that for "".
// Source: pam_motd(8). Errors as ErrnoStatus().
absl::Status WriteLoginMessage(const Places& places, absl::string_view line);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_LOGIN_MESSAGE_H_
