// The whole hash tree of an image, from the root hash to the last data block.
#ifndef EXTGATE_ENGINE_SCRUB_H_
#define EXTGATE_ENGINE_SCRUB_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/image/block_verifier.h"
#include "engine/image/image_reader.h"
#include "policy/hex_bytes.h"
#include "policy/words.h"

namespace extgate {

enum class ScrubState {
  kIntact,      // every data block is what the root hash says
  kCorrupt,     // one is not, or the tree is no tree
  kUnchecked,   // there is no hash tree to check against, or none that is read
  kUnreadable,  // an I/O error
};

template <>
struct Words<ScrubState> {
  static constexpr char kNoun[] = "scrub state";
  static constexpr std::pair<ScrubState, const char*> kTable[] = {
      {ScrubState::kIntact, "intact"},
      {ScrubState::kCorrupt, "corrupt"},
      {ScrubState::kUnchecked, "unchecked"},
      {ScrubState::kUnreadable, "unreadable"},
  };
};

struct ScrubResult {
  std::string path;
  ScrubState state = ScrubState::kUnreadable;
  std::string detail;       // why, where it is not intact
  uint64_t data_bytes = 0;  // that the tree covers
  std::optional<RootHash> root_hash;
  // The first block, in the order of the data, that contradicts the tree, and
  // its offset in bytes from the start of the image.
  std::optional<BadBlock> bad_block;
  uint64_t bad_offset = 0;
  friend bool operator==(const ScrubResult&, const ScrubResult&) = default;
};

// Checks all data of `image`, called `path`, against its hash tree, and the
// tree's root hash against the one that the signature partition states, where
// there is one; whose signature that is, is not asked. On as many threads as
// the data is worth (engine/image/tree_check.h), `progress` is told as there.
ScrubResult Scrub(
    ImageReader& image, const std::string& path,
    const std::function<void(uint64_t done, uint64_t total)>& progress);

// One line of JSON without a newline (proto/report.proto, Scrub).
std::string ScrubToJson(const ScrubResult& result);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_SCRUB_H_
