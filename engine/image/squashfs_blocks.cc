// Way in: SquashfsBlocks::Create(), then SquashfsCursor for metadata and
// ReadData() for content.
#include "engine/image/squashfs_blocks.h"

#include <sqfs/compressor.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

constexpr uint64_t kMetadataBytes = 8192;
constexpr uint16_t kMetadataPlain = 0x8000;  // in its u16 of size
constexpr uint32_t kDataPlain = 1 << 24;     // in a block's u32 of size
constexpr uint32_t kDataSize = kDataPlain - 1;
constexpr size_t kMostKept = 64;

absl::Status Outside() {
  return absl::DataLossError("a squashfs block lies outside the filesystem");
}

}  // namespace

struct SquashfsBlocks::Decompressor {
  ~Decompressor() { sqfs_destroy(compressor); }
  sqfs_compressor_t* compressor = nullptr;
};

SquashfsBlocks::SquashfsBlocks(ImageReader& image,
                               const SquashfsSuperblock& super)
    : image_(image),
      super_(super),
      decompressor_(std::make_unique<Decompressor>()) {}

SquashfsBlocks::~SquashfsBlocks() = default;

absl::StatusOr<std::unique_ptr<SquashfsBlocks>> SquashfsBlocks::Create(
    ImageReader& image, const SquashfsSuperblock& super) {
  std::unique_ptr<SquashfsBlocks> blocks(new SquashfsBlocks(image, super));
  sqfs_compressor_config_t config;
  if (sqfs_compressor_config_init(
          &config, static_cast<SQFS_COMPRESSOR>(super.compressor),
          super.block_bytes, SQFS_COMP_FLAG_UNCOMPRESS) != 0 ||
      sqfs_compressor_create(&config, &blocks->decompressor_->compressor) !=
          0) {
    return absl::UnimplementedError(
        absl::StrCat("squashfs with compression ", super.compressor));
  }
  return blocks;
}

absl::StatusOr<std::vector<uint8_t>> SquashfsBlocks::ReadPlain(uint64_t offset,
                                                               uint64_t size) {
  if (offset > super_.used_bytes || size > super_.used_bytes - offset) {
    return Outside();
  }
  return ReadSpan(image_, offset, size, "a squashfs block");
}

absl::StatusOr<std::vector<uint8_t>> SquashfsBlocks::Decompress(
    absl::Span<const uint8_t> bytes, uint64_t most) {
  std::vector<uint8_t> out(most);
  sqfs_compressor_t* compressor = decompressor_->compressor;
  const sqfs_s32 size = compressor->do_block(
      compressor, bytes.data(), static_cast<sqfs_u32>(bytes.size()), out.data(),
      static_cast<sqfs_u32>(out.size()));
  if (size <= 0 || static_cast<uint64_t>(size) > most) {
    return absl::DataLossError("a squashfs block does not decompress");
  }
  out.resize(static_cast<size_t>(size));
  return out;
}

absl::StatusOr<const SquashfsBlocks::Metadata*> SquashfsBlocks::ReadMetadata(
    uint64_t offset) {
  const auto kept = kept_.find(offset);
  if (kept != kept_.end()) return &kept->second;
  absl::StatusOr<std::vector<uint8_t>> head = ReadPlain(offset, 2);
  if (!head.ok()) return head.status();
  const uint16_t word = ByteCursor(*head).U16(0);
  const uint64_t size = word & ~kMetadataPlain;
  if (size == 0 || size > kMetadataBytes) {
    return absl::DataLossError(
        absl::StrCat("a squashfs metadata block of ", size, " bytes"));
  }
  absl::StatusOr<std::vector<uint8_t>> bytes = ReadPlain(offset + 2, size);
  if (!bytes.ok()) return bytes.status();
  if (!(word & kMetadataPlain)) bytes = Decompress(*bytes, kMetadataBytes);
  if (!bytes.ok()) return bytes.status();
  if (kept_.size() >= kMostKept) kept_.clear();
  return &kept_.emplace(offset, Metadata{*std::move(bytes), offset + 2 + size})
              .first->second;
}

absl::StatusOr<std::vector<uint8_t>> SquashfsBlocks::ReadData(
    uint64_t offset, uint32_t size_word) {
  const uint64_t size = size_word & kDataSize;
  if (size == 0 || size > super_.block_bytes) {
    return absl::DataLossError(
        absl::StrCat("a squashfs data block of ", size, " bytes"));
  }
  absl::StatusOr<std::vector<uint8_t>> bytes = ReadPlain(offset, size);
  if (!bytes.ok() || (size_word & kDataPlain)) return bytes;
  return Decompress(*bytes, super_.block_bytes);
}

absl::Status SquashfsCursor::Read(absl::Span<uint8_t> out) {
  while (!out.empty()) {
    absl::StatusOr<const SquashfsBlocks::Metadata*> block =
        blocks_.ReadMetadata(block_);
    if (!block.ok()) return block.status();
    const std::vector<uint8_t>& bytes = (*block)->bytes;
    if (offset_ > bytes.size()) {
      return absl::DataLossError("squashfs metadata is shorter than it says");
    }
    const uint64_t size =
        std::min<uint64_t>(out.size(), bytes.size() - offset_);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset_), size,
                out.begin());
    out.remove_prefix(size);
    offset_ += size;
    if (offset_ == bytes.size()) {
      block_ = (*block)->next;
      offset_ = 0;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint8_t>> SquashfsCursor::Take(uint64_t size) {
  std::vector<uint8_t> bytes(size);
  absl::Status read = Read(absl::MakeSpan(bytes));
  if (!read.ok()) return read;
  return bytes;
}

}  // namespace extgate
