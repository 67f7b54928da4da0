// Way in: ReadErofsInode().
#include "engine/image/erofs_inode.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

constexpr uint64_t kNodeUnit = 32;      // bytes an inode number stands for
constexpr uint64_t kCompactSize = 32;   // bytes of a compact inode
constexpr uint64_t kExtendedSize = 64;  // bytes of an extended inode
constexpr uint64_t kXattrHeaderSize = 12;

// Byte offsets within an inode; both forms agree on these but for the size.
constexpr uint64_t kFormatAt = 0;      // u16
constexpr uint64_t kXattrCountAt = 2;  // u16, 1 + words behind the header
constexpr uint64_t kModeAt = 4;        // u16
constexpr uint64_t kSizeAt = 8;        // u32, or u64 in an extended inode
constexpr uint64_t kUnionAt = 16;      // u32

// And where they differ.
struct OwnerOffsets {
  uint64_t uid;
  uint64_t gid;
};
constexpr OwnerOffsets kCompactOwner = {24, 26};   // u16 each
constexpr OwnerOffsets kExtendedOwner = {24, 28};  // u32 each

constexpr uint16_t kKnownFormatBits = 0xf;
constexpr uint16_t kExtended = 0x1;
constexpr uint16_t kPermissions = 07777;

// What the fixed part says, whose bytes are all there.
NodeFacts FactsOf(ByteCursor& at, bool extended) {
  NodeFacts facts;
  const uint16_t mode = at.U16(kModeAt);
  facts.type = FileTypeOfMode(mode);
  facts.permissions = mode & kPermissions;
  facts.size_bytes = extended ? at.U64(kSizeAt) : at.U32(kSizeAt);
  facts.uid = extended ? at.U32(kExtendedOwner.uid) : at.U16(kCompactOwner.uid);
  facts.gid = extended ? at.U32(kExtendedOwner.gid) : at.U16(kCompactOwner.gid);
  if (facts.type == FileType::kCharDevice ||
      facts.type == FileType::kBlockDevice) {
    SetDevice(at.U32(kUnionAt), facts);
  }
  return facts;
}

}  // namespace

absl::StatusOr<ErofsInode> ReadErofsInode(ImageReader& image,
                                          const ErofsSuperblock& super,
                                          uint64_t node) {
  if (node > image.size_bytes() / kNodeUnit) {
    return absl::DataLossError(
        absl::StrCat("the erofs inode ", node, " lies outside the image"));
  }
  const uint64_t offset = super.metadata_offset + node * kNodeUnit;
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(image, offset, kCompactSize, "an erofs inode");
  if (!bytes.ok()) return bytes.status();
  const uint16_t format = ByteCursor(*bytes).U16(kFormatAt);
  const uint32_t layout = (format >> 1) & 7;
  if ((format & ~kKnownFormatBits) != 0 ||
      layout > static_cast<uint32_t>(ErofsLayout::kChunked)) {
    return absl::UnimplementedError(
        absl::StrCat("erofs with an inode of format 0x", absl::Hex(format)));
  }
  uint64_t inode_size = kCompactSize;
  if (format & kExtended) {
    inode_size = kExtendedSize;
    bytes = ReadSpan(image, offset, kExtendedSize, "an erofs inode");
    if (!bytes.ok()) return bytes.status();
  }

  ByteCursor at(*bytes);
  ErofsInode inode;
  inode.node = node;
  inode.layout = static_cast<ErofsLayout>(layout);
  inode.facts = FactsOf(at, (format & kExtended) != 0);
  if (inode.facts.type == FileType::kOther) {
    return absl::DataLossError("an erofs inode has an unknown mode");
  }
  inode.union_value = at.U32(kUnionAt);
  inode.xattr_offset = offset + inode_size;
  const uint64_t count = at.U16(kXattrCountAt);
  if (count > 0) inode.xattr_size = kXattrHeaderSize + 4 * (count - 1);
  return inode;
}

}  // namespace extgate
