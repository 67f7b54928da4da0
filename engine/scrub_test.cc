// What scrub says of good and broken images.
#include "engine/scrub.h"

#include <string>

#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

ScrubResult ScrubBytes(const Bytes& bytes) {
  BufferReader reader(bytes);
  return Scrub(reader, "/images/k3s.raw", nullptr);
}

TEST(ScrubTest, IntactImage) {
  const BuiltImage image = BuildImage({});
  const ScrubResult result = ScrubBytes(image.bytes());
  EXPECT_EQ(result.state, ScrubState::kIntact);
  EXPECT_EQ(result.detail, "");
  EXPECT_EQ(result.data_bytes, 8u * 4096);
  EXPECT_TRUE(result.root_hash.has_value());
  EXPECT_EQ(result.bad_block, std::nullopt);
}

TEST(ScrubTest, ABadDataBlockIsNamed) {
  const BuiltImage image = BuildImage({});
  Bytes bytes = image.bytes();
  const uint64_t offset = image.data.offset + 5 * 4096;
  bytes[offset + 7] ^= 1;
  const ScrubResult result = ScrubBytes(bytes);
  EXPECT_EQ(result.state, ScrubState::kCorrupt);
  EXPECT_EQ(result.bad_block, (BadBlock{0, 5}));
  EXPECT_EQ(result.bad_offset, offset);
  EXPECT_THAT(ScrubToJson(result),
              HasSubstr("\"bad_block\":{\"level\":\"0\",\"number\":\"5\","
                        "\"offset\":\"" +
                        std::to_string(offset) + "\"}"));
  EXPECT_THAT(ScrubToJson(result), HasSubstr("\"state\":\"corrupt\""));
}

TEST(ScrubTest, ATreeThatTheSignatureDoesNotMeanIsCorrupt) {
  TestImage options;
  options.json_root_hash = std::string(64, 'a');
  const ScrubResult result = ScrubBytes(BuildImage(options).bytes());
  EXPECT_EQ(result.state, ScrubState::kCorrupt);
  EXPECT_THAT(result.detail, HasSubstr(std::string(64, 'a')));
}

TEST(ScrubTest, ABrokenSuperblockIsCorrupt) {
  const BuiltImage image = BuildImage({});
  Bytes bytes = image.bytes();
  bytes[image.verity.offset] ^= 1;
  EXPECT_EQ(ScrubBytes(bytes).state, ScrubState::kCorrupt);
}

TEST(ScrubTest, ARootBelowUsrIsNotCalledIntact) {
  TestImage options;
  options.designator = Designator::kUsr;
  options.more.push_back({"4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
                          "",
                          "root",
                          0,
                          Bytes(4096, 0),
                          {},
                          {}});
  const BuiltImage image = BuildImage(options);
  const ScrubResult result = ScrubBytes(image.bytes());
  EXPECT_EQ(result.state, ScrubState::kUnchecked);
  EXPECT_EQ(result.detail, "usr is intact, root below it has no hash tree");
  Bytes flipped = image.bytes();
  flipped[image.data.offset] ^= 1;
  EXPECT_EQ(ScrubBytes(flipped).state, ScrubState::kCorrupt);
}

TEST(ScrubTest, WithoutATreeThereIsNothingToCheck) {
  TestImage options;
  options.with_verity = false;
  options.signer = nullptr;
  const ScrubResult bare = ScrubBytes(BuildImage(options).bytes());
  EXPECT_EQ(bare.state, ScrubState::kUnchecked);
  EXPECT_EQ(bare.detail, "no hash tree");
  const ScrubResult noise = ScrubBytes(Bytes(1 << 16, 0x55));
  EXPECT_EQ(noise.state, ScrubState::kUnchecked);
  EXPECT_THAT(noise.detail, HasSubstr("no image"));
}

}  // namespace
}  // namespace extgate
