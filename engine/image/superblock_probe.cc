// Way in: ProbeSuperblock, over one table of magics.
#include "engine/image/superblock_probe.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint64_t kHead = 8192;
// Beyond the head the image is looked at through windows of this size, at
// multiples of it; no magic lies in two.
constexpr uint64_t kWindow = 128;
// A shorter magic may stand in another format's data by chance.
constexpr size_t kTellingBytes = 4;

struct Magic {
  const char* filesystem;
  uint64_t offset;  // bytes from the start
  absl::string_view bytes;
};

constexpr uint64_t kExtMagicAt = 1080;  // bytes from the start
constexpr absl::string_view kExtMagic = "\x53\xef";

// One of two bytes beside another is told of ext4 alone.
constexpr Magic kMagics[] = {
    {"squashfs", 0, "hsqs"},
    {"squashfs", 0, "sqsh"},
    {"erofs", 1024, "\xe2\xe1\xf5\xe0"},
    {"ext4", kExtMagicAt, kExtMagic},
    {"btrfs", 65600, "_BHRfS_M"},
    {"xfs", 0, "XFSB"},
    {"f2fs", 1024, "\x10\x20\xf5\xf2"},
    {"crypto_LUKS", 0, "LUKS\xba\xbe"},
    {"crypto_LUKS", 0, "SKUL\xba\xbe"},
    {"BitLocker", 3, "-FVE-FS-"},
    {"DM_verity_hash", 0, absl::string_view("verity\0\0", 8)},
    {"DM_integrity", 0, absl::string_view("integrt\0", 8)},
    {"iso9660", 32769, "CD001"},
    {"udf", 32769, "BEA01"},
    {"udf", 32769, "NSR02"},
    {"udf", 32769, "NSR03"},
    {"exfat", 3, "EXFAT   "},
    {"ntfs", 3, "NTFS    "},
    {"cramfs", 0, "\x45\x3d\xcd\x28"},
    {"cramfs", 0, "\x28\xcd\x3d\x45"},
    {"romfs", 0, "-rom1fs-"},
    {"bcachefs", 4120,
     "\xc6\x85\x73\xf6\x66\xce\x90\xa9"
     "\xd9\x6a\x60\xcf\x80\x3d\xf7\xef"},
    {"bcache", 4120,
     "\xc6\x85\x73\xf6\x4e\x1a\x45\xca"
     "\x82\x65\xf5\x7f\x48\xba\x6d\x81"},
    {"reiserfs", 65588, "ReIsEr"},
    {"jfs", 32768, "JFS1"},
    {"gfs2", 65536, absl::string_view("\x01\x16\x19\x70\x00\x00\x00\x01", 8)},
    {"ocfs2", 1024, "OCFSV2"},
    {"ocfs2", 2048, "OCFSV2"},
    {"ocfs2", 4096, "OCFSV2"},
    {"ubifs", 0, "\x31\x18\x10\x06"},
    {"UBI", 0, "UBI#"},
    {"apfs", 32, "NXSB"},
    {"swap", 4086, "SWAPSPACE2"},
    {"swap", 4086, "SWAP-SPACE"},
    {"swap", 8182, "SWAPSPACE2"},
    {"swap", 16374, "SWAPSPACE2"},
    {"swap", 65526, "SWAPSPACE2"},
    {"LVM2_member", 24, "LVM2 001"},
    {"LVM2_member", 536, "LVM2 001"},
    {"LVM2_member", 1048, "LVM2 001"},
    {"LVM2_member", 1560, "LVM2 001"},
    {"linux_raid_member", 0, "\xfc\x4e\x2b\xa9"},
    {"linux_raid_member", 4096, "\xfc\x4e\x2b\xa9"},
    {"zfs_member", 131072, absl::string_view("\x0c\xb1\xba\x00\0\0\0\0", 8)},
    {"vfat", 82, "FAT32   "},
    {"vfat", 82, "MSWIN"},
    {"vfat", 54, "FAT16   "},
    {"vfat", 54, "FAT12   "},
    {"vfat", 54, "FAT     "},
    {"vfat", 54, "MSDOS"},
};

constexpr bool EachLiesInOneWindow() {
  for (const Magic& magic : kMagics) {
    if (magic.offset + magic.bytes.size() > kHead &&
        magic.offset / kWindow !=
            (magic.offset + magic.bytes.size() - 1) / kWindow) {
      return false;
    }
  }
  return true;
}
static_assert(EachLiesInOneWindow());

constexpr absl::string_view kMountable[] = {"btrfs",    "erofs", "ext4", "f2fs",
                                            "squashfs", "vfat",  "xfs"};

// A FAT boot sector that does not name itself: jump, then a plausible BIOS
// parameter block (Microsoft FAT specification, 3.1).
bool LooksLikeFat(absl::Span<const uint8_t> sector) {
  ByteCursor cursor(sector);
  const uint8_t jump = cursor.U8(0);
  const uint32_t bytes_per_sector = cursor.U16(11);
  const uint32_t sectors_per_cluster = cursor.U8(13);
  const uint32_t reserved = cursor.U16(14);
  const uint32_t fats = cursor.U8(16);
  const uint8_t media = cursor.U8(21);
  const auto power_of_two = [](uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
  };
  return cursor.ok() && (jump == 0xeb || jump == 0xe9) &&
         power_of_two(bytes_per_sector) && bytes_per_sector >= 512 &&
         bytes_per_sector <= 4096 && power_of_two(sectors_per_cluster) &&
         reserved != 0 && (fats == 1 || fats == 2) &&
         (media == 0xf0 || media >= 0xf8);
}

// What libblkid calls a filesystem with the magic of ext4, by its features:
// ext4 is what has one that ext3 lacks. Byte offsets from the start; bits of
// ext4.
const char* NameOfExt(ByteCursor head) {
  const uint32_t compatible = head.U32(1024 + 92);
  const uint32_t incompatible = head.U32(1024 + 96);
  const uint32_t read_only = head.U32(1024 + 100);
  constexpr uint32_t kJournal = 0x4;                  // compatible
  constexpr uint32_t kJournalDevice = 0x8;            // incompatible
  constexpr uint32_t kExt2Incompatible = 0x2 | 0x10;  // types, meta groups
  constexpr uint32_t kRecovery = 0x4;                 // incompatible, of ext3
  constexpr uint32_t kExt2ReadOnly = 0x1 | 0x2 | 0x4;
  if (incompatible & kJournalDevice) return "jbd";
  const bool journal = (compatible & kJournal) != 0;
  const uint32_t known = kExt2Incompatible | (journal ? kRecovery : 0);
  if ((incompatible & ~known) == 0 && (read_only & ~kExt2ReadOnly) == 0) {
    return journal ? "ext3" : "ext2";
  }
  return "ext4";
}

// The format's version after the magic of LUKS: u16, big-endian.
std::string VersionOfLuks(ByteCursor head) {
  return absl::StrCat(head.U8(6) << 8 | head.U8(7));
}

void Refine(ByteCursor head, Superblock& found) {
  if (found.filesystem == "ext4") found.filesystem = NameOfExt(head);
  if (found.filesystem == "crypto_LUKS") found.version = VersionOfLuks(head);
}

}  // namespace

absl::StatusOr<Superblock> ProbeSuperblock(ImageReader& image) {
  Superblock found;
  // Most magics lie in the first bytes, which one read brings.
  std::vector<uint8_t> head(std::min<uint64_t>(image.size_bytes(), kHead));
  absl::Status status = image.ReadAt(0, absl::MakeSpan(head));
  if (!status.ok()) return status;
  ByteCursor cursor(head);
  uint64_t window_offset = 0;
  std::vector<uint8_t> window;
  for (const Magic& magic : kMagics) {
    const uint64_t size = magic.bytes.size();
    if (image.size_bytes() < magic.offset + size) continue;
    if (!found.filesystem.empty() &&
        (size < kTellingBytes || found.filesystem == magic.filesystem)) {
      continue;
    }
    const bool in_head = magic.offset + size <= head.size();
    const uint64_t start = magic.offset / kWindow * kWindow;
    if (!in_head && (window.empty() || window_offset != start)) {
      window.resize(std::min(kWindow, image.size_bytes() - start));
      status = image.ReadAt(start, absl::MakeSpan(window));
      if (!status.ok()) return status;
      window_offset = start;
    }
    if (in_head
            ? cursor.Matches(magic.offset, magic.bytes)
            : ByteCursor(window).Matches(magic.offset - start, magic.bytes)) {
      if (found.filesystem.empty()) {
        found.filesystem = magic.filesystem;
      } else {
        found.other = magic.filesystem;
        Refine(cursor, found);
        return found;
      }
    }
  }
  if (!found.filesystem.empty() && found.filesystem != "ext4" &&
      cursor.Matches(kExtMagicAt, kExtMagic)) {
    found.other = NameOfExt(cursor);
  }
  if (found.filesystem.empty() && LooksLikeFat(head)) {
    found.filesystem = "vfat";
  }
  Refine(cursor, found);
  return found;
}

bool IsMountable(absl::string_view filesystem) {
  for (absl::string_view name : kMountable) {
    if (filesystem == name) return true;
  }
  return false;
}

}  // namespace extgate
