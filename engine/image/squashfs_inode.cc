// Way in: ReadSquashfsInode().
#include "engine/image/squashfs_inode.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// Common to all: u16 type, permissions, index of the owner and of the group,
// u32 time, number.
constexpr uint64_t kBaseSize = 16;
constexpr uint32_t kNone = 0xffffffff;
constexpr uint64_t kMaxTarget = 65535;  // bytes of a symlink

// On-disk inode types; the extended ones are 7 higher.
constexpr uint16_t kDirectory = 1;
constexpr uint16_t kFile = 2;
constexpr uint16_t kSymlink = 3;
constexpr uint16_t kBlockDevice = 4;
constexpr uint16_t kCharDevice = 5;
constexpr uint16_t kFifo = 6;
constexpr uint16_t kSocket = 7;
constexpr uint16_t kExtension = 7;
constexpr uint16_t kExtendedDirectory = 8;
constexpr uint16_t kExtendedFile = 9;
constexpr uint16_t kExtendedSymlink = 10;
constexpr uint16_t kPermissions = 07777;

std::optional<uint32_t> Index(uint32_t index) {
  if (index == kNone) return std::nullopt;
  return index;
}

absl::Status ReadDirectory(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(16);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.start = at.U32(0);
  inode.facts.size_bytes = at.U16(8);
  inode.offset = at.U16(10);
  return absl::OkStatus();
}

absl::Status ReadExtendedDirectory(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(24);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.facts.size_bytes = at.U32(4);
  inode.start = at.U32(8);
  inode.offset = at.U16(18);
  inode.xattrs = Index(at.U32(20));
  return absl::OkStatus();
}

absl::Status ReadFile(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(16);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.start = at.U32(0);
  inode.fragment = Index(at.U32(4));
  inode.fragment_offset = at.U32(8);
  inode.facts.size_bytes = at.U32(12);
  return absl::OkStatus();
}

absl::Status ReadExtendedFile(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(40);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.start = at.U64(0);
  inode.facts.size_bytes = at.U64(8);
  inode.fragment = Index(at.U32(28));
  inode.fragment_offset = at.U32(32);
  inode.xattrs = Index(at.U32(36));
  return absl::OkStatus();
}

// u32 links, u32 length, the target, and an extended one's xattr index.
absl::Status ReadSymlink(SquashfsInode& inode, uint16_t type) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(8);
  if (!bytes.ok()) return bytes.status();
  inode.facts.size_bytes = ByteCursor(*bytes).U32(4);
  if (inode.facts.size_bytes > kMaxTarget) {
    return absl::DataLossError("a squashfs symlink is longer than any path");
  }
  if (type != kExtendedSymlink) return absl::OkStatus();
  SquashfsCursor behind = inode.rest;
  absl::StatusOr<std::vector<uint8_t>> target =
      behind.Take(inode.facts.size_bytes);
  if (!target.ok()) return target.status();
  bytes = behind.Take(4);
  if (!bytes.ok()) return bytes.status();
  inode.xattrs = Index(ByteCursor(*bytes).U32(0));
  return absl::OkStatus();
}

// u32 links, a device's u32 number, and an extended one's xattr index.
absl::Status ReadSpecial(SquashfsInode& inode, FileType type, bool extended) {
  const bool device =
      type == FileType::kCharDevice || type == FileType::kBlockDevice;
  inode.facts.type = type;
  const uint64_t size = 4 + (device ? 4 : 0) + (extended ? 4 : 0);
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(size);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  if (device) SetDevice(at.U32(4), inode.facts);
  if (extended) inode.xattrs = Index(at.U32(size - 4));
  return absl::OkStatus();
}

absl::Status ReadFixedPart(uint16_t type, SquashfsInode& inode) {
  switch (type) {
    case kDirectory:
      inode.facts.type = FileType::kDirectory;
      return ReadDirectory(inode);
    case kExtendedDirectory:
      inode.facts.type = FileType::kDirectory;
      return ReadExtendedDirectory(inode);
    case kFile:
      inode.facts.type = FileType::kRegular;
      return ReadFile(inode);
    case kExtendedFile:
      inode.facts.type = FileType::kRegular;
      return ReadExtendedFile(inode);
    case kSymlink:
    case kExtendedSymlink:
      inode.facts.type = FileType::kSymlink;
      return ReadSymlink(inode, type);
    case kBlockDevice:
    case kBlockDevice + kExtension:
      return ReadSpecial(inode, FileType::kBlockDevice, type > kExtension);
    case kCharDevice:
    case kCharDevice + kExtension:
      return ReadSpecial(inode, FileType::kCharDevice, type > kExtension);
    case kFifo:
    case kFifo + kExtension:
      return ReadSpecial(inode, FileType::kFifo, type > kExtension);
    case kSocket:
    case kSocket + kExtension:
      return ReadSpecial(inode, FileType::kSocket, type > kExtension);
  }
  return absl::DataLossError(absl::StrCat("a squashfs inode of type ", type));
}

}  // namespace

absl::StatusOr<SquashfsInode> ReadSquashfsInode(SquashfsBlocks& blocks,
                                                uint64_t reference) {
  const SquashfsSuperblock& super = blocks.super();
  const uint64_t block = reference >> 16;
  if (block >= super.directory_table - super.inode_table) {
    return absl::DataLossError("a squashfs inode lies outside its table");
  }
  SquashfsInode inode(
      SquashfsCursor(blocks, super.inode_table + block, reference & 0xffff));
  absl::StatusOr<std::vector<uint8_t>> base = inode.rest.Take(kBaseSize);
  if (!base.ok()) return base.status();
  ByteCursor at(*base);
  inode.facts.permissions = at.U16(2) & kPermissions;
  inode.uid_index = at.U16(4);
  inode.gid_index = at.U16(6);
  absl::Status fixed = ReadFixedPart(at.U16(0), inode);
  if (!fixed.ok()) return fixed;
  return inode;
}

}  // namespace extgate
