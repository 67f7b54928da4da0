// Which places another boot finds again.
#ifndef EXTGATE_ENGINE_BOOT_LASTING_PLACE_H_
#define EXTGATE_ENGINE_BOOT_LASTING_PLACE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace extgate {

// Whether `path` lies below `directory`, neither of which ends in a slash.
bool LiesIn(absl::string_view path, absl::string_view directory);

// Whether systemd-stub brought what lies at `path` from the boot loader's
// partition: below /.extra, or carried from there to the root. Another boot of
// the same entry has it again, one of another entry may not.
bool IsCarried(absl::string_view path);

// Whether what lies at `path` is there in another boot too, whichever entry it
// is of: not what is carried, nor what somebody put below /run. `named` are
// directories that the policy names; whoever fills one below /run does so at
// each boot.
bool OutlivesABoot(absl::string_view path,
                   const std::vector<std::string>& named);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_LASTING_PLACE_H_
