// Ways in: ReadSquashfsContent(), VisitSquashfsXattrs(), ReadSquashfsOwners().
#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/squashfs_inode.h"

namespace extgate {
namespace {

constexpr uint64_t kEntriesPerBlock = 512;  // of 16 bytes, a metadata block
constexpr uint64_t kEntrySize = 16;
constexpr uint64_t kMaxXattrBytes = 1 << 20;  // of one inode, all together
constexpr uint64_t kMaxXattrValue = 64 << 10;
constexpr uint16_t kStoredElsewhere = 0x100;  // in an xattr's type
constexpr uint64_t kOwnersPerBlock = 2048;    // of 4 bytes, a metadata block

using XattrVisit =
    absl::FunctionRef<bool(absl::string_view name, absl::string_view value)>;

// Entry `index` of a table whose blocks' offsets stand at `pointers` as u64s.
absl::StatusOr<std::vector<uint8_t>> TableEntry(SquashfsBlocks& blocks,
                                                uint64_t pointers,
                                                uint64_t index) {
  absl::StatusOr<std::vector<uint8_t>> pointer =
      blocks.ReadPlain(pointers + index / kEntriesPerBlock * 8, 8);
  if (!pointer.ok()) return pointer.status();
  return SquashfsCursor(blocks, ByteCursor(*pointer).U64(0),
                        index % kEntriesPerBlock * kEntrySize)
      .Take(kEntrySize);
}

// Appends a file's tail, which lies in a fragment block with those of others.
absl::Status AppendTail(SquashfsBlocks& blocks, const SquashfsInode& inode,
                        uint64_t size, std::string& content) {
  const SquashfsSuperblock& super = blocks.super();
  if (!super.fragment_table.has_value() ||
      *inode.fragment >= super.fragment_count) {
    return absl::DataLossError("a squashfs fragment that does not exist");
  }
  absl::StatusOr<std::vector<uint8_t>> entry =
      TableEntry(blocks, *super.fragment_table, *inode.fragment);
  if (!entry.ok()) return entry.status();
  ByteCursor at(*entry);
  absl::StatusOr<std::vector<uint8_t>> block =
      blocks.ReadData(at.U64(0), at.U32(8));
  if (!block.ok()) return block.status();
  if (inode.fragment_offset > block->size() ||
      size > block->size() - inode.fragment_offset) {
    return absl::DataLossError("a squashfs fragment is shorter than it says");
  }
  content.append(
      reinterpret_cast<const char*>(block->data()) + inode.fragment_offset,
      size);
  return absl::OkStatus();
}

// Appends the next data block, which stands for `size` bytes of the file, and
// moves `start` behind it. A block of size 0 is a hole.
absl::Status AppendBlock(SquashfsBlocks& blocks, uint32_t size_word,
                         uint64_t size, uint64_t& start, std::string& content) {
  if (size_word == 0) {
    content.append(size, '\0');
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<uint8_t>> block =
      blocks.ReadData(start, size_word);
  if (!block.ok()) return block.status();
  if (block->size() != size) {
    return absl::DataLossError("a squashfs data block has another length");
  }
  content.append(reinterpret_cast<const char*>(block->data()), size);
  start += size_word & 0xffffff;
  return absl::OkStatus();
}

std::string AsString(const std::vector<uint8_t>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

absl::string_view PrefixText(uint16_t type) {
  switch (type & 0xff) {
    case 0:
      return "user.";
    case 1:
      return "trusted.";
    case 2:
      return "security.";
  }
  return "";
}

// u32 length and that many bytes.
absl::StatusOr<std::string> TakeValue(SquashfsCursor& cursor) {
  absl::StatusOr<std::vector<uint8_t>> head = cursor.Take(4);
  if (!head.ok()) return head.status();
  const uint64_t size = ByteCursor(*head).U32(0);
  if (size > kMaxXattrValue) {
    return absl::DataLossError("a squashfs xattr is longer than any xattr");
  }
  absl::StatusOr<std::vector<uint8_t>> bytes = cursor.Take(size);
  if (!bytes.ok()) return bytes.status();
  return AsString(*bytes);
}

// The xattr at a reference, relative to where the xattrs' metadata begins.
SquashfsCursor CursorAt(SquashfsBlocks& blocks, uint64_t start,
                        uint64_t reference) {
  const uint64_t used = blocks.super().used_bytes;
  const uint64_t block = std::min(reference >> 16, used);
  return SquashfsCursor(blocks, std::min(start, used) + block,
                        reference & 0xffff);
}

// Goes through `count` xattrs one after the other.
absl::Status VisitEach(SquashfsBlocks& blocks, uint64_t start,
                       uint64_t reference, uint64_t count, XattrVisit visit) {
  SquashfsCursor cursor = CursorAt(blocks, start, reference);
  uint64_t passed = 0;
  for (uint64_t i = 0; i < count; ++i) {
    absl::StatusOr<std::vector<uint8_t>> head = cursor.Take(4);
    if (!head.ok()) return head.status();
    ByteCursor at(*head);
    const uint16_t type = at.U16(0);
    absl::StatusOr<std::vector<uint8_t>> name = cursor.Take(at.U16(2));
    if (!name.ok()) return name.status();
    absl::StatusOr<std::string> value = TakeValue(cursor);
    if (!value.ok()) return value.status();
    if (type & kStoredElsewhere) {
      ByteCursor place(BytesOf(*value));
      const uint64_t elsewhere = place.U64(0);
      if (!place.ok()) {
        return absl::DataLossError("a squashfs xattr is nowhere");
      }
      SquashfsCursor there = CursorAt(blocks, start, elsewhere);
      value = TakeValue(there);
      if (!value.ok()) return value.status();
    }
    passed += 8 + name->size() + value->size();
    if (passed > kMaxXattrBytes) {
      return absl::ResourceExhaustedError("the xattrs of a file exceed 1 MiB");
    }
    if (!visit(absl::StrCat(PrefixText(type), AsString(*name)), *value)) break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadSquashfsContent(SquashfsBlocks& blocks,
                                                SquashfsInode inode,
                                                uint64_t limit_bytes) {
  if (inode.facts.size_bytes > limit_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a file of ", inode.facts.size_bytes, " bytes, at most ",
                     limit_bytes, " are read"));
  }
  if (inode.facts.type == FileType::kSymlink) {
    absl::StatusOr<std::vector<uint8_t>> target =
        inode.rest.Take(inode.facts.size_bytes);
    if (!target.ok()) return target.status();
    return AsString(*target);
  }
  const uint64_t block_bytes = blocks.super().block_bytes;
  std::string content;
  uint64_t start = inode.start;
  while (content.size() < inode.facts.size_bytes) {
    const uint64_t left = inode.facts.size_bytes - content.size();
    absl::Status appended;
    if (left < block_bytes && inode.fragment.has_value()) {
      appended = AppendTail(blocks, inode, left, content);
    } else {
      absl::StatusOr<std::vector<uint8_t>> word = inode.rest.Take(4);
      if (!word.ok()) return word.status();
      appended = AppendBlock(blocks, ByteCursor(*word).U32(0),
                             std::min(left, block_bytes), start, content);
    }
    if (!appended.ok()) return appended;
  }
  return content;
}

absl::Status VisitSquashfsXattrs(SquashfsBlocks& blocks,
                                 const SquashfsInode& inode, XattrVisit visit) {
  if (!inode.xattrs.has_value()) return absl::OkStatus();
  if (!blocks.super().xattr_table.has_value()) {
    return absl::DataLossError("a squashfs inode has xattrs, its image none");
  }
  // u64 where the xattrs' metadata begins, u32 count of ids, u32 unused.
  const uint64_t table = *blocks.super().xattr_table;
  absl::StatusOr<std::vector<uint8_t>> head = blocks.ReadPlain(table, 16);
  if (!head.ok()) return head.status();
  ByteCursor at(*head);
  if (*inode.xattrs >= at.U32(8)) {
    return absl::DataLossError("a squashfs inode has xattrs that do not exist");
  }
  // u64 reference, u32 count, u32 size.
  absl::StatusOr<std::vector<uint8_t>> id =
      TableEntry(blocks, table + 16, *inode.xattrs);
  if (!id.ok()) return id.status();
  ByteCursor entry(*id);
  return VisitEach(blocks, at.U64(0), entry.U64(0), entry.U32(8), visit);
}

absl::StatusOr<std::optional<std::string>> ReadSquashfsXattr(
    SquashfsBlocks& blocks, const SquashfsInode& inode,
    absl::string_view name) {
  std::optional<std::string> found;
  absl::Status visited = VisitSquashfsXattrs(
      blocks, inode,
      [&found, name](absl::string_view there, absl::string_view value) {
        if (there == name) found = std::string(value);
        return !found.has_value();
      });
  if (!visited.ok()) return visited;
  return found;
}

absl::StatusOr<std::vector<uint32_t>> ReadSquashfsOwners(
    SquashfsBlocks& blocks) {
  std::vector<uint32_t> owners;
  const SquashfsSuperblock& super = blocks.super();
  for (uint64_t i = 0; i < super.owner_count; i += kOwnersPerBlock) {
    absl::StatusOr<std::vector<uint8_t>> pointer =
        blocks.ReadPlain(super.owner_table + i / kOwnersPerBlock * 8, 8);
    if (!pointer.ok()) return pointer.status();
    const uint64_t count =
        std::min<uint64_t>(super.owner_count - i, kOwnersPerBlock);
    absl::StatusOr<std::vector<uint8_t>> bytes =
        SquashfsCursor(blocks, ByteCursor(*pointer).U64(0), 0).Take(4 * count);
    if (!bytes.ok()) return bytes.status();
    ByteCursor at(*bytes);
    for (uint64_t j = 0; j < count; ++j) owners.push_back(at.U32(4 * j));
  }
  return owners;
}

}  // namespace extgate
