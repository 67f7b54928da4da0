// Verified reading: what is handed out is what the root hash is of, and every
// change below it is found, with its place.
#include "engine/image/verified_reader.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/image/block_verifier.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "engine/image/verity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

// Bytes of no pattern, always the same.
Bytes Noise(size_t size) {
  std::mt19937 generator(size);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(generator());
  return bytes;
}

// Counts what is read of a buffer.
class CountingReader : public ImageReader {
 public:
  explicit CountingReader(const Bytes& bytes) : image_(bytes) {}
  uint64_t size_bytes() const override { return image_.size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    bytes_read += out.size();
    return image_.ReadAt(offset, out);
  }
  uint64_t bytes_read = 0;

 private:
  BufferReader image_;
};

// An image and the tree that was read of it.
struct Subject {
  BuiltImage image;
  VerityTree tree;

  explicit Subject(const TestImage& options) : image(BuildImage(options)) {
    BufferReader reader(image.bytes());
    tree = *(*ReadVerityTree(reader, image.data, image.verity)).value();
  }
  uint64_t data_size() const { return tree.data_blocks * tree.data_block_size; }
};

TestImage Options(size_t data_size, uint32_t block_size = 512) {
  TestImage options;
  options.data = Noise(data_size);
  options.tree.data_block_size = options.tree.hash_block_size = block_size;
  return options;
}

TEST(VerifiedReaderTest, HandsOutTheDataAtEveryOffsetAndSize) {
  const Subject subject(Options(40 * 512));  // 3 levels of 16
  BufferReader image(subject.image.bytes());
  auto reader = OpenVerified(image, subject.image.data, subject.image.verity,
                             subject.tree);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_EQ((*reader)->size_bytes(), 40u * 512);
  const auto data = absl::MakeConstSpan(subject.image.bytes())
                        .subspan(subject.image.data.offset, 40 * 512);
  for (uint64_t offset = 0; offset <= data.size(); offset += 37) {
    for (uint64_t size : {0, 1, 511, 512, 513, 1024, 5000}) {
      Bytes out(size, 0xee);
      const absl::Status status =
          (*reader)->ReadAt(offset, absl::MakeSpan(out));
      if (offset + size > data.size()) {
        ASSERT_TRUE(absl::IsOutOfRange(status)) << offset << " " << size;
        continue;
      }
      ASSERT_TRUE(status.ok()) << offset << " " << size << ": " << status;
      ASSERT_EQ(absl::MakeConstSpan(out), data.subspan(offset, size));
    }
  }
  Bytes out(1);
  EXPECT_TRUE(
      absl::IsOutOfRange((*reader)->ReadAt(UINT64_MAX, absl::MakeSpan(out))));
}

TEST(VerifiedReaderTest, ReadsInOrderHashEachBlockOnce) {
  // 2400 leaf blocks and 19 above them, at 4 MiB of kept hash blocks no matter;
  // what is read is what is hashed.
  const Subject subject(Options(300 * 128 * 512));
  CountingReader image(subject.image.bytes());
  const auto check = VerifyAllData(image, subject.image.data,
                                   subject.image.verity, subject.tree);
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_TRUE(check->complete);
  uint64_t tree_bytes = 0;
  for (const ByteRange& level : TreeLevels(subject.tree)) {
    tree_bytes += level.size;
  }
  EXPECT_EQ(image.bytes_read, subject.data_size() + tree_bytes);
}

TEST(VerifiedReaderTest, SmallReadsOfOneBlockHashItOnce) {
  const Subject subject(Options(64 * 4096, 4096));
  CountingReader image(subject.image.bytes());
  auto reader = OpenVerified(image, subject.image.data, subject.image.verity,
                             subject.tree);
  ASSERT_TRUE(reader.ok());
  for (uint64_t offset = 0; offset < subject.data_size(); offset += 100) {
    Bytes out(std::min<uint64_t>(100, subject.data_size() - offset));
    ASSERT_TRUE((*reader)->ReadAt(offset, absl::MakeSpan(out)).ok());
  }
  EXPECT_EQ(image.bytes_read, 64u * 4096 + 4096);
}

TEST(VerifiedReaderTest, EveryFlippedBitOfDataAndTreeIsFound) {
  Subject subject(Options(20 * 512));
  Bytes& bytes = subject.image.disk.bytes;
  const ByteRange tree = {subject.image.verity.offset + 512,
                          subject.image.verity.size - 512};
  for (const ByteRange& range : {subject.image.data, tree}) {
    for (uint64_t bit = 8 * range.offset; bit < 8 * (range.offset + range.size);
         ++bit) {
      bytes[bit / 8] ^= 1 << bit % 8;
      BufferReader image(bytes);
      const auto check = VerifyAllData(image, subject.image.data,
                                       subject.image.verity, subject.tree);
      ASSERT_TRUE(check.ok()) << check.status();
      ASSERT_FALSE(check->complete) << "bit " << bit;
      ASSERT_TRUE(check->first_bad_offset.has_value());
      if (range == subject.image.data) {
        ASSERT_EQ(*check->first_bad_offset,
                  (bit / 8 - range.offset) / 512 * 512);
      }
      bytes[bit / 8] ^= 1 << bit % 8;
    }
  }
}

struct Flip {
  const char* name;
  uint64_t offset;  // within the verity partition, or the data when `in_data`
  enum { kInData, kInTree } where;
  const char* message;
  uint64_t first_bad;
};

TEST(VerifiedReaderTest, SaysWhichBlockOfWhichLevel) {
  // 300 blocks of 512: 19 leaf blocks, 2 above, 1 root.
  const Subject good(Options(300 * 512));
  const Flip flips[] = {
      {"data", 299 * 512, Flip::kInData,
       "data block 299 (level 0) contradicts the hash tree", 299 * 512},
      {"leaf", 512 + 3 * 512 + 18 * 512, Flip::kInTree,
       "hash block 18 of level 1 contradicts the hash tree", 288 * 512},
      {"middle", 512 + 2 * 512, Flip::kInTree,
       "hash block 1 of level 2 contradicts the hash tree", 256 * 512},
      {"root", 512, Flip::kInTree,
       "hash block 0 of level 3 contradicts the hash tree", 0},
  };
  for (const Flip& flip : flips) {
    Subject subject = good;
    const ByteRange& range =
        flip.where == Flip::kInData ? subject.image.data : subject.image.verity;
    subject.image.disk.bytes[range.offset + flip.offset] ^= 1;
    BufferReader image(subject.image.bytes());
    auto reader = OpenVerified(image, subject.image.data, subject.image.verity,
                               subject.tree);
    ASSERT_TRUE(reader.ok());
    Bytes out(300 * 512, 0xee);
    const absl::Status status = (*reader)->ReadAt(0, absl::MakeSpan(out));
    EXPECT_TRUE(absl::IsDataLoss(status)) << flip.name;
    EXPECT_EQ(status.message(), flip.message) << flip.name;
    EXPECT_EQ(out, Bytes(300 * 512, 0)) << "nothing unverified is handed out";
    const auto check = VerifyAllData(image, subject.image.data,
                                     subject.image.verity, subject.tree);
    ASSERT_TRUE(check.ok());
    EXPECT_EQ(check->first_bad_offset, flip.first_bad) << flip.name;
  }
}

TEST(VerifiedReaderTest, AGoodBlockBesideABadOneIsHandedOut) {
  Subject subject(Options(20 * 512));
  subject.image.disk.bytes[subject.image.data.offset + 5 * 512] ^= 1;
  BufferReader image(subject.image.bytes());
  auto reader = OpenVerified(image, subject.image.data, subject.image.verity,
                             subject.tree);
  Bytes out(10);
  EXPECT_TRUE((*reader)->ReadAt(4 * 512 + 502, absl::MakeSpan(out)).ok());
  EXPECT_TRUE(
      absl::IsDataLoss((*reader)->ReadAt(4 * 512 + 503, absl::MakeSpan(out))));
  EXPECT_TRUE((*reader)->ReadAt(6 * 512, absl::MakeSpan(out)).ok());
}

TEST(VerifiedReaderTest, TheWholeFileIsBelievedOnlyBelowTheRootHash) {
  // Another image's data and tree, right in themselves, under this root hash.
  const Subject good(Options(20 * 512));
  TestImage other_options = Options(20 * 512);
  other_options.data[0] ^= 1;
  const Subject other(other_options);
  BufferReader image(other.image.bytes());
  const auto check =
      VerifyAllData(image, other.image.data, other.image.verity, good.tree);
  ASSERT_TRUE(check.ok());
  EXPECT_FALSE(check->complete);
  EXPECT_EQ(check->first_bad_offset, 0u);
}

TEST(VerifiedReaderTest, OneBlockWithoutTree) {
  Subject subject(Options(4096, 4096));
  BufferReader image(subject.image.bytes());
  EXPECT_TRUE(VerifyAllData(image, subject.image.data, subject.image.verity,
                            subject.tree)
                  ->complete);
  subject.image.disk.bytes[subject.image.data.offset + 4095] ^= 0x80;
  EXPECT_EQ(VerifyAllData(image, subject.image.data, subject.image.verity,
                          subject.tree)
                ->first_bad_offset,
            0u);
}

TEST(VerifiedReaderTest, Sha512AndMixedBlockSizes) {
  TestImage options = Options(100 * 4096, 4096);
  options.tree.algorithm = "sha512";
  options.tree.hash_block_size = 512;
  options.tree.salt = Bytes(256, 9);
  const Subject subject(options);
  BufferReader image(subject.image.bytes());
  EXPECT_TRUE(VerifyAllData(image, subject.image.data, subject.image.verity,
                            subject.tree)
                  ->complete);
}

TEST(VerifiedReaderTest, TreesThatNobodyReadAreRefused) {
  const Subject subject(Options(20 * 512));
  BufferReader image(subject.image.bytes());
  const auto open = [&](VerityTree tree) {
    return OpenVerified(image, subject.image.data, subject.image.verity, tree)
        .status()
        .code();
  };
  VerityTree tree = subject.tree;
  tree.root_hash.reset();
  EXPECT_EQ(open(tree), absl::StatusCode::kInvalidArgument);
  tree = subject.tree;
  tree.data_block_size = 0;
  EXPECT_EQ(open(tree), absl::StatusCode::kInvalidArgument);
  tree = subject.tree;
  tree.hash_block_size = 16;
  EXPECT_EQ(open(tree), absl::StatusCode::kInvalidArgument);
  tree = subject.tree;
  tree.data_blocks = UINT64_MAX;
  EXPECT_EQ(open(tree), absl::StatusCode::kInvalidArgument);
  tree = subject.tree;
  tree.data_blocks = 21;
  EXPECT_EQ(open(tree), absl::StatusCode::kInvalidArgument);
  tree = subject.tree;
  tree.root_hash = *RootHash::Parse(std::string(32, 'a'));
  EXPECT_EQ(open(tree), absl::StatusCode::kInvalidArgument);
  tree = subject.tree;
  tree.algorithm = "md5";
  EXPECT_EQ(open(tree), absl::StatusCode::kUnimplemented);
}

TEST(BlockVerifierTest, ChecksBytesThatCameFromElsewhere) {
  const Subject subject(Options(300 * 512));
  BufferReader image(subject.image.bytes());
  auto verifier =
      BlockVerifier::Create(image, subject.image.verity, subject.tree);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  Bytes data(
      subject.image.bytes().begin() + subject.image.data.offset,
      subject.image.bytes().begin() + subject.image.data.offset + 300 * 512);
  EXPECT_TRUE((*verifier)->Check(0, data).ok());
  EXPECT_TRUE((*verifier)->Check(300, {}).ok());
  data[7 * 512] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss((*verifier)->Check(0, data)));
  EXPECT_EQ((*verifier)->first_bad_offset(), 7u * 512);
  const auto rest = absl::MakeConstSpan(data).subspan(8 * 512);
  EXPECT_TRUE((*verifier)->Check(8, rest).ok());
  EXPECT_EQ((*verifier)->first_bad_offset(), std::nullopt);
  EXPECT_TRUE(absl::IsDataLoss((*verifier)->Check(7, rest)))
      << "a right block in another's place";
}

TEST(BlockVerifierTest, RefusesPartsAndWhatIsBeyond) {
  const Subject subject(Options(20 * 512));
  BufferReader image(subject.image.bytes());
  auto verifier =
      BlockVerifier::Create(image, subject.image.verity, subject.tree);
  const Bytes data(512);
  EXPECT_TRUE(absl::IsInvalidArgument(
      (*verifier)->Check(0, absl::MakeConstSpan(data).first(511))));
  EXPECT_TRUE(absl::IsOutOfRange((*verifier)->Check(20, data)));
  EXPECT_TRUE(absl::IsOutOfRange((*verifier)->Check(UINT64_MAX, data)));
}

TEST(BlockVerifierTest, RandomAccessAgreesOverManyBlocks) {
  const Subject subject(Options(20000 * 512));
  BufferReader image(subject.image.bytes());
  auto verifier =
      BlockVerifier::Create(image, subject.image.verity, subject.tree);
  const auto data = absl::MakeConstSpan(subject.image.bytes())
                        .subspan(subject.image.data.offset);
  std::mt19937 generator(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t block = generator() % 20000;
    ASSERT_TRUE((*verifier)->Check(block, data.subspan(block * 512, 512)).ok())
        << block;
  }
}

TEST(WindowTest, ReadsWithinTheRangeOnly) {
  const Bytes bytes = {0, 1, 2, 3, 4, 5};
  BufferReader image(bytes);
  const auto window = OpenWindow(image, {2, 3});
  EXPECT_EQ(window->size_bytes(), 3u);
  Bytes out(3);
  EXPECT_TRUE(window->ReadAt(0, absl::MakeSpan(out)).ok());
  EXPECT_EQ(out, (Bytes{2, 3, 4}));
  EXPECT_TRUE(absl::IsOutOfRange(window->ReadAt(1, absl::MakeSpan(out))));
  EXPECT_TRUE(
      absl::IsOutOfRange(window->ReadAt(UINT64_MAX, absl::MakeSpan(out))));
  const auto beyond = OpenWindow(image, {UINT64_MAX, 3});
  EXPECT_TRUE(
      absl::IsOutOfRange(beyond->ReadAt(1, absl::MakeSpan(out).first(1))));
}

}  // namespace
}  // namespace extgate
