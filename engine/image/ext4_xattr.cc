// Way in: Ext4Xattrs::Read().
#include "engine/image/ext4_xattr.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// A block of attributes begins with u32 magic, u32 references, u32 blocks; its
// entries follow a header of 32 bytes.
constexpr uint32_t kMagic = 0xea020000;
constexpr uint64_t kBlockHeader = 32;

// Byte offsets within an entry; it is padded to a multiple of 4, and four zero
// bytes end the list.
constexpr uint64_t kNameSizeAt = 0;    // u8
constexpr uint64_t kPrefixAt = 1;      // u8
constexpr uint64_t kValueAt = 2;       // u16, offset
constexpr uint64_t kValueInodeAt = 4;  // u32
constexpr uint64_t kValueSizeAt = 8;   // u32
constexpr uint64_t kNameAt = 16;

constexpr uint32_t kMaxValue = 64 << 10;  // of Linux

constexpr uint8_t kSystem = 7;
constexpr std::pair<absl::string_view, uint8_t> kPrefixes[] = {
    {"user.", 1}, {"trusted.", 4}, {"security.", 6}, {"system.", kSystem}};

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("an ext4 attribute ", what));
}

}  // namespace

absl::StatusOr<Ext4Xattrs::List> Ext4Xattrs::Parse(
    absl::Span<const uint8_t> bytes, uint64_t begin,
    const Ext4Superblock& super) {
  List list;
  list.bytes.assign(bytes.begin(), bytes.end());
  ByteCursor at(bytes);
  uint64_t entry = begin;
  while (at.U32(entry) != 0) {
    const uint64_t name_size = at.U8(entry + kNameSizeAt);
    Entry found;
    found.prefix = at.U8(entry + kPrefixAt);
    found.name = std::string(TextOf(at.Bytes(entry + kNameAt, name_size)));
    found.value_at = at.U16(entry + kValueAt);
    found.value_inode = at.U32(entry + kValueInodeAt);
    found.value_bytes = at.U32(entry + kValueSizeAt);
    if (!at.ok()) break;
    if (found.value_bytes > kMaxValue) return Corrupt("is larger than any");
    if (found.value_inode != 0 && !super.xattr_inodes) {
      return Corrupt("is in an inode, which the superblock does not know");
    }
    list.entries.push_back(std::move(found));
    entry += (kNameAt + name_size + 3) / 4 * 4;
  }
  if (!at.ok()) return Corrupt("is outside of its list");
  const uint64_t names_end = entry + 4;
  for (const Entry& found : list.entries) {
    if (found.value_inode != 0 || found.value_bytes == 0) continue;
    if (found.value_at < names_end || found.value_at > bytes.size() ||
        found.value_bytes > bytes.size() - found.value_at) {
      return Corrupt("has its value outside of its list");
    }
  }
  return list;
}

absl::StatusOr<Ext4Xattrs> Ext4Xattrs::Read(Ext4Volume& volume,
                                            const Ext4Inode& inode) {
  Ext4Xattrs xattrs(volume);
  if (inode.xattrs_at != 0) {
    const auto inside =
        absl::MakeConstSpan(inode.bytes).subspan(inode.xattrs_at);
    absl::StatusOr<List> list = Parse(inside, 0, volume.super());
    if (!list.ok()) return list.status();
    xattrs.inside_ = *std::move(list);
    xattrs.read_bytes_ += inside.size();
  }
  if (inode.xattr_block != 0) {
    absl::StatusOr<std::vector<uint8_t>> block =
        volume.ReadXattrBlock(inode.xattr_block);
    if (!block.ok()) return block.status();
    ByteCursor at(*block);
    if (at.U32(0) != kMagic || at.U32(8) != 1) {
      return Corrupt("is in a block that is none of attributes");
    }
    absl::StatusOr<List> list = Parse(*block, kBlockHeader, volume.super());
    if (!list.ok()) return list.status();
    xattrs.block_ = *std::move(list);
    xattrs.read_bytes_ += block->size();
  }
  return xattrs;
}

absl::StatusOr<std::string> Ext4Xattrs::Value(const List& list,
                                              const Entry& entry) {
  read_bytes_ += entry.value_bytes;
  if (entry.value_inode == 0) {
    return std::string(
        TextOf(absl::MakeConstSpan(list.bytes)
                   .subspan(entry.value_bytes == 0 ? 0 : entry.value_at,
                            entry.value_bytes)));
  }
  absl::StatusOr<Ext4Inode> holder = volume_.ReadInode(entry.value_inode);
  if (!holder.ok()) return holder.status();
  if (!holder->holds_xattr || holder->place != Ext4Inode::Place::kBlocks ||
      holder->facts.size_bytes != entry.value_bytes) {
    return Corrupt("is in an inode that is not its own");
  }
  absl::StatusOr<std::string> value =
      volume_.ReadMapped(*holder, entry.value_bytes);
  if (value.ok() && volume_.ValueHash(*value) != holder->value_hash) {
    return Corrupt("contradicts its hash");
  }
  return value;
}

absl::StatusOr<std::optional<std::string>> Ext4Xattrs::Get(
    absl::string_view name) {
  for (const auto& [prefix, number] : kPrefixes) {
    if (!absl::StartsWith(name, prefix)) continue;
    const absl::string_view rest = name.substr(prefix.size());
    const auto order = [&, number = number](const Entry& entry) {
      if (entry.prefix != number) return number < entry.prefix ? -1 : 1;
      if (entry.name.size() != rest.size()) {
        return rest.size() < entry.name.size() ? -1 : 1;
      }
      return rest.compare(entry.name);
    };
    for (const Entry& entry : inside_.entries) {
      if (order(entry) == 0) return Value(inside_, entry);
    }
    // The kernel looks no further than where the name would have to be.
    for (const Entry& entry : block_.entries) {
      const int compared = order(entry);
      if (compared == 0) return Value(block_, entry);
      if (compared < 0) break;
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<std::string>> Ext4Xattrs::InlineData() {
  for (const Entry& entry : inside_.entries) {
    if (entry.prefix != kSystem || entry.name != "data") continue;
    if (entry.value_inode != 0) return Corrupt("is content in an inode");
    return Value(inside_, entry);
  }
  return std::nullopt;
}

}  // namespace extgate
