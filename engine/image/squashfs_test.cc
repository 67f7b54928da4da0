#include "engine/image/squashfs.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::IsEmpty;

std::vector<uint8_t> MakeSquashfs(const std::string& options,
                                  const std::string& source) {
  const std::string path = NewTemporaryPath("image.squashfs");
  return MakeImage(
      absl::StrCat("mksquashfs ", source, " ", path, " -noappend ", options),
      path);
}

struct Variant {
  std::string name;
  std::string options;
};

class SquashfsVariantTest : public ::testing::TestWithParam<Variant> {};

TEST_P(SquashfsVariantTest, ReadsBackItsSource) {
  const std::vector<uint8_t> image =
      MakeSquashfs(GetParam().options, SharedSourceTree());
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> squashfs =
      OpenSquashfs(reader, Designator::kRoot);
  ASSERT_TRUE(squashfs.ok()) << squashfs.status();
  EXPECT_EQ((*squashfs)->type(), "squashfs");
  EXPECT_THAT(Differences(**squashfs, SharedSourceTree()), IsEmpty());
  EXPECT_THAT(WalkDifferences(**squashfs, SharedSourceTree()), IsEmpty());
}

TEST(SquashfsWalkTest, FindsDevicesRightsAndAttributes) {
  for (const char* options : {"", "-noI -noX", "-no-duplicates"}) {
    SCOPED_TRACE(options);
    const std::vector<uint8_t> image =
        MakeSquashfs(options, SpecialSourceTree());
    BufferReader reader(image);
    absl::StatusOr<std::unique_ptr<Filesystem>> squashfs =
        OpenSquashfs(reader, Designator::kRoot);
    ASSERT_TRUE(squashfs.ok()) << squashfs.status();
    EXPECT_THAT(WalkDifferences(**squashfs, SpecialSourceTree()), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Mksquashfs, SquashfsVariantTest,
    ::testing::Values(Variant{"Gzip", "-comp gzip"}, Variant{"Xz", "-comp xz"},
                      Variant{"XzFilters", "-comp xz -Xbcj x86"},
                      Variant{"Lz4", "-comp lz4"},
                      Variant{"Lz4hc", "-comp lz4 -Xhc"},
                      Variant{"Zstd", "-comp zstd"},
                      Variant{"NoCompression", "-noI -noD -noF -noX"},
                      Variant{"SmallBlocks", "-b 4096"},
                      Variant{"LargeBlocks", "-b 1048576 -comp zstd"},
                      Variant{"NoFragments", "-no-fragments"},
                      Variant{"AlwaysFragments", "-always-use-fragments"},
                      Variant{"NotExportable", "-no-exports -no-sparse"}),
    [](const ::testing::TestParamInfo<Variant>& variant) {
      return variant.param.name;
    });

struct Refused {
  std::string name;
  std::string options;
  std::string message;
};

TEST(SquashfsTest, NamesTheCompressionItDoesNotRead) {
  const Refused kRefused[] = {
      {"lzo", "-comp lzo", "squashfs with lzo compression"},
      {"lzma", "-comp lzma", "squashfs with lzma compression"},
  };
  const std::string tree = NewTemporaryPath("small");
  WriteSourceFile(tree + "/file", std::string(10000, 'x'));
  for (const Refused& refused : kRefused) {
    SCOPED_TRACE(refused.name);
    const std::vector<uint8_t> image = MakeSquashfs(refused.options, tree);
    BufferReader reader(image);
    absl::Status status = OpenSquashfs(reader, Designator::kRoot).status();
    EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
    EXPECT_EQ(status.message(), refused.message);
  }
}

// Each was tried with Linux 6.18, which mounts the image and none of these.
TEST(SquashfsTest, RefusesWhatLinuxDoesNotMount) {
  const std::vector<uint8_t> image = MakeSquashfs("", SpecialSourceTree());
  const auto is_read = [](std::vector<uint8_t> bytes) {
    BufferReader reader(bytes);
    return OpenSquashfs(reader, Designator::kRoot).status();
  };
  ASSERT_TRUE(is_read(image).ok()) << is_read(image);
  const struct {
    const char* field;
    size_t offset;
    size_t byte;  // of the field
    int more;
  } kChanges[] = {
      {"inodes", 4, 2, 8},          {"owners", 26, 0, -1},
      {"owners", 26, 1, 16},        {"root inode", 32, 1, 64},
      {"bytes used", 40, 0, -1},    {"owner table", 48, 0, 1},
      {"owner table", 48, 0, -1},   {"xattr table", 56, 0, -1},
      {"xattr table", 56, 0, 8},    {"directory table", 72, 1, 64},
      {"fragment table", 80, 3, 1}, {"export table", 88, 0, 1},
      {"export table", 88, 6, 1},
  };
  for (const auto& change : kChanges) {
    std::vector<uint8_t> changed = image;
    uint8_t& byte = changed[change.offset + change.byte];
    byte = static_cast<uint8_t>(byte + change.more);
    EXPECT_TRUE(absl::IsDataLoss(is_read(changed)))
        << change.field << ": " << is_read(changed);
  }
}

// The kernel mounts what mksquashfs made, and none of the changed ones.
TEST(SquashfsTest, OptionsOfTheCompressorAreTheOnesThatLinuxTakes) {
  const struct {
    const char* name;
    const char* options;  // of mksquashfs
    size_t byte;
    uint8_t value;
    bool mounts;
  } kCases[] = {
      {"gzip", "-comp gzip", 24, 0xc0, true},
      {"gzip that has none", "-comp gzip", 25, 0x04, false},
      {"lz4", "-comp lz4", 25, 0x04, true},
      {"lz4 without", "-comp lz4", 25, 0x00, false},
      {"another lz4", "-comp lz4", 98, 2, false},
      {"xz", "-comp xz -Xdict-size 8K -b 16K", 97, 0x80, true},
      {"compressed", "-comp xz -Xdict-size 8K -b 16K", 97, 0x00, false},
      {"two bits of a dictionary", "-comp xz -Xdict-size 8K -b 16K", 98, 0x01,
       false},
      {"no dictionary", "-comp xz -Xdict-size 8K -b 16K", 99, 0x00, false},
      {"too short", "-comp xz -Xdict-size 8K -b 16K", 96, 0x04, false},
  };
  const std::string tree = NewTemporaryPath("options");
  WriteSourceFile(tree + "/file", std::string(10000, 'x'));
  for (const auto& each : kCases) {
    std::vector<uint8_t> image = MakeSquashfs(each.options, tree);
    image[each.byte] = each.value;
    BufferReader reader(image);
    const absl::Status status =
        OpenSquashfs(reader, Designator::kRoot).status();
    EXPECT_EQ(status.ok(), each.mounts) << each.name << ": " << status;
    if (!each.mounts) {
      EXPECT_TRUE(absl::IsDataLoss(status)) << each.name << ": " << status;
    }
  }
}

}  // namespace
}  // namespace extgate
