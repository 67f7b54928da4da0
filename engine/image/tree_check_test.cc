// The whole tree, with any number of threads.
#include "engine/image/tree_check.h"

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "engine/image/inspect.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// Over 1 000 leaves in three levels, so that threads have many pieces to take.
TestImage Large() {
  TestImage options;
  options.data.resize(12 << 20);
  std::mt19937 generator(7);
  for (uint8_t& byte : options.data) byte = static_cast<uint8_t>(generator());
  options.tree.data_block_size = 1024;
  options.tree.hash_block_size = 512;
  return options;
}

struct Subject {
  explicit Subject(const TestImage& options)
      : bytes(BuildImage(options).bytes()) {
    BufferReader reader(bytes);
    const ImageFacts facts =
        InspectOutside(reader, "a.raw", ImageClass::kSysext);
    layout = *facts.layout.value();
    tree = *facts.verity.value();
  }

  TreeCheck Check(const TreeCheckOptions& options) {
    BufferReader reader(bytes);
    auto check = CheckTree(reader, layout, tree, options);
    EXPECT_TRUE(check.ok()) << check.status();
    return check.ok() ? *check : TreeCheck();
  }

  Bytes bytes;
  Layout layout;
  VerityTree tree;
};

TreeCheckOptions Threads(size_t threads) {
  TreeCheckOptions options;
  options.threads = threads;
  return options;
}

TEST(TreeCheckTest, IntactDataIsTakenWholeAndOnce) {
  Subject subject(Large());
  for (size_t threads : {1, 2, 3, 8}) {
    std::mutex mutex;
    Bytes taken(subject.bytes.size());
    uint64_t bytes_taken = 0;
    std::vector<uint64_t> told;
    TreeCheckOptions options = Threads(threads);
    options.take = [&](uint64_t offset, absl::Span<const uint8_t> bytes) {
      const std::lock_guard lock(mutex);
      std::copy(bytes.begin(), bytes.end(),
                taken.begin() + static_cast<ptrdiff_t>(offset));
      bytes_taken += bytes.size();
      return absl::OkStatus();
    };
    options.progress = [&](uint64_t done, uint64_t total) {
      EXPECT_EQ(total, uint64_t{12} << 20);
      told.push_back(done);
    };
    const TreeCheck check = subject.Check(options);
    EXPECT_EQ(check.data_check, (DataCheck{true, std::nullopt}));
    EXPECT_EQ(check.bad_block, std::nullopt);
    EXPECT_EQ(bytes_taken, uint64_t{12} << 20);
    const auto start = static_cast<ptrdiff_t>(subject.layout.data.offset);
    EXPECT_TRUE(std::equal(taken.begin() + start,
                           taken.begin() + start + (12 << 20),
                           subject.bytes.begin() + start));
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(told.back(), uint64_t{12} << 20);
  }
}

TEST(TreeCheckTest, TheFirstBadBlockIsTheSameWithAnyNumberOfThreads) {
  std::mt19937 random(3);
  for (int round = 0; round < 12; ++round) {
    Subject subject(Large());
    uint64_t first = subject.tree.data_blocks;
    for (int flips = 0; flips < 3; ++flips) {
      const uint64_t block = random() % subject.tree.data_blocks;
      subject
          .bytes[subject.layout.data.offset + block * 1024 + random() % 1024] ^=
          0x10;
      first = std::min(first, block);
    }
    for (size_t threads : {1, 2, 5}) {
      const TreeCheck check = subject.Check(Threads(threads));
      EXPECT_EQ(check.data_check, (DataCheck{false, first * 1024}));
      ASSERT_EQ(check.bad_block, (BadBlock{0, first}));
      EXPECT_EQ(OffsetInImage(*check.bad_block, subject.layout, subject.tree),
                subject.layout.data.offset + first * 1024);
    }
  }
}

TEST(TreeCheckTest, ABadHashBlockIsNamedWithItsLevelAndPlace) {
  Subject subject(Large());
  // 12288 data blocks, 16 digests a hash block: 768 leaves, 48, 3 and 1.
  const struct {
    BadBlock block;
    uint64_t first_bad_data_block;
  } cases[] = {
      {{1, 0}, 0}, {{1, 767}, 767 * 16}, {{2, 5}, 5 * 256}, {{3, 2}, 2 * 4096}};
  for (const auto& c : cases) {
    Subject broken = subject;
    broken.bytes[OffsetInImage(c.block, broken.layout, broken.tree)] ^= 1;
    for (size_t threads : {1, 3}) {
      const TreeCheck check = broken.Check(Threads(threads));
      EXPECT_EQ(check.bad_block, c.block);
      EXPECT_EQ(check.data_check.first_bad_offset,
                c.first_bad_data_block * 1024);
    }
  }
}

TEST(TreeCheckTest, AFailureToTakeEndsIt) {
  Subject subject(Large());
  for (size_t threads : {1, 4}) {
    TreeCheckOptions options = Threads(threads);
    options.take = [&](uint64_t offset, absl::Span<const uint8_t>) {
      return offset > subject.layout.data.offset + (5 << 20)
                 ? absl::ResourceExhaustedError("full")
                 : absl::OkStatus();
    };
    BufferReader reader(subject.bytes);
    EXPECT_TRUE(absl::IsResourceExhausted(
        CheckTree(reader, subject.layout, subject.tree, options).status()));
  }
}

TEST(TreeCheckTest, DataBeyondTheFileIsAnError) {
  Subject subject(Large());
  subject.bytes.resize(subject.layout.data.offset + (6 << 20));
  Subject whole(Large());
  BufferReader tree(whole.bytes);
  BufferReader reader(subject.bytes);
  TreeCheckOptions options = Threads(2);
  options.tree_image = &tree;
  EXPECT_TRUE(absl::IsOutOfRange(
      CheckTree(reader, subject.layout, subject.tree, options).status()));
}

TEST(TreeCheckTest, SmallDataIsWorthOneThread) {
  EXPECT_EQ(TreeCheckThreads(0), 1u);
  EXPECT_EQ(TreeCheckThreads(4 << 20), 1u);
  EXPECT_GE(TreeCheckThreads(uint64_t{1} << 40), 1u);
  EXPECT_LE(TreeCheckThreads(uint64_t{1} << 40), 16u);
}

}  // namespace
}  // namespace extgate
