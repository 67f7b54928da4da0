// Extended attributes of ext4.
// Format: kernel Documentation/filesystems/ext4/attributes.rst.
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_XATTR_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_XATTR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/ext4_volume.h"

namespace extgate {

// The attributes of one inode: those inside of it, and those in a block of
// their own. Values are read when they are asked for.
class Ext4Xattrs {
 public:
  // Both must outlive the result. DataLoss where a list of attributes is
  // corrupt, as the kernel has it: then none is read.
  static absl::StatusOr<Ext4Xattrs> Read(Ext4Volume& volume,
                                         const Ext4Inode& inode);

  // The value of an attribute as the kernel would find it, at most 64 KiB; of
  // "user.", "trusted.", "security." and "system." only.
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view name);

  // What of an inline content does not fit into the place of the block map: the
  // attribute "system.data" inside the inode; nullopt: there is none.
  absl::StatusOr<std::optional<std::string>> InlineData();

  // How much was gone through.
  uint64_t bytes() const { return read_bytes_; }

 private:
  struct Entry {
    uint8_t prefix = 0;        // the number of the name's first part
    std::string name;          // what follows it
    uint32_t value_at = 0;     // offset within the list's bytes
    uint32_t value_inode = 0;  // 0: none; else what holds the value
    uint32_t value_bytes = 0;
  };
  struct List {
    std::vector<uint8_t> bytes;
    std::vector<Entry> entries;
  };

  explicit Ext4Xattrs(Ext4Volume& volume) : volume_(volume) {}

  // The list in `bytes` whose entries begin at `begin`.
  static absl::StatusOr<List> Parse(absl::Span<const uint8_t> bytes,
                                    uint64_t begin,
                                    const Ext4Superblock& super);
  absl::StatusOr<std::string> Value(const List& list, const Entry& entry);

  Ext4Volume& volume_;
  List inside_;
  List block_;
  uint64_t read_bytes_ = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_XATTR_H_
