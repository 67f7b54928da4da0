// Way in: CheckSquashfsIndexes(), from the last table to the first.
#include "engine/image/squashfs_indexes.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

constexpr uint64_t kBlockBytes = 8192;  // of metadata, unpacked
constexpr uint64_t kMostStored = kBlockBytes + 2;
constexpr uint64_t kPointer = 8;       // bytes of an index's entry
constexpr uint64_t kReadAtOnce = 512;  // of them
constexpr uint64_t kXattrHeader = 16;  // u64 table, u32 count, u32 unused

// Bytes of one entry of a table.
constexpr uint64_t kXattrEntry = 16;
constexpr uint64_t kOwnerEntry = 4;
constexpr uint64_t kExportEntry = 8;

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat(
      "the squashfs index of ", what, " is wrong, so Linux does not mount it"));
}

// An index of `count` entries of `entry_bytes` each, between two offsets.
struct Index {
  const char* what;
  uint64_t begin;
  uint64_t end;
  uint64_t count;
  uint64_t entry_bytes;
  // Where the last block ends at the latest.
  uint64_t blocks_end;
};

// Where the first block lies.
absl::StatusOr<uint64_t> FirstBlock(ImageReader& image, const Index& index) {
  const uint64_t per_block = kBlockBytes / index.entry_bytes;
  const uint64_t blocks = (index.count + per_block - 1) / per_block;
  if (blocks == 0 || index.begin > index.end ||
      index.end - index.begin != blocks * kPointer) {
    return Corrupt(index.what);
  }
  uint64_t first = 0;
  uint64_t last = 0;
  for (uint64_t done = 0; done < blocks;) {
    const uint64_t now = std::min(blocks - done, kReadAtOnce);
    absl::StatusOr<std::vector<uint8_t>> bytes =
        ReadSpan(image, index.begin + done * kPointer, now * kPointer,
                 "a squashfs index");
    if (!bytes.ok()) return bytes.status();
    ByteCursor at(*bytes);
    for (uint64_t i = 0; i < now; ++i, ++done) {
      const uint64_t block = at.U64(i * kPointer);
      if (done == 0) {
        first = block;
      } else if (block <= last || block - last > kMostStored) {
        return Corrupt(index.what);
      }
      last = block;
    }
  }
  if (last >= index.blocks_end || index.blocks_end - last > kMostStored) {
    return Corrupt(index.what);
  }
  return first;
}

// Where the attributes begin.
absl::StatusOr<uint64_t> CheckXattrs(ImageReader& image,
                                     const SquashfsSuperblock& super) {
  const uint64_t begin = *super.xattr_table;
  absl::StatusOr<std::vector<uint8_t>> header =
      ReadSpan(image, begin, kXattrHeader, "the squashfs xattr table");
  if (!header.ok()) return header.status();
  ByteCursor at(*header);
  const uint64_t attributes = at.U64(0);
  const Index index{"attributes", begin + kXattrHeader, super.used_bytes,
                    at.U32(8),    kXattrEntry,          begin};
  absl::StatusOr<uint64_t> first = FirstBlock(image, index);
  if (!first.ok()) return first.status();
  if (attributes >= *first) return Corrupt(index.what);
  return attributes;
}

// The first of the fragments' blocks; only that index may be shorter than its
// place.
absl::StatusOr<uint64_t> CheckFragments(ImageReader& image,
                                        const SquashfsSuperblock& super,
                                        uint64_t end) {
  constexpr uint64_t kPerBlock = kBlockBytes / 16;
  const uint64_t blocks = (super.fragment_count + kPerBlock - 1) / kPerBlock;
  if (!super.fragment_table.has_value() || *super.fragment_table > end ||
      blocks * kPointer > end - *super.fragment_table) {
    return Corrupt("fragments");
  }
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(image, *super.fragment_table, kPointer, "a squashfs index");
  if (!bytes.ok()) return bytes.status();
  return ByteCursor(*bytes).U64(0);
}

}  // namespace

absl::Status CheckSquashfsIndexes(ImageReader& image,
                                  const SquashfsSuperblock& super) {
  absl::StatusOr<uint64_t> end = super.used_bytes;
  if (super.xattr_table.has_value()) end = CheckXattrs(image, super);
  if (!end.ok()) return end.status();
  end = FirstBlock(image, {"owners", super.owner_table, *end, super.owner_count,
                           kOwnerEntry, super.owner_table});
  if (!end.ok()) return end.status();
  if (super.export_table.has_value()) {
    end = FirstBlock(
        image, {"exported inodes", *super.export_table, *end, super.inode_count,
                kExportEntry, *super.export_table});
    if (!end.ok()) return end.status();
  }
  if (super.fragment_count != 0) end = CheckFragments(image, super, *end);
  if (!end.ok()) return end.status();
  if (super.directory_table > *end) return Corrupt("directories");
  if ((super.root_inode & 0xffff) > kBlockBytes) return Corrupt("inodes");
  return absl::OkStatus();
}

}  // namespace extgate
