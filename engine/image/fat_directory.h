// The directories of a FAT volume, with long names.
#ifndef EXTGATE_ENGINE_IMAGE_FAT_DIRECTORY_H_
#define EXTGATE_ENGINE_IMAGE_FAT_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/image/fat_boot_sector.h"

namespace extgate {

// A file or directory as its directory names it.
struct FatEntry {
  // The long name as UTF-8 if it has one, else `short_name`. It is a name: not
  // empty, `.` or `..`, without `/`, `\` and control characters.
  std::string name;
  bool has_long_name = false;
  // The 8.3 name, with the letters that Windows NT's case bits make small;
  // empty where it is no name. Bytes beyond ASCII are shown as ISO 8859-1, as
  // EDK2 does; Linux and Windows have other characters for them.
  std::string short_name;
  bool directory = false;
  uint64_t size_bytes = 0;  // 0 of a directory
  // Where it begins; nullopt is the root directory. For FatVolume alone.
  std::optional<uint32_t> first_cluster;
  friend bool operator==(const FatEntry&, const FatEntry&) = default;
};

// No directory is longer (Microsoft).
inline constexpr uint64_t kMaxFatDirectoryBytes = 65536 * 32;

// What a directory of these bytes holds, in its order; without `.` and `..`,
// volume labels and what is deleted. A long name that is not whole, or is not
// of the 8.3 name behind it, counts for nothing, as in Linux and EDK2. Source:
// "FAT: General Overview of On-Disk Format", "FAT Directory Structure", "VFAT
// Long Directory Entries". DataLoss, with the number of the entry: a name that
// is none (see FatEntry) or no UTF-16, an entry behind the mark that ends a
// directory, which Linux would show and EDK2 would not.
absl::StatusOr<std::vector<FatEntry>> ParseFatDirectory(
    absl::Span<const uint8_t> bytes, FatType type);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FAT_DIRECTORY_H_
