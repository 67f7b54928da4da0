// Whether a file may have changed, without reading it.
#ifndef EXTGATE_ADAPTERS_FILE_STAMP_H_
#define EXTGATE_ADAPTERS_FILE_STAMP_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace extgate {

// Device, inode, mode, size and the times of the last changes to content and
// inode: "8:1 4711 100644 70656 1763942400.5 1763942400.5". Whoever changes the
// content changes the last of them, which only the clock can set.
inline std::string StampOf(const struct stat& info) {
  return absl::StrCat(info.st_dev, " ", info.st_ino, " ", info.st_mode, " ",
                      info.st_size, " ", info.st_mtim.tv_sec, ".",
                      info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, ".",
                      info.st_ctim.tv_nsec);
}

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_FILE_STAMP_H_
