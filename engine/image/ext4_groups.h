// Where the groups of an ext4 filesystem keep what describes them.
// Source: kernel fs/ext4/super.c, ext4_check_descriptors(), and
// fs/ext4/block_validity.c, ext4_setup_system_zone().
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_GROUPS_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_GROUPS_H_

#include "absl/status/status.h"

// Of libext2fs.
struct struct_ext2_filsys;

namespace extgate {

// Checks what Linux does before it mounts: that every group's bitmaps and table
// of inodes lie in the filesystem (in their group, where groups do not share),
// and that none of them overlaps another one, a superblock's copy, or group
// descriptors and the room for more of them. DataLoss where that is not so. Of
// the journal's blocks, which Linux takes into account too, nothing is asked.
absl::Status CheckExt4Groups(struct_ext2_filsys* filesystem);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_GROUPS_H_
