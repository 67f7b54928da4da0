// Which filesystem (or other format) announces itself from byte 0 on. systemd's
// libblkid looks for superblocks before it looks for a partition table.
#ifndef EXTGATE_ENGINE_IMAGE_SUPERBLOCK_PROBE_H_
#define EXTGATE_ENGINE_IMAGE_SUPERBLOCK_PROBE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The formats whose magics are in their places in `image`.
struct Superblock {
  // The first of them: "erofs", "squashfs", "ext4" (also "ext3", "ext2" and
  // "jbd", which have the same magic), "btrfs", "xfs", "f2fs", "vfat",
  // "crypto_LUKS", "iso9660", "swap", "LVM2_member" and others by libblkid's
  // names. Empty when there is none.
  std::string filesystem;
  std::string version;  // of crypto_LUKS: "1", "2"
  // Another one beside it: libblkid calls that ambivalent and takes neither,
  // but for the first in an image smaller than a floppy disk. ext4's magic, of
  // two bytes, stands in one of 65536 images by chance, and counts: libblkid
  // 2.38 takes it whatever the checksum behind it says, later ones look closer.
  std::string other;
};

// Reads the magics only, and of ext4 and LUKS what tells their versions;
// believes nothing behind them. Status: I/O only.
absl::StatusOr<Superblock> ProbeSuperblock(ImageReader& image);

// Whether systemd would mount a bare image of that filesystem: btrfs, erofs,
// ext4, f2fs, squashfs, vfat, xfs.
bool IsMountable(absl::string_view filesystem);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SUPERBLOCK_PROBE_H_
