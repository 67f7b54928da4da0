#include "engine/image/erofs.h"

#include <cstdlib>
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

std::vector<uint8_t> MakeErofs(const std::string& options,
                               const std::string& source) {
  const std::string path = NewTemporaryPath("image.erofs");
  return MakeImage(absl::StrCat("mkfs.erofs ", options, " ", path, " ", source),
                   path);
}

struct Variant {
  std::string name;
  std::string options;
};

class ErofsVariantTest : public ::testing::TestWithParam<Variant> {};

TEST_P(ErofsVariantTest, ReadsBackItsSource) {
  const std::vector<uint8_t> image =
      MakeErofs(GetParam().options, SharedSourceTree());
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> erofs =
      OpenErofs(reader, Designator::kRoot);
  ASSERT_TRUE(erofs.ok()) << erofs.status();
  EXPECT_EQ((*erofs)->type(), "erofs");
  EXPECT_THAT(Differences(**erofs, SharedSourceTree()), IsEmpty());
  EXPECT_THAT(WalkDifferences(**erofs, SharedSourceTree()), IsEmpty());
}

TEST(ErofsWalkTest, FindsDevicesRightsAndAttributes) {
  for (const char* options : {"", "-zlz4", "-Eforce-inode-extended", "-x1"}) {
    SCOPED_TRACE(options);
    const std::vector<uint8_t> image = MakeErofs(options, SpecialSourceTree());
    BufferReader reader(image);
    absl::StatusOr<std::unique_ptr<Filesystem>> erofs =
        OpenErofs(reader, Designator::kRoot);
    ASSERT_TRUE(erofs.ok()) << erofs.status();
    EXPECT_THAT(WalkDifferences(**erofs, SpecialSourceTree()), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    MkfsErofs, ErofsVariantTest,
    ::testing::Values(
        Variant{"Default", ""}, Variant{"Lz4", "-zlz4"},
        Variant{"Lz4hc", "-zlz4hc,12"},
        Variant{"LegacyIndexes", "-zlz4 -Elegacy-compress"},
        Variant{"BigClusters", "-zlz4hc -C65536"},
        Variant{"BigClustersLegacyIndexes", "-zlz4 -C65536 -Elegacy-compress"},
        Variant{"HugeClusters", "-zlz4 -C1048576"},
        Variant{"SmallExtents", "-zlz4 --max-extent-bytes=8192"},
        Variant{"NoInlineTail", "-Enoinline_data"},
        Variant{"ForcedInline", "-Eforce-inode-compact"},
        Variant{"ExtendedInodes", "-Eforce-inode-extended"},
        Variant{"Chunks", "--chunksize=4096"},
        Variant{"LargeChunks", "--chunksize=65536 -Eforce-chunk-indexes"},
        Variant{"Ztailpacking", "-zlz4 -Eztailpacking"},
        Variant{"ZtailpackingBig", "-zlz4 -C65536 -Eztailpacking"},
        Variant{"Fragments", "-zlz4 -Efragments"},
        Variant{"FragmentsBig", "-zlz4 -C65536 -Efragments,ztailpacking"},
        Variant{"AllFragments", "-zlz4 -Eall-fragments"},
        Variant{"Dedupe", "-zlz4 -Ededupe"},
        Variant{"DedupeFragments", "-zlz4 -Ededupe,fragments,ztailpacking"},
        Variant{"DedupeLegacy", "-zlz4 -C16384 -Elegacy-compress,dedupe"},
        Variant{"NoXattrSharing", "-x100"}, Variant{"SharedXattrs", "-x1"}),
    [](const ::testing::TestParamInfo<Variant>& variant) {
      return variant.param.name;
    });

}  // namespace
}  // namespace extgate
