// Way in: BufferReader::ReadAt.
#include "engine/image/buffer_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace extgate {

absl::Status BufferReader::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
    return absl::OutOfRangeError(absl::StrCat("bytes ", offset, " + ",
                                              out.size(), " are beyond ",
                                              bytes_.size(), " bytes"));
  }
  const absl::Span<const uint8_t> found = bytes_.subspan(offset, out.size());
  std::copy(found.begin(), found.end(), out.begin());
  return absl::OkStatus();
}

}  // namespace extgate
