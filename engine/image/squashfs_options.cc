// One way in: CheckSquashfsOptions.
#include "engine/image/squashfs_options.h"

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint64_t kOptionsAt = 96;    // bytes: behind the superblock
constexpr uint16_t kPlain = 0x8000;    // in the block's u16 of size
constexpr uint64_t kMostBytes = 4096;  // a page, of the smallest kind
constexpr uint64_t kOptionBytes = 8;   // of xz and lz4
constexpr uint16_t kXz = 4;            // compressors
constexpr uint16_t kLz4 = 5;
constexpr uint64_t kXzDictionaryAt = 0;  // u32, bytes
constexpr uint64_t kLz4VersionAt = 0;    // u32
constexpr uint32_t kLz4Legacy = 1;

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the squashfs options ", what));
}

// 2^n or 2^n + 2^(n+1).
bool IsDictionary(uint32_t bytes) {
  if (bytes == 0) return false;
  const uint32_t lowest = bytes & ~(bytes - 1);
  return bytes == lowest || bytes == lowest + (lowest << 1);
}

absl::Status CheckFor(uint16_t compressor, const std::vector<uint8_t>& bytes) {
  if (compressor != kXz && compressor != kLz4) return absl::OkStatus();
  if (bytes.size() < kOptionBytes) {
    return Corrupt(absl::StrCat("have ", bytes.size(), " bytes"));
  }
  ByteCursor at(bytes);
  if (compressor == kXz && !IsDictionary(at.U32(kXzDictionaryAt))) {
    return Corrupt("say a dictionary of an impossible size");
  }
  if (compressor == kLz4 && at.U32(kLz4VersionAt) != kLz4Legacy) {
    return Corrupt("say an unknown version of lz4");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSquashfsOptions(SquashfsBlocks& blocks,
                                  const SquashfsSuperblock& super) {
  if (!super.has_options) {
    return super.compressor == kLz4 ? Corrupt("of lz4 are missing")
                                    : absl::OkStatus();
  }
  absl::StatusOr<std::vector<uint8_t>> head = blocks.ReadPlain(kOptionsAt, 2);
  if (!head.ok()) return head.status();
  const uint16_t word = ByteCursor(*head).U16(0);
  const uint64_t size = word & ~kPlain;
  // Nothing could decompress them: how that is done they say.
  if ((word & kPlain) == 0 || size > kMostBytes) {
    return Corrupt("are none that Linux reads");
  }
  absl::StatusOr<std::vector<uint8_t>> bytes =
      blocks.ReadPlain(kOptionsAt + 2, size);
  if (!bytes.ok()) return bytes.status();
  return CheckFor(super.compressor, *bytes);
}

}  // namespace extgate
