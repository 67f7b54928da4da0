// Way in: OpenVerified; a reader that keeps whole blocks and hands out parts.
#include "engine/image/verified_reader.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/block_verifier.h"

namespace extgate {
namespace {

constexpr uint64_t kSlots = 256;  // data blocks that are kept
constexpr uint64_t kPiece = 1024 * 1024;

absl::Status CheckInside(uint64_t offset, uint64_t size, uint64_t limit) {
  if (offset <= limit && size <= limit - offset) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("bytes ", offset, " + ", size,
                                            " are beyond ", limit, " bytes"));
}

class Window : public ImageReader {
 public:
  Window(ImageReader& image, const ByteRange& range)
      : image_(image), range_(range) {}

  uint64_t size_bytes() const override { return range_.size; }

  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    absl::Status inside = CheckInside(offset, out.size(), range_.size);
    // Both sums could overflow only for a range that is beyond any file.
    if (inside.ok() && offset > UINT64_MAX - range_.offset) {
      inside = absl::OutOfRangeError("the window is beyond the file");
    }
    return inside.ok() ? image_.ReadAt(range_.offset + offset, out) : inside;
  }

 private:
  ImageReader& image_;
  const ByteRange range_;
};

class VerifiedReader : public ImageReader {
 public:
  VerifiedReader(ImageReader& image, const ByteRange& data,
                 const VerityTree& tree,
                 std::unique_ptr<BlockVerifier> verifier)
      : image_(image),
        data_offset_(data.offset),
        block_size_(tree.data_block_size),
        size_(tree.data_blocks * tree.data_block_size),
        verifier_(std::move(verifier)),
        held_(std::min(tree.data_blocks, kSlots)),
        kept_(std::make_unique_for_overwrite<uint8_t[]>(held_.size() *
                                                        block_size_)) {}

  uint64_t size_bytes() const override { return size_; }

  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    absl::Status status = CheckInside(offset, out.size(), size_);
    if (!status.ok()) return status;
    status = Fill(offset, out);
    if (!status.ok()) std::fill(out.begin(), out.end(), uint8_t{0});
    return status;
  }

  std::optional<uint64_t> first_bad_offset() const {
    return verifier_->first_bad_offset();
  }

 private:
  absl::Status Fill(uint64_t offset, absl::Span<uint8_t> out) {
    while (!out.empty()) {
      const uint64_t skip = offset % block_size_;
      const uint64_t whole = out.size() / block_size_ * block_size_;
      uint64_t done = 0;
      absl::Status status;
      if (skip == 0 && whole != 0) {
        done = whole;
        status = ReadBlocks(offset / block_size_, out.first(whole));
      } else {
        done = std::min<uint64_t>(block_size_ - skip, out.size());
        status = ReadPart(offset / block_size_, skip, out.first(done));
      }
      if (!status.ok()) return status;
      offset += done;
      out.remove_prefix(done);
    }
    return absl::OkStatus();
  }

  // Whole blocks go straight to the caller, those kept already excepted.
  absl::Status ReadBlocks(uint64_t block, absl::Span<uint8_t> out) {
    if (out.size() == block_size_) return ReadPart(block, 0, out);
    absl::Status status =
        image_.ReadAt(data_offset_ + block * block_size_, out);
    return status.ok() ? verifier_->Check(block, out) : status;
  }

  // A part of one block, through what is kept.
  absl::Status ReadPart(uint64_t block, uint64_t skip,
                        absl::Span<uint8_t> out) {
    const uint64_t slot = block % held_.size();
    const absl::Span<uint8_t> kept(kept_.get() + slot * block_size_,
                                   block_size_);
    if (held_[slot] != block) {
      held_[slot].reset();
      absl::Status status =
          image_.ReadAt(data_offset_ + block * block_size_, kept);
      if (!status.ok()) return status;
      status = verifier_->Check(block, kept);
      if (!status.ok()) return status;
      held_[slot] = block;
    }
    std::copy_n(kept.begin() + skip, out.size(), out.begin());
    return absl::OkStatus();
  }

  ImageReader& image_;
  const uint64_t data_offset_;  // bytes, within the image
  const uint64_t block_size_;
  const uint64_t size_;
  const std::unique_ptr<BlockVerifier> verifier_;
  std::vector<std::optional<uint64_t>> held_;  // which block is in a slot
  // Slots of one block each; not touched before one is filled.
  const std::unique_ptr<uint8_t[]> kept_;
};

absl::StatusOr<std::unique_ptr<VerifiedReader>> Open(ImageReader& image,
                                                     const ByteRange& data,
                                                     const ByteRange& verity,
                                                     const VerityTree& tree) {
  for (const ByteRange& range : {data, verity}) {
    if (!CheckInside(range.offset, range.size, image.size_bytes()).ok()) {
      return absl::InvalidArgumentError("a partition is beyond the file");
    }
  }
  absl::StatusOr<std::unique_ptr<BlockVerifier>> verifier =
      BlockVerifier::Create(image, verity, tree);
  if (!verifier.ok()) return verifier.status();
  if (tree.data_blocks > data.size / tree.data_block_size) {
    return absl::InvalidArgumentError("the tree is for more data");
  }
  return std::make_unique<VerifiedReader>(image, data, tree,
                                          *std::move(verifier));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImageReader>> OpenVerified(
    ImageReader& image, const ByteRange& data, const ByteRange& verity,
    const VerityTree& tree) {
  return Open(image, data, verity, tree);
}

absl::StatusOr<DataCheck> VerifyAllData(ImageReader& image,
                                        const ByteRange& data,
                                        const ByteRange& verity,
                                        const VerityTree& tree) {
  absl::StatusOr<std::unique_ptr<VerifiedReader>> reader =
      Open(image, data, verity, tree);
  if (!reader.ok()) return reader.status();
  DataCheck check;
  const uint64_t size = (*reader)->size_bytes();
  std::vector<uint8_t> piece(std::min(kPiece, size));
  for (uint64_t offset = 0; offset < size; offset += kPiece) {
    const absl::Status status = (*reader)->ReadAt(
        offset, absl::MakeSpan(piece).first(std::min(kPiece, size - offset)));
    if (absl::IsDataLoss(status)) {
      check.first_bad_offset = (*reader)->first_bad_offset();
      return check;
    }
    if (!status.ok()) return status;
  }
  check.complete = true;
  return check;
}

std::unique_ptr<ImageReader> OpenWindow(ImageReader& image,
                                        const ByteRange& range) {
  return std::make_unique<Window>(image, range);
}

}  // namespace extgate
