// Ways in: Sha256::Update and Finish.
#include "engine/crypto/sha256.h"

#include <algorithm>

namespace extgate {

void Sha256::Update(absl::Span<const uint8_t> bytes) {
  const size_t held = total_ % kSha256Chunk;
  total_ += bytes.size();
  if (held > 0) {
    const size_t taken = std::min(bytes.size(), kSha256Chunk - held);
    std::copy_n(bytes.begin(), taken, tail_.begin() + held);
    bytes.remove_prefix(taken);
    if (held + taken < kSha256Chunk) return;
    kernel_.compress(&state_, tail_.data(), 0, 1);
  }
  const size_t chunks = bytes.size() / kSha256Chunk;
  if (chunks > 0) kernel_.compress(&state_, bytes.data(), 0, chunks);
  bytes.remove_prefix(chunks * kSha256Chunk);
  std::copy(bytes.begin(), bytes.end(), tail_.begin());
}

Sha256Digest Sha256::Finish() {
  const size_t chunks = PadSha256(tail_.data(), total_ % kSha256Chunk, total_);
  kernel_.compress(&state_, tail_.data(), 0, chunks);
  Sha256Digest digest;
  StoreSha256(state_, digest.data());
  return digest;
}

}  // namespace extgate
