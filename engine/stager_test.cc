#include "engine/stager.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/image/buffer_reader.h"
#include "engine/image/gpt.h"
#include "engine/image/image_builder.h"
#include "engine/image/layout.h"
#include "engine/image/verity.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::string Text(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

// 300 blocks, so that the tree has two levels.
TestImage TwoLevels() {
  TestImage image;
  image.data.resize(300 * 4096);
  for (size_t i = 0; i < image.data.size(); ++i) {
    image.data[i] = static_cast<uint8_t>(i * 31 + i / 4096);
  }
  return image;
}

// What a first look finds, without the filesystem.
ImageFacts FactsOf(const Bytes& bytes) {
  BufferReader reader(bytes);
  ImageFacts facts;
  facts.table = *ReadGpt(reader);
  if (facts.table.value() == nullptr) return facts;
  facts.layout = ChooseLayout(*facts.table.value());
  const Layout* layout = facts.layout.value();
  if (layout != nullptr && layout->verity) {
    facts.verity = *ReadVerityTree(reader, layout->data, *layout->verity);
  }
  return facts;
}

// Counts what is read, and can change the source at some read.
class Watched : public ImageReader {
 public:
  explicit Watched(Bytes bytes) : bytes_(std::move(bytes)) {}
  uint64_t size_bytes() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    ++reads;
    read_bytes += out.size();
    if (reads == flip_at_read) bytes_[flip_offset] ^= 1;
    return BufferReader(bytes_).ReadAt(offset, out);
  }
  int reads = 0;
  uint64_t read_bytes = 0;
  int flip_at_read = 0;
  uint64_t flip_offset = 0;

 private:
  Bytes bytes_;
};

absl::StatusOr<PrivateCopy> CopyOf(const Bytes& bytes, const ImageFacts& facts,
                                   FakeHost& host,
                                   WantDigest digest = WantDigest::kNo) {
  BufferReader source(bytes);
  return CopyVerified(source, facts, host, digest, nullptr);
}

TEST(StagerTest, CopyIsEqualAndVerified) {
  const BuiltImage image = BuildImage(TwoLevels());
  FakeHost host;
  auto copy = CopyOf(image.bytes(), FactsOf(image.bytes()), host);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_NE(copy->reader, nullptr);
  EXPECT_EQ(copy->data_check, (DataCheck{true, std::nullopt}));
  EXPECT_EQ(host.copies[copy->address], Text(image.bytes()));
  EXPECT_FALSE(copy->sha256.has_value());
}

TEST(StagerTest, ReadsTheSourceOnce) {
  const BuiltImage image = BuildImage(TwoLevels());
  FakeHost host;
  Watched source(image.bytes());
  ASSERT_TRUE(CopyVerified(source, FactsOf(image.bytes()), host,
                           WantDigest::kNo, nullptr)
                  .ok());
  EXPECT_EQ(source.read_bytes, image.bytes().size());
}

TEST(StagerTest, AFlippedBitInAnyDataBlockIsFound) {
  const BuiltImage image = BuildImage(TwoLevels());
  const ImageFacts facts = FactsOf(image.bytes());
  for (uint64_t block = 0; block < 300; ++block) {
    Bytes bytes = image.bytes();
    bytes[image.data.offset + block * 4096 + (block * 7) % 4096] ^= 0x10;
    FakeHost host;
    auto copy = CopyOf(bytes, facts, host);
    ASSERT_TRUE(copy.ok()) << copy.status();
    EXPECT_EQ(copy->reader, nullptr);
    EXPECT_EQ(copy->data_check.first_bad_offset, block * 4096);
    EXPECT_THAT(host.copies, IsEmpty());
  }
}

TEST(StagerTest, AFlippedBitInTheLeavesOfTheTreeIsFound) {
  const BuiltImage image = BuildImage(TwoLevels());
  const ImageFacts facts = FactsOf(image.bytes());
  const ByteRange leaves = TreeLevels(*facts.verity.value()).back();
  Bytes bytes = image.bytes();
  bytes[image.verity.offset + leaves.offset + leaves.size - 1] ^= 1;
  FakeHost host;
  auto copy = CopyOf(bytes, facts, host);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(copy->reader, nullptr);
  EXPECT_TRUE(copy->data_check.first_bad_offset.has_value());
  EXPECT_THAT(host.copies, IsEmpty());
}

TEST(StagerTest, WhoeverChangesTheSourceMeanwhileIsFound) {
  const BuiltImage image = BuildImage(TwoLevels());
  const ImageFacts facts = FactsOf(image.bytes());
  for (const uint64_t offset :
       {image.data.offset, image.data.offset + 299 * 4096,
        image.verity.offset + 4096}) {
    for (int at = 1; at <= 4; ++at) {
      Watched source(image.bytes());
      source.flip_at_read = at;
      source.flip_offset = offset;
      FakeHost host;
      auto copy = CopyVerified(source, facts, host, WantDigest::kNo, nullptr);
      if (!copy.ok() || copy->reader == nullptr) {
        EXPECT_THAT(host.copies, IsEmpty());
        continue;
      }
      // Changed after it was copied: then the copy is the true image.
      EXPECT_EQ(host.copies[copy->address], Text(image.bytes()))
          << offset << " at read " << at;
    }
  }
}

TEST(StagerTest, ASecondRunUsesTheCopyWithoutReadingTheData) {
  const BuiltImage image = BuildImage(TwoLevels());
  const ImageFacts facts = FactsOf(image.bytes());
  FakeHost host;
  auto first = CopyOf(image.bytes(), facts, host);
  ASSERT_TRUE(first.ok());
  Watched source(image.bytes());
  auto second = CopyVerified(source, facts, host, WantDigest::kNo, nullptr);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->address, first->address);
  EXPECT_EQ(source.read_bytes, image.bytes().size() - image.data.size);
  EXPECT_THAT(host.copies, SizeIs(1));
}

TEST(StagerTest, EveryByteOutsideOfTheDataIsPartOfTheAddress) {
  const BuiltImage image = BuildImage();
  const ImageFacts facts = FactsOf(image.bytes());
  FakeHost host;
  const std::string address = CopyOf(image.bytes(), facts, host)->address;
  for (uint64_t offset = 0; offset < image.bytes().size(); offset += 61) {
    if (offset >= image.data.offset &&
        offset < image.data.offset + image.data.size) {
      continue;
    }
    Bytes bytes = image.bytes();
    bytes[offset] ^= 1;
    FakeHost other;
    auto copy = CopyOf(bytes, facts, other);
    if (copy.ok() && copy->reader != nullptr) {
      EXPECT_NE(copy->address, address) << offset;
    }
  }
}

TEST(StagerTest, WithoutATreeTheWholeDigestIsTheAddress) {
  const Bytes bytes(5000, 0x42);
  FakeHost host;
  auto copy = CopyOf(bytes, ImageFacts{}, host);
  ASSERT_TRUE(copy.ok()) << copy.status();
  ASSERT_TRUE(copy->sha256.has_value());
  EXPECT_EQ(copy->address, copy->sha256->hex());
  EXPECT_FALSE(copy->data_check.complete);
  EXPECT_EQ(host.copies[copy->address], Text(bytes));
}

TEST(StagerTest, TheWholeDigestIsComputedWhereItIsWanted) {
  const BuiltImage image = BuildImage();
  FakeHost with_tree;
  auto copy = CopyOf(image.bytes(), FactsOf(image.bytes()), with_tree,
                     WantDigest::kYes);
  FakeHost without;
  auto whole = CopyOf(image.bytes(), ImageFacts{}, without);
  ASSERT_TRUE(copy.ok() && whole.ok());
  EXPECT_EQ(copy->sha256, whole->sha256);
}

TEST(StagerTest, NoSpaceIsSaidAndNothingIsKept) {
  const BuiltImage image = BuildImage();
  FakeHost host;
  host.free_bytes = image.bytes().size() - 1;
  auto copy = CopyOf(image.bytes(), FactsOf(image.bytes()), host);
  EXPECT_EQ(copy.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(host.copies, IsEmpty());
}

// /run may hold one copy and not two; the second run of a boot needs no second.
TEST(StagerTest, WithoutRoomTheCopyOfAnEarlierRunWillDo) {
  for (const Bytes& bytes :
       {BuildImage(TwoLevels()).bytes(), Bytes(300000, 0x42)}) {
    const ImageFacts facts = FactsOf(bytes);
    FakeHost host;
    const auto first = CopyOf(bytes, facts, host);
    ASSERT_TRUE(first.ok()) << first.status();
    host.free_bytes = 10;
    const auto second = CopyOf(bytes, facts, host);
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(second->address, first->address);
    EXPECT_EQ(second->data_check, first->data_check);
    EXPECT_NE(second->reader, nullptr);
    EXPECT_THAT(host.copies, SizeIs(1));
    Bytes other = bytes;
    other[other.size() - 1] ^= 1;
    EXPECT_TRUE(absl::IsResourceExhausted(CopyOf(other, facts, host).status()));
  }
}

TEST(StagerTest, FailureOfEveryCallLosesNothing) {
  const BuiltImage image = BuildImage(TwoLevels());
  const ImageFacts facts = FactsOf(image.bytes());
  bool succeeded = false;
  for (int call = 1; !succeeded; ++call) {
    ASSERT_LT(call, 1000);
    FakeHost host;
    host.fail_call = call;
    auto copy = CopyOf(image.bytes(), facts, host);
    succeeded = host.calls < call;
    if (copy.ok()) {
      EXPECT_EQ(host.copies[copy->address], Text(image.bytes()));
    } else {
      EXPECT_THAT(host.copies, IsEmpty()) << call;
    }
  }
}

TEST(StagerTest, ProgressEndsAtTheWhole) {
  const BuiltImage image = BuildImage(TwoLevels());
  BufferReader source(image.bytes());
  FakeHost host;
  std::vector<std::pair<uint64_t, uint64_t>> seen;
  ASSERT_TRUE(CopyVerified(source, FactsOf(image.bytes()), host,
                           WantDigest::kNo,
                           [&](uint64_t done, uint64_t total) {
                             seen.push_back({done, total});
                           })
                  .ok());
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().first, image.bytes().size());
  EXPECT_EQ(seen.back().second, image.bytes().size());
}

}  // namespace
}  // namespace extgate
