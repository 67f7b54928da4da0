// One way in: CheckExt4Groups.
#include "engine/image/ext4_groups.h"

#include <ext2fs/ext2fs.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

struct Zone {
  uint64_t first = 0;  // block
  uint64_t count = 0;  // blocks, at least one
  uint64_t end() const { return first + count; }
};

// The blocks among which the zones of a group may lie.
struct Bounds {
  uint64_t first = 0;
  uint64_t end = 0;
};

Bounds BoundsOf(ext2_filsys filesystem, dgrp_t group) {
  if (ext2fs_has_feature_flex_bg(filesystem->super)) {
    return {filesystem->super->s_first_data_block,
            ext2fs_blocks_count(filesystem->super)};
  }
  return {ext2fs_group_first_block2(filesystem, group),
          ext2fs_group_last_block2(filesystem, group) + 1};
}

}  // namespace

absl::Status CheckExt4Groups(ext2_filsys filesystem) {
  std::vector<Zone> zones;
  for (dgrp_t group = 0; group < filesystem->group_desc_count; ++group) {
    const Zone own[] = {
        {ext2fs_block_bitmap_loc(filesystem, group), 1},
        {ext2fs_inode_bitmap_loc(filesystem, group), 1},
        {ext2fs_inode_table_loc(filesystem, group),
         filesystem->inode_blocks_per_group},
    };
    const Bounds bounds = BoundsOf(filesystem, group);
    for (const Zone& zone : own) {
      if (zone.first < bounds.first || zone.first >= bounds.end ||
          zone.count > bounds.end - zone.first) {
        return absl::DataLossError(absl::StrCat(
            "ext4 group ", group, " keeps its own blocks at ", zone.first));
      }
      zones.push_back(zone);
    }
    blk_t fixed = 0;  // superblock, descriptors and room for more
    ext2fs_super_and_bgd_loc2(filesystem, group, nullptr, nullptr, nullptr,
                              &fixed);
    if (fixed > 0) {
      zones.push_back({ext2fs_group_first_block2(filesystem, group), fixed});
    }
  }
  std::sort(zones.begin(), zones.end(),
            [](const Zone& a, const Zone& b) { return a.first < b.first; });
  const auto overlap = std::adjacent_find(
      zones.begin(), zones.end(),
      [](const Zone& a, const Zone& b) { return b.first < a.end(); });
  if (overlap == zones.end()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("ext4 keeps two things in block ", (overlap + 1)->first));
}

}  // namespace extgate
