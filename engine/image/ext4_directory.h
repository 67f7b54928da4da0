// Directories of ext4, and the hash trees over their names.
// Format: kernel Documentation/filesystems/ext4/directory.rst.
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_DIRECTORY_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/ext4_volume.h"
#include "engine/image/filesystem.h"

namespace extgate {

// A name in a directory; `.` and `..` are among them.
struct Ext4Entry {
  std::string name;
  std::optional<FileType> type;  // nullopt: the directory does not say
  uint32_t node = 0;
  uint64_t block = 0;  // of the listing
};

// Appends the entries that `bytes` are filled with, whole, to `entries`.
// DataLoss where they are not.
absl::Status ParseExt4Entries(absl::Span<const uint8_t> bytes, uint64_t block,
                              const Ext4Superblock& super,
                              std::vector<Ext4Entry>& entries);

// Whether the hash tree in `listing`, the blocks of `directory`, leads to each
// of `entries` and to no block twice: the kernel looks names up by it, and
// lists by it. DataLoss where it does not.
absl::Status CheckExt4HashTree(Ext4Volume& volume, absl::string_view listing,
                               const std::vector<Ext4Entry>& entries);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_DIRECTORY_H_
