// Way in: what readers of filesystems fill NodeFacts with.
#include "engine/image/filesystem.h"

#include <algorithm>
#include <iterator>

namespace extgate {

std::optional<FileType> FileTypeOfEntry(uint8_t type) {
  switch (type) {
    case 1:
      return FileType::kRegular;
    case 2:
      return FileType::kDirectory;
    case 3:
      return FileType::kCharDevice;
    case 4:
      return FileType::kBlockDevice;
    case 5:
      return FileType::kFifo;
    case 6:
      return FileType::kSocket;
    case 7:
      return FileType::kSymlink;
  }
  return std::nullopt;
}

void SetDevice(uint32_t encoded, NodeFacts& facts) {
  facts.device_major = (encoded & 0xfff00) >> 8;
  facts.device_minor = (encoded & 0xff) | ((encoded >> 12) & 0xfff00);
}

bool IsWalkedXattr(absl::string_view name) {
  return std::find(std::begin(kWalkedXattrs), std::end(kWalkedXattrs), name) !=
         std::end(kWalkedXattrs);
}

void KeepWalkedXattr(absl::string_view name, absl::string_view value,
                     NodeFacts& facts) {
  if (IsWalkedXattr(name)) {
    facts.xattrs.emplace(std::string(name), std::string(value));
  }
}

}  // namespace extgate
