// What an image file is called where it is installed.
#ifndef EXTGATE_ENGINE_INSTALL_INSTALLED_NAME_H_
#define EXTGATE_ENGINE_INSTALL_INSTALLED_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/facts.h"

namespace extgate {

// `file_name` ending in `.sysext.raw` or `.confext.raw`, so that its class
// shows where both lie, and FAT keeps it as a long name, in the case that is
// written: a name of 8.3 may come back from the firmware in capitals, and
// systemd-stub measures names (systemd-stub(7)). The image is called as before.
//
// InvalidArgument, with why: it does not end in `.raw`, begins with a dot, is
// no name of an image, has a character that FAT has no room for (`"*:<>?\|`,
// control characters, a blank or dot before the suffix), is no ASCII (the stub
// passes such over), or is longer than 255 bytes.
absl::StatusOr<std::string> InstalledName(absl::string_view file_name,
                                          ImageClass image_class);

// Whether a file of that name may be an image: it ends in `.raw`, in any case.
bool HasImageSuffix(absl::string_view file_name);

// Whether the file `file_name`, whoever put it there and in whichever spelling,
// is the image `name` of `image_class`, where images of that class lie. With
// `of_both_classes` those of the other one lie there too: a confext is called
// `NAME.confext.raw` then.
bool IsFileOf(const std::string& file_name, bool of_both_classes,
              ImageClass image_class, absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_INSTALLED_NAME_H_
