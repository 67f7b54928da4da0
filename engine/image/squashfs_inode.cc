// Way in: ReadSquashfsInode().
#include "engine/image/squashfs_inode.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint64_t kBaseSize = 16;  // bytes, common to all; u16 type first
constexpr uint32_t kNone = 0xffffffff;
constexpr uint64_t kMaxTarget = 65535;  // bytes of a symlink

// On-disk inode types; the extended ones are 7 higher.
constexpr uint16_t kDirectory = 1;
constexpr uint16_t kFile = 2;
constexpr uint16_t kSymlink = 3;
constexpr uint16_t kLastBasic = 7;
constexpr uint16_t kExtendedDirectory = 8;
constexpr uint16_t kExtendedFile = 9;
constexpr uint16_t kExtendedSymlink = 10;
constexpr uint16_t kLastExtended = 14;

std::optional<uint32_t> Index(uint32_t index) {
  if (index == kNone) return std::nullopt;
  return index;
}

absl::Status ReadDirectory(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(16);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.start = at.U32(0);
  inode.size_bytes = at.U16(8);
  inode.offset = at.U16(10);
  return absl::OkStatus();
}

absl::Status ReadExtendedDirectory(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(24);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.size_bytes = at.U32(4);
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
  inode.size_bytes = at.U32(12);
  return absl::OkStatus();
}

absl::Status ReadExtendedFile(SquashfsInode& inode) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(40);
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  inode.start = at.U64(0);
  inode.size_bytes = at.U64(8);
  inode.fragment = Index(at.U32(28));
  inode.fragment_offset = at.U32(32);
  inode.xattrs = Index(at.U32(36));
  return absl::OkStatus();
}

// u32 links, u32 length, the target, and an extended one's xattr index.
absl::Status ReadSymlink(SquashfsInode& inode, uint16_t type) {
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(8);
  if (!bytes.ok()) return bytes.status();
  inode.size_bytes = ByteCursor(*bytes).U32(4);
  if (inode.size_bytes > kMaxTarget) {
    return absl::DataLossError("a squashfs symlink is longer than any path");
  }
  if (type != kExtendedSymlink) return absl::OkStatus();
  SquashfsCursor behind = inode.rest;
  absl::StatusOr<std::vector<uint8_t>> target = behind.Take(inode.size_bytes);
  if (!target.ok()) return target.status();
  bytes = behind.Take(4);
  if (!bytes.ok()) return bytes.status();
  inode.xattrs = Index(ByteCursor(*bytes).U32(0));
  return absl::OkStatus();
}

// The u32 of xattr index that ends the other extended inodes.
absl::Status ReadOther(SquashfsInode& inode, uint16_t type) {
  if (type <= kLastBasic) return absl::OkStatus();
  const bool device = type <= kExtendedSymlink + 2;
  absl::StatusOr<std::vector<uint8_t>> bytes = inode.rest.Take(device ? 12 : 8);
  if (!bytes.ok()) return bytes.status();
  inode.xattrs = Index(ByteCursor(*bytes).U32(bytes->size() - 4));
  return absl::OkStatus();
}

absl::Status ReadFixedPart(uint16_t type, SquashfsInode& inode) {
  switch (type) {
    case kDirectory:
      inode.type = FileType::kDirectory;
      return ReadDirectory(inode);
    case kExtendedDirectory:
      inode.type = FileType::kDirectory;
      return ReadExtendedDirectory(inode);
    case kFile:
      inode.type = FileType::kRegular;
      return ReadFile(inode);
    case kExtendedFile:
      inode.type = FileType::kRegular;
      return ReadExtendedFile(inode);
    case kSymlink:
    case kExtendedSymlink:
      inode.type = FileType::kSymlink;
      return ReadSymlink(inode, type);
  }
  if (type == 0 || type > kLastExtended) {
    return absl::DataLossError(absl::StrCat("a squashfs inode of type ", type));
  }
  return ReadOther(inode, type);
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
  absl::Status fixed = ReadFixedPart(ByteCursor(*base).U16(0), inode);
  if (!fixed.ok()) return fixed;
  return inode;
}

}  // namespace extgate
