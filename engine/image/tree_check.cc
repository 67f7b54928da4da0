// Way in: CheckTree. Threads take pieces in the order of the data; a piece is
// all that some hash blocks speak of, so that none is hashed by two threads.
// What comes before a bad piece was taken before it, and is finished: so the
// first bad block is the same with any number of threads.
#include "engine/image/tree_check.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/image/verity.h"

namespace extgate {
namespace {

constexpr uint64_t kPieceBytes = uint64_t{512} << 10;  // fits a core's cache
constexpr uint64_t kThreadBytes = uint64_t{4} << 20;
constexpr size_t kMostThreads = 16;

uint64_t PieceBytes(const VerityTree& tree) {
  const uint64_t leaf = HashesPerBlock(tree) * tree.data_block_size;
  return std::max<uint64_t>(kPieceBytes / leaf, 1) * leaf;
}

// One check, which its threads share.
class Check {
 public:
  Check(ImageReader& image, const Layout& layout, const VerityTree& tree,
        const TreeCheckOptions& options)
      : image_(image),
        layout_(layout),
        tree_(tree),
        options_(options),
        data_(CoveredData(layout, tree)),
        piece_(PieceBytes(tree)) {}

  absl::StatusOr<TreeCheck> Go() {
    // A joining thread: also where one more cannot be had.
    std::vector<std::jthread> threads;
    try {
      while (threads.size() + 1 < options_.threads) {
        threads.emplace_back([this] { Work(); });
      }
    } catch (const std::system_error&) {
      // Those that there are do all of it.
    }
    Work();
    threads.clear();
    if (!failure_.ok()) return failure_;
    return result_;
  }

 private:
  void Work() {
    try {
      TakePieces();
    } catch (const std::bad_alloc&) {
      Fail(0, absl::ResourceExhaustedError("no memory to check the data"));
    }
  }

  void TakePieces() {
    ImageReader& tree_image =
        options_.tree_image != nullptr ? *options_.tree_image : image_;
    absl::StatusOr<std::unique_ptr<BlockVerifier>> verifier =
        BlockVerifier::Create(tree_image, *layout_.verity, tree_);
    if (!verifier.ok()) return Fail(0, verifier.status());
    const auto buffer =
        std::make_unique_for_overwrite<uint8_t[]>(std::min(piece_, data_.size));
    while (true) {
      const uint64_t start = next_.fetch_add(piece_);
      if (start >= end_.load()) return;
      const absl::Span<uint8_t> bytes(buffer.get(),
                                      std::min(piece_, data_.size - start));
      const absl::Status status = CheckPiece(start, bytes, **verifier);
      if (absl::IsDataLoss(status) && (*verifier)->bad_block()) {
        return FoundBad(start, **verifier);
      }
      if (!status.ok()) return Fail(start, status);
      Report(bytes.size());
    }
  }

  absl::Status CheckPiece(uint64_t start, absl::Span<uint8_t> bytes,
                          BlockVerifier& verifier) {
    absl::Status status = image_.ReadAt(data_.offset + start, bytes);
    if (status.ok()) {
      status = verifier.Check(start / tree_.data_block_size, bytes);
    }
    if (status.ok() && options_.take) {
      status = options_.take(data_.offset + start, bytes);
    }
    return status;
  }

  // The end of the work at `start`, unless it has ended before.
  bool EndsAt(uint64_t start) {
    if (start >= end_.load()) return false;
    end_ = start;
    return true;
  }

  void FoundBad(uint64_t start, const BlockVerifier& verifier) {
    const std::lock_guard lock(mutex_);
    if (!EndsAt(start)) return;
    failure_ = absl::OkStatus();
    result_.data_check = {false, verifier.first_bad_offset().value_or(start)};
    result_.bad_block = verifier.bad_block();
  }

  void Fail(uint64_t start, const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    if (EndsAt(start)) failure_ = status;
  }

  void Report(uint64_t bytes) {
    if (!options_.progress) return;
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    options_.progress(done_, data_.size);
  }

  ImageReader& image_;
  const Layout& layout_;
  const VerityTree& tree_;
  const TreeCheckOptions& options_;
  const ByteRange data_;
  const uint64_t piece_;            // bytes
  std::atomic<uint64_t> next_ = 0;  // of the data: the next piece's start
  std::atomic<uint64_t> end_ = data_.size;  // no piece from here on counts
  std::mutex mutex_;
  uint64_t done_ = 0;
  absl::Status failure_;
  TreeCheck result_{{true, std::nullopt}, std::nullopt};
};

}  // namespace

size_t TreeCheckThreads(uint64_t bytes) {
  const size_t processors = std::max(std::thread::hardware_concurrency(), 1u);
  return static_cast<size_t>(std::clamp<uint64_t>(
      bytes / kThreadBytes, 1, std::min(processors, kMostThreads)));
}

ByteRange CoveredData(const Layout& layout, const VerityTree& tree) {
  return {layout.data.offset, tree.data_blocks * tree.data_block_size};
}

uint64_t OffsetInImage(const BadBlock& block, const Layout& layout,
                       const VerityTree& tree) {
  if (block.level == 0) {
    return layout.data.offset + block.number * tree.data_block_size;
  }
  const std::vector<ByteRange> levels = TreeLevels(tree);
  return layout.verity->offset + levels[levels.size() - block.level].offset +
         block.number * tree.hash_block_size;
}

absl::StatusOr<TreeCheck> CheckTree(ImageReader& image, const Layout& layout,
                                    const VerityTree& tree,
                                    const TreeCheckOptions& options) {
  return Check(image, layout, tree, options).Go();
}

}  // namespace extgate
