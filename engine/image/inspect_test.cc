#include "engine/image/inspect.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/image_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kFile[] = "small.sysext.raw";

Bytes Load(const std::string& name) {
  return ReadHostFile(absl::StrCat("testdata/images/", name));
}

ImageFacts Facts(const Bytes& bytes, Depth depth = Depth::kContents,
                 absl::string_view file_name = kFile) {
  BufferReader reader(bytes);
  return Inspect(reader, file_name, ImageClass::kSysext, depth);
}

// A signed image of plain.erofs.
BuiltImage SignedImage() {
  TestImage image;
  image.data = Load("plain.erofs");
  return BuildImage(image);
}

// ---- names ------------------------------------------------------------------

struct NameCase {
  std::string file;
  std::string sysext;
  std::string confext;
};

TEST(ImageNameTest, IsWhatSystemdWouldCallIt) {
  const NameCase kCases[] = {
      {"k3s.raw", "k3s", "k3s"},
      {"k3s.sysext.raw", "k3s", "k3s.sysext"},
      {"k3s.confext.raw", "k3s.confext", "k3s"},
      {"k3sv1.30.0+k3s1.sysext.raw", "k3sv1.30.0+k3s1",
       "k3sv1.30.0+k3s1.sysext"},
      {"a.sysext.sysext.raw", "a.sysext", "a.sysext.sysext"},
      {"a.raw.raw", "a.raw", "a.raw"},
      {"gr\xc3\xbc\xc3\x9f.raw", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
      {"k3s", "", ""},
      {"k3s.RAW", "", ""},
      {"k3s.raw.bak", "", ""},
      {".raw", "", ""},
      {"..raw", "", ""},
      {"...raw", "", ""},
      {".sysext.raw", "", ".sysext"},
      {".#k3s.raw", "", ""},
      {"a/b.raw", "", ""},
      {"a\nb.raw", "", ""},
      {"a\x7f.raw", "", ""},
      {"a\xff.raw", "", ""},
      {"", "", ""},
      {std::string(251, 'n') + ".raw", std::string(251, 'n'),
       std::string(251, 'n')},
      {std::string(252, 'n') + ".raw", "", ""},
  };
  for (const NameCase& name : kCases) {
    SCOPED_TRACE(name.file);
    EXPECT_EQ(ImageName(name.file, ImageClass::kSysext), name.sysext);
    EXPECT_EQ(ImageName(name.file, ImageClass::kConfext), name.confext);
  }
}

// ---- whole images -----------------------------------------------------------

TEST(InspectTest, ASignedImage) {
  const BuiltImage image = SignedImage();
  const ImageFacts facts = Facts(image.bytes(), Depth::kEveryBlock);
  EXPECT_EQ(facts.unreadable, "");
  EXPECT_EQ(facts.file_name, kFile);
  EXPECT_EQ(facts.name, "small");
  EXPECT_EQ(facts.size_bytes, image.bytes().size());
  EXPECT_EQ(facts.container, Container::kGpt);
  ASSERT_NE(facts.table.value(), nullptr);
  ASSERT_NE(facts.layout.value(), nullptr);
  EXPECT_EQ(facts.layout.value()->data, image.data);
  ASSERT_NE(facts.verity.value(), nullptr);
  EXPECT_EQ(facts.verity.value()->root_hash->hex(), image.root_hash);
  ASSERT_NE(facts.signature.value(), nullptr);
  EXPECT_EQ(facts.signature.value()->pkcs7_der, image.pkcs7_der);
  EXPECT_EQ(facts.filesystem, Evidence<std::string>("erofs"));
  ASSERT_NE(facts.release.value(), nullptr);
  EXPECT_EQ(facts.release.value()->fields.at("ID"), "_any");
  EXPECT_FALSE(facts.has_os_release);
  EXPECT_THAT(facts.forbidden_paths, IsEmpty());
  EXPECT_TRUE(facts.data_check.complete);
  EXPECT_EQ(facts.data_check.first_bad_offset, std::nullopt);
  StreamDigest digest;
  digest.Update(image.bytes());
  EXPECT_EQ(facts.sha256, digest.Finish());
}

TEST(InspectTest, DepthSaysHowFar) {
  const BuiltImage image = SignedImage();
  const ImageFacts path = Facts(image.bytes(), Depth::kSignaturePath);
  EXPECT_NE(path.signature.value(), nullptr);
  EXPECT_TRUE(path.filesystem.absent());
  EXPECT_TRUE(path.release.absent());
  const ImageFacts contents = Facts(image.bytes(), Depth::kContents);
  EXPECT_NE(contents.release.value(), nullptr);
  EXPECT_FALSE(contents.data_check.complete);
  EXPECT_EQ(contents.sha256, std::nullopt);
}

TEST(InspectTest, AUsrPartitionHoldsWhatIsBelowUsr) {
  const std::string source = NewTemporaryPath("usr");
  WriteSourceFile(source + "/lib/extension-release.d/extension-release.small",
                  "ID=usr\n");
  WriteSourceFile(source + "/lib/extgate/policy.d/a.yaml", "x");
  const std::string path = NewTemporaryPath("usr.erofs");
  TestImage image;
  image.designator = Designator::kUsr;
  image.data = MakeImage(absl::StrCat("mkfs.erofs ", path, " ", source), path);
  const ImageFacts facts = Facts(BuildImage(image).bytes());
  ASSERT_NE(facts.release.value(), nullptr);
  EXPECT_EQ(facts.release.value()->fields.at("ID"), "usr");
  EXPECT_THAT(facts.forbidden_paths, ElementsAre("usr/lib/extgate"));
}

TEST(InspectTest, AnImageWithoutATree) {
  TestImage image;
  image.data = Load("plain.erofs");
  image.with_verity = false;
  image.signer = nullptr;
  const ImageFacts facts = Facts(BuildImage(image).bytes(), Depth::kEveryBlock);
  EXPECT_TRUE(facts.verity.absent());
  EXPECT_TRUE(facts.signature.absent());
  EXPECT_NE(facts.release.value(), nullptr);
  EXPECT_FALSE(facts.data_check.complete);
  EXPECT_NE(facts.sha256, std::nullopt);
}

TEST(InspectTest, ABareFilesystem) {
  for (const char* name : {"plain.erofs", "gzip.squashfs", "zstd.squashfs"}) {
    SCOPED_TRACE(name);
    const ImageFacts facts = Facts(Load(name), Depth::kEveryBlock);
    EXPECT_EQ(facts.container, Container::kBareFilesystem);
    EXPECT_TRUE(facts.table.absent());
    ASSERT_NE(facts.layout.value(), nullptr);
    EXPECT_EQ(facts.layout.value()->data.size, facts.size_bytes);
    EXPECT_NE(facts.release.value(), nullptr);
    EXPECT_FALSE(facts.data_check.complete);
  }
}

TEST(InspectTest, WhatIsNoImage) {
  const Bytes kNot[] = {Bytes(), Bytes(1, 0), Bytes(1 << 20, 0),
                        Bytes(100, 0xff)};
  for (const Bytes& bytes : kNot) {
    SCOPED_TRACE(bytes.size());
    const ImageFacts facts = Facts(bytes, Depth::kEveryBlock);
    EXPECT_EQ(facts.container, Container::kUnknown);
    EXPECT_EQ(facts.unreadable, "");
    EXPECT_TRUE(facts.layout.absent());
    EXPECT_NE(facts.sha256, std::nullopt);
  }
}

struct MagicCase {
  std::string type;
  size_t offset;
  std::string magic;
};

TEST(InspectTest, FilesystemsThatAreNotReadAreNamed) {
  const MagicCase kCases[] = {
      {"btrfs", 65600, "_BHRfS_M"},
      {"xfs", 0, "XFSB"},
      {"f2fs", 1024, "\x10\x20\xf5\xf2"},
      {"vfat", 82, "FAT32   "},
      {"encryption by LUKS1", 0, std::string("LUKS\xba\xbe\0\1", 8)},
      {"encryption by LUKS2", 0, std::string("LUKS\xba\xbe\0\2", 8)},
  };
  for (const MagicCase& magic : kCases) {
    SCOPED_TRACE(magic.type);
    TestImage image;
    image.data = Bytes(1 << 17, 0);
    std::copy(magic.magic.begin(), magic.magic.end(),
              image.data.begin() + static_cast<std::ptrdiff_t>(magic.offset));
    const Evidence<std::string> expected = Unsupported{magic.type};
    EXPECT_EQ(Facts(image.data).filesystem, expected);
    EXPECT_EQ(Facts(image.data).container, Container::kBareFilesystem);
    const ImageFacts in_table = Facts(BuildImage(image).bytes());
    EXPECT_EQ(in_table.filesystem, expected);
    EXPECT_TRUE(in_table.release.absent());
  }
}

TEST(InspectTest, SectorsOfEverySizeAndFilesystemsOfEveryFormat) {
  for (uint32_t sector_size : {512, 1024, 2048, 4096}) {
    for (const char* name :
         {"plain.erofs", "zstd.squashfs", "plain.ext4", "sealed.ext4"}) {
      SCOPED_TRACE(absl::StrCat(name, ", ", sector_size));
      TestImage image;
      image.sector_size = sector_size;
      image.data = Load(name);
      const ImageFacts facts =
          Facts(BuildImage(image).bytes(), Depth::kEveryBlock);
      EXPECT_EQ(facts.unreadable, "");
      ASSERT_NE(facts.table.value(), nullptr);
      EXPECT_EQ(facts.table.value()->sector_size, sector_size);
      ASSERT_NE(facts.filesystem.value(), nullptr);
      EXPECT_EQ(*facts.filesystem.value(),
                std::string(name).substr(std::string(name).find('.') + 1));
      EXPECT_NE(facts.verity.value(), nullptr);
      EXPECT_NE(facts.signature.value(), nullptr);
      EXPECT_EQ(facts.data_check, (DataCheck{true, std::nullopt}));
      EXPECT_NE(facts.release.value(), nullptr);
    }
  }
}

TEST(InspectTest, DataWithoutAFilesystemIsMalformed) {
  TestImage image;
  image.data = Bytes(1 << 16, 0);
  const ImageFacts facts = Facts(BuildImage(image).bytes());
  ASSERT_NE(facts.filesystem.malformed(), nullptr);
  EXPECT_THAT(facts.filesystem.malformed()->why, HasSubstr("no filesystem"));
}

// systemd would take the filesystem, a partitioner the table.
TEST(InspectTest, AFilesystemBesideATableSpoilsTheTable) {
  Bytes bytes = SignedImage().bytes();
  std::copy_n("hsqs", 4, bytes.begin());
  const ImageFacts facts = Facts(bytes);
  EXPECT_EQ(facts.container, Container::kGpt);
  ASSERT_NE(facts.table.malformed(), nullptr);
  EXPECT_THAT(facts.table.malformed()->why, HasSubstr("squashfs"));
  EXPECT_TRUE(facts.layout.absent());
}

TEST(InspectTest, ACorruptFilesystemIsMalformed) {
  Bytes bytes = Load("plain.erofs");
  bytes[1100] ^= 1;  // under the superblock's checksum
  const ImageFacts facts = Facts(bytes);
  ASSERT_NE(facts.filesystem.malformed(), nullptr);
  EXPECT_THAT(facts.filesystem.malformed()->why, HasSubstr("checksum"));
}

// ---- blocks against the tree ------------------------------------------------

TEST(InspectTest, ABlockReadAgainstTheTreeIsTold) {
  const BuiltImage image = SignedImage();
  Bytes bytes = image.bytes();
  bytes[image.data.offset + 1100] ^= 1;  // in the superblock's block
  const ImageFacts facts = Facts(bytes);
  EXPECT_EQ(facts.unreadable, "");
  EXPECT_NE(facts.verity.value(), nullptr);
  EXPECT_EQ(facts.data_check.first_bad_offset, 0u);
  EXPECT_TRUE(facts.filesystem.absent());
  EXPECT_TRUE(facts.release.absent());
}

TEST(InspectTest, AnyBlockIsFoundByReadingThemAll) {
  const BuiltImage image = SignedImage();
  for (uint64_t block = 0; block < image.data.size / 4096; ++block) {
    SCOPED_TRACE(block);
    Bytes bytes = image.bytes();
    bytes[image.data.offset + block * 4096 + 4095] ^= 0x80;
    const ImageFacts facts = Facts(bytes, Depth::kEveryBlock);
    EXPECT_EQ(facts.data_check.first_bad_offset, block * 4096);
    EXPECT_FALSE(facts.data_check.complete);
    StreamDigest digest;
    digest.Update(bytes);
    EXPECT_EQ(facts.sha256, digest.Finish());
  }
}

// A tree above the leaves: a block of it covers several data blocks.
TEST(InspectTest, ABrokenHashBlockIsTold) {
  const BuiltImage image = SignedImage();
  Bytes bytes = image.bytes();
  bytes[image.verity.offset + 4096 + 40] ^= 1;  // the top block, so the root
  const ImageFacts facts = Facts(bytes, Depth::kEveryBlock);
  ASSERT_NE(facts.verity.value(), nullptr);
  EXPECT_NE(facts.verity.value()->root_hash->hex(), image.root_hash);
  EXPECT_TRUE(facts.data_check.first_bad_offset.has_value());
}

// ---- I/O --------------------------------------------------------------------

// Fails the read with that number, and counts.
class FailingReader : public BufferReader {
 public:
  FailingReader(absl::Span<const uint8_t> bytes, int fails_at)
      : BufferReader(bytes), left_(fails_at) {}
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    ++reads_;
    bytes_read_ += out.size();
    if (left_-- == 0) return absl::UnavailableError("disk gone");
    return BufferReader::ReadAt(offset, out);
  }
  int reads() const { return reads_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  int left_;
  int reads_ = 0;
  uint64_t bytes_read_ = 0;
};

TEST(InspectTest, AnyReadThatFailsMakesItUnreadable) {
  for (const Bytes& bytes : {SignedImage().bytes(), Load("gzip.squashfs")}) {
    FailingReader whole(bytes, -1);
    Inspect(whole, kFile, ImageClass::kSysext, Depth::kEveryBlock);
    ASSERT_GT(whole.reads(), 10);
    for (int read = 0; read < whole.reads(); ++read) {
      SCOPED_TRACE(read);
      FailingReader reader(bytes, read);
      EXPECT_THAT(
          Inspect(reader, kFile, ImageClass::kSysext, Depth::kEveryBlock)
              .unreadable,
          HasSubstr("disk gone"));
    }
  }
}

TEST(InspectTest, TheSignaturePathOfALargeImageIsShort) {
  TestImage image;
  image.data = Load("plain.erofs");
  image.data.resize(32 << 20);
  const BuiltImage built = BuildImage(image);
  FailingReader reader(built.bytes(), -1);
  const ImageFacts facts =
      Inspect(reader, kFile, ImageClass::kSysext, Depth::kSignaturePath);
  EXPECT_NE(facts.signature.value(), nullptr);
  EXPECT_LT(reader.bytes_read(), 128u << 10);
  FailingReader again(built.bytes(), -1);
  EXPECT_NE(Inspect(again, kFile, ImageClass::kSysext, Depth::kContents)
                .release.value(),
            nullptr);
  EXPECT_LT(again.bytes_read(), 512u << 10);
}

TEST(InspectTest, EveryTruncationGivesFacts) {
  const Bytes bytes = SignedImage().bytes();
  for (size_t size = 0; size < bytes.size(); size += 509) {
    const ImageFacts facts = Facts(
        Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)),
        Depth::kEveryBlock);
    EXPECT_EQ(facts.unreadable, "");
    EXPECT_EQ(facts.layout.value(), nullptr) << size;
    EXPECT_EQ(facts.size_bytes, size);
  }
}

}  // namespace
}  // namespace extgate
