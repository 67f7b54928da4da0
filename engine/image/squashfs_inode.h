// Inodes of squashfs, the content of files, and xattrs.
// Format: kernel Documentation/filesystems/squashfs.rst, "inodes", "xattr
// tables", and the layouts that fs/squashfs/squashfs_fs.h describes.
#ifndef EXTGATE_ENGINE_IMAGE_SQUASHFS_INODE_H_
#define EXTGATE_ENGINE_IMAGE_SQUASHFS_INODE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/filesystem.h"
#include "engine/image/squashfs_blocks.h"

namespace extgate {

struct SquashfsInode {
  explicit SquashfsInode(const SquashfsCursor& behind) : rest(behind) {}

  NodeFacts facts;         // without owners and attributes
  uint16_t uid_index = 0;  // in the table of owners
  uint16_t gid_index = 0;
  // Of a directory: where its listing begins in the directory table. Of a file:
  // where its first data block begins in the image.
  uint64_t start = 0;
  uint64_t offset = 0;               // of a directory: within that block
  std::optional<uint32_t> fragment;  // index; where a file's tail is
  uint64_t fragment_offset = 0;      // bytes within the fragment block
  std::optional<uint32_t> xattrs;    // index
  // Behind the fixed part: a file's block sizes, a symlink's target.
  SquashfsCursor rest;
};

// Reads the inode that `reference` (block << 16 | offset in it) names. Errors
// as SquashfsBlocks.
absl::StatusOr<SquashfsInode> ReadSquashfsInode(SquashfsBlocks& blocks,
                                                uint64_t reference);

// The table of owners: at most 65535 user and group numbers.
absl::StatusOr<std::vector<uint32_t>> ReadSquashfsOwners(
    SquashfsBlocks& blocks);

// The content of a file or the target of a symlink; ResourceExhausted, before
// reading, when longer than `limit_bytes`.
absl::StatusOr<std::string> ReadSquashfsContent(SquashfsBlocks& blocks,
                                                SquashfsInode inode,
                                                uint64_t limit_bytes);

// Hands the xattrs of `inode` to `visit` until it returns false.
// ResourceExhausted: the inode's xattrs take more than 1 MiB.
absl::Status VisitSquashfsXattrs(
    SquashfsBlocks& blocks, const SquashfsInode& inode,
    absl::FunctionRef<bool(absl::string_view name, absl::string_view value)>
        visit);

// The value of xattr `name`; nullopt if there is none. Errors as above, of what
// stands before it.
absl::StatusOr<std::optional<std::string>> ReadSquashfsXattr(
    SquashfsBlocks& blocks, const SquashfsInode& inode, absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SQUASHFS_INODE_H_
