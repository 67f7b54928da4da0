// Way in: WatchedReader::ReadAt().
#include "engine/image/watched_reader.h"

#include <algorithm>
#include <vector>

namespace extgate {

absl::Status WatchedReader::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  absl::Status status = reader_.ReadAt(offset, out);
  if (absl::IsDataLoss(status)) {
    if (!bad_offset_.has_value()) {
      bad_offset_ = FindBadBlock(offset, out.size());
    }
  } else if (!status.ok() && !absl::IsOutOfRange(status) && io_error_.ok()) {
    io_error_ = status;
  }
  return status;
}

uint64_t WatchedReader::FindBadBlock(uint64_t offset, uint64_t size) {
  const uint64_t end = std::min(offset + size, reader_.size_bytes());
  uint64_t block = offset / block_bytes_ * block_bytes_;
  for (; block < end; block += block_bytes_) {
    std::vector<uint8_t> bytes(
        std::min(block_bytes_, reader_.size_bytes() - block));
    if (absl::IsDataLoss(reader_.ReadAt(block, absl::MakeSpan(bytes)))) break;
  }
  return block;
}

}  // namespace extgate
