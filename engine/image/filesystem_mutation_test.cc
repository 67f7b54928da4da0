// The filesystem readers on the committed images: whole, cut off anywhere, and
// with every bit that steers them turned. Nothing protects these images, so
// what is read may be wrong; the reader must come back, with little memory.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/erofs.h"
#include "engine/image/ext4.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/squashfs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

// The largest block of memory that anything here asked for.
static size_t g_largest_allocation = 0;

// Libraries in C are linked to these in place of what they name.
extern "C" {
void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
void* __wrap_malloc(size_t size);
void* __wrap_calloc(size_t count, size_t size);
void* __wrap_realloc(void* memory, size_t size);
}
static void Note(size_t size) {
  if (size > g_largest_allocation) g_largest_allocation = size;
}
void* __wrap_malloc(size_t size) {
  Note(size);
  return __real_malloc(size);
}
void* __wrap_calloc(size_t count, size_t size) {
  Note(count * size);
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, size_t size) {
  Note(size);
  return __real_realloc(memory, size);
}

static void* Allocate(size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace extgate {
namespace {

using ::testing::HasSubstr;

// One extent of erofs decodes to 12 MiB at most; nothing else comes near.
constexpr size_t kMaxAllocation = 13 << 20;
std::vector<uint8_t> Load(const std::string& name) {
  return ReadHostFile(absl::StrCat("testdata/images/", name));
}

absl::StatusOr<std::unique_ptr<Filesystem>> Open(const std::string& name,
                                                 ImageReader& reader) {
  if (absl::EndsWith(name, ".erofs")) {
    return OpenErofs(reader, Designator::kRoot);
  }
  if (absl::EndsWith(name, ".ext4")) {
    return OpenExt4(reader, Designator::kRoot);
  }
  return OpenSquashfs(reader, Designator::kRoot);
}

// The image without what would stop a mutation early: the superblock's checksum
// and count of blocks.
std::vector<uint8_t> Unsealed(const std::string& name) {
  std::vector<uint8_t> image = Load(name);
  if (absl::EndsWith(name, ".erofs")) {
    image[1024 + 8] &= 0xfe;
    for (size_t i = 0; i < 4; ++i) image[1024 + 36 + i] = 0;
  }
  return image;
}

// The bytes from `begin` to `end` say where everything is; of what is left, a
// bit in sixteen bytes is turned.
struct Range {
  size_t begin = 0;
  size_t end = 0;
};

std::vector<uint8_t> BitsOf(const std::vector<uint8_t>& image,
                            std::vector<Range> steering) {
  std::vector<uint8_t> bits(image.size());
  for (size_t at = 0; at < bits.size(); at += 16) {
    bits[at] = static_cast<uint8_t>(1u << at / 16 % 8);
  }
  for (const Range& range : steering) {
    for (size_t at = range.begin; at < range.end; ++at) bits[at] = 0xff;
  }
  return bits;
}

// mkfs.ext4 spreads the metadata: what is neither free nor content nor a bitmap
// of what is free. Two bits of each byte there are turned, or one of four bytes
// that are zero: these images are large.
std::vector<uint8_t> BitsOfExt4(const std::vector<uint8_t>& image) {
  constexpr size_t kBlock = 1024;
  std::vector<uint8_t> bits = BitsOf(image, {});
  for (size_t block = 0; block < image.size(); block += kBlock) {
    const auto bytes = absl::MakeConstSpan(image).subspan(block, kBlock);
    const absl::string_view text(reinterpret_cast<const char*>(bytes.data()),
                                 bytes.size());
    if (AllZero(bytes) || absl::StrContains(text, "\nthe number ") ||
        std::count(bytes.begin(), bytes.end(), 0xff) > 500) {
      continue;
    }
    for (size_t at = block; at < block + kBlock; ++at) {
      if (image[at] != 0) {
        bits[at] = static_cast<uint8_t>(1u << at % 8 | 1u << (at + 3) % 8);
      } else if (at % 4 == 0) {
        bits[at] = static_cast<uint8_t>(1u << at / 4 % 8);
      }
    }
  }
  return bits;
}

// By byte of the image, the bits that are turned: more than one where it steers
// the reader, which are superblock, inodes, cluster indexes, directories,
// tables.
std::vector<uint8_t> BitsToTurn(const std::string& name,
                                const std::vector<uint8_t>& image) {
  if (absl::EndsWith(name, ".ext4")) return BitsOfExt4(image);
  // mkfs.erofs puts the metadata of so few files behind the superblock,
  // mksquashfs at the end, from where byte 64 says.
  if (absl::EndsWith(name, ".erofs")) return BitsOf(image, {{1024, 2560}});
  return BitsOf(image, {{0, 96}, {image[64] + 256u * image[65], image.size()}});
}

std::string Numbers(absl::string_view before) {
  std::string text(before);
  for (int i = 1; i <= 1000; ++i) {
    absl::StrAppend(&text, "the number ", i, "\n");
  }
  return text;
}

int ExerciseBytes(const std::string& name, const std::vector<uint8_t>& bytes) {
  BufferReader reader(bytes);
  absl::StatusOr<std::unique_ptr<Filesystem>> filesystem = Open(name, reader);
  return filesystem.ok() ? Exercise(**filesystem) : 0;
}

class CommittedImageTest : public ::testing::TestWithParam<std::string> {};

TEST_P(CommittedImageTest, IsReadWhole) {
  const std::vector<uint8_t> image = Load(GetParam());
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> opened = Open(GetParam(), reader);
  ASSERT_TRUE(opened.ok()) << opened.status();
  Filesystem& filesystem = **opened;
  const std::string release = "usr/releases/extension-release.small";
  absl::StatusOr<std::string> text = filesystem.ReadFile(release, 100);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, "ID=_any\nARCHITECTURE=x86-64\n");
  EXPECT_EQ(*filesystem.Xattr(release, "user.extension-release.strict"), "0");
  EXPECT_EQ(*filesystem.Xattr(release, "user.extension-release.stric"),
            std::nullopt);
  EXPECT_EQ(*filesystem.ReadFile("usr/share/numbers", 1 << 20), Numbers(""));
  EXPECT_EQ(*filesystem.ReadFile("usr/share/numbers-again", 1 << 20),
            Numbers("first\n"));
}

TEST_P(CommittedImageTest, IsRefusedWhenCutOff) {
  const std::vector<uint8_t> image = Load(GetParam());
  const std::vector<uint8_t> unsealed = Unsealed(GetParam());
  for (size_t size = 0; size < image.size(); size += 64) {
    SCOPED_TRACE(size);
    std::vector<uint8_t> cut(image.begin(),
                             image.begin() + static_cast<std::ptrdiff_t>(size));
    BufferReader reader(cut);
    EXPECT_TRUE(absl::IsDataLoss(Open(GetParam(), reader).status()));
    ExerciseBytes(GetParam(),
                  std::vector<uint8_t>(
                      unsealed.begin(),
                      unsealed.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  EXPECT_LT(g_largest_allocation, kMaxAllocation);
}

// Under the sanitizers, which are ten times as slow, every fourth mutation;
// there the fuzz targets look too.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kEvery = 4;
#else
constexpr int kEvery = 1;
#endif

TEST_P(CommittedImageTest, ComesBackFromEveryMutation) {
  std::vector<uint8_t> image = Unsealed(GetParam());
  const int whole = ExerciseBytes(GetParam(), image);
  EXPECT_GT(whole, 10);
  g_largest_allocation = 0;
  const std::vector<uint8_t> bits = BitsToTurn(GetParam(), image);
  int different = 0;
  int mutation = 0;
  for (size_t at = 0; at < image.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      if ((bits[at] & (1u << bit)) == 0) continue;
      if (++mutation % kEvery != 0) continue;
      image[at] ^= static_cast<uint8_t>(1u << bit);
      if (ExerciseBytes(GetParam(), image) != whole) ++different;
      image[at] ^= static_cast<uint8_t>(1u << bit);
    }
  }
  EXPECT_GT(different, 50 / kEvery);
  EXPECT_LT(g_largest_allocation, kMaxAllocation);
}

// Numbers that overflow when something is added: each aligned word that steers
// the reader set to its extremes.
TEST_P(CommittedImageTest, ComesBackFromExtremeNumbers) {
  std::vector<uint8_t> image = Unsealed(GetParam());
  g_largest_allocation = 0;
  const std::vector<uint8_t> bits = BitsToTurn(GetParam(), image);
  const size_t step = absl::EndsWith(GetParam(), ".ext4") ? 4 : 2;
  int place = 0;
  for (size_t at = 0; at + 8 <= image.size(); at += step) {
    if (std::popcount(bits[at]) < 2) continue;
    if (++place % kEvery != 0) continue;
    for (size_t width : {2u, 4u, 8u}) {
      for (uint8_t value : {0xff, 0x7f}) {
        std::vector<uint8_t> mutated = image;
        for (size_t i = 0; i < width; ++i) mutated[at + i] = value;
        ExerciseBytes(GetParam(), mutated);
      }
    }
  }
  EXPECT_LT(g_largest_allocation, kMaxAllocation);
}

INSTANTIATE_TEST_SUITE_P(
    Images, CommittedImageTest,
    ::testing::Values("plain.erofs", "lz4.erofs", "legacy.erofs", "big.erofs",
                      "fragments.erofs", "chunks.erofs", "zstd.erofs",
                      "deflate.erofs", "lzma.erofs", "plain.squashfs",
                      "gzip.squashfs", "xz.squashfs", "lz4.squashfs",
                      "zstd.squashfs", "plain.ext4", "blocks.ext4",
                      "inline.ext4", "hashed.ext4", "sealed.ext4"),
    [](const ::testing::TestParamInfo<std::string>& image) {
      std::string name = image.param;
      name.replace(name.find('.'), 1, "_");
      return name;
    });

TEST(ErofsFeatureTest, ACompressionNotReadIsNamedForThatFileOnly) {
  const std::vector<uint8_t> image = Unsealed("zstd.erofs");
  int named = 0;
  for (size_t offset = 0; offset < image.size(); ++offset) {
    if (image[offset] != 3) continue;  // zstd
    std::vector<uint8_t> patched = image;
    patched[offset] = 4;
    BufferReader reader(patched);
    absl::StatusOr<std::unique_ptr<Filesystem>> erofs =
        OpenErofs(reader, Designator::kRoot);
    if (!erofs.ok()) continue;
    const absl::Status status =
        (*erofs)->ReadFile("usr/share/numbers", 1 << 20).status();
    if (status.message() != "erofs with compression of kind 4") continue;
    ++named;
    EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
    EXPECT_TRUE(
        (*erofs)->ReadFile("usr/releases/extension-release.small", 100).ok());
  }
  EXPECT_EQ(named, 1);
}

struct PatchCase {
  std::string name;
  size_t offset;  // within the superblock
  uint8_t value;
  absl::StatusCode code;
  std::string message;
};

TEST(ErofsFeatureTest, SuperblocksThatAreNotReadSayWhy) {
  using Code = absl::StatusCode;
  const PatchCase kCases[] = {
      {"magic", 0, 0, Code::kDataLoss, "no erofs magic"},
      {"48 bit", 80, 0x80, Code::kUnimplemented, "erofs with 48-bit addresses"},
      {"metabox", 81, 0x01, Code::kUnimplemented, "erofs with a metadata box"},
      {"unknown", 82, 0x40, Code::kUnimplemented,
       "erofs with the unknown features 0x400000"},
      {"devices", 86, 1, Code::kUnimplemented, "erofs over several devices"},
      {"directories", 90, 1, Code::kUnimplemented,
       "erofs with large directory blocks"},
      {"tiny blocks", 12, 8, Code::kDataLoss, "block size is 2^8"},
      {"giant blocks", 12, 17, Code::kDataLoss, "block size is 2^17"},
      {"more blocks", 37, 1, Code::kDataLoss, "says 265 blocks"},
  };
  for (const PatchCase& patch : kCases) {
    SCOPED_TRACE(patch.name);
    std::vector<uint8_t> image = Load("plain.erofs");
    image[1024 + patch.offset] = patch.value;
    BufferReader reader(image);
    absl::Status status = OpenErofs(reader, Designator::kRoot).status();
    EXPECT_EQ(status.code(), patch.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(patch.message));
  }
}

TEST(ErofsFeatureTest, TheChecksumIsVerified) {
  for (size_t at : {1024 + 64, 2000, 4095}) {  // the label; beyond; the last
    std::vector<uint8_t> image = Load("plain.erofs");
    image[at] ^= 1;
    BufferReader reader(image);
    EXPECT_THAT(
        std::string(OpenErofs(reader, Designator::kRoot).status().message()),
        HasSubstr("checksum"));
  }
}

// What stands at the only place of `what`.
size_t PlaceOf(absl::string_view what, const std::vector<uint8_t>& image) {
  const absl::string_view text(reinterpret_cast<const char*>(image.data()),
                               image.size());
  const size_t at = text.find(what);
  EXPECT_NE(at, absl::string_view::npos);
  EXPECT_EQ(text.find(what, at + 1), absl::string_view::npos);
  return at;
}

TEST(ErofsHostileTest, NamesWithSlashesAndDisorderAreCorrupt) {
  std::vector<uint8_t> image = Unsealed("plain.erofs");
  const size_t name = PlaceOf("numbersnumbers-again", image);
  for (const char* names : {"num/ersnumbers-again", "zumbersnumbers-again",
                            "numbersnumberz\0again", "numbersnumbers/again"}) {
    std::vector<uint8_t> mutated = image;
    std::copy_n(names, 20, mutated.begin() + static_cast<std::ptrdiff_t>(name));
    BufferReader reader(mutated);
    absl::StatusOr<std::unique_ptr<Filesystem>> erofs =
        OpenErofs(reader, Designator::kRoot);
    ASSERT_TRUE(erofs.ok()) << erofs.status();
    const bool cut = mutated[name + 14] == 0;  // the last name ends at a NUL
    EXPECT_EQ(absl::IsDataLoss((*erofs)->List("usr/share").status()), !cut)
        << names;
    EXPECT_TRUE((*erofs)->List("usr/lib").ok());
  }
}

TEST(ErofsHostileTest, AGiganticFileIsNotRead) {
  std::vector<uint8_t> image = Unsealed("plain.erofs");
  // The compact inode of extension-release.small: u32 size 28 at byte 8, and
  // its inlined content behind its xattr.
  const size_t content = PlaceOf("ID=_any\nARCHITECTURE", image);
  size_t size_at = 0;
  for (size_t at = content - 100; at < content; at += 4) {
    if (image[at] == 28 && image[at + 1] == 0) size_at = at;
  }
  ASSERT_NE(size_at, 0u);
  for (size_t i = 0; i < 4; ++i) image[size_at + i] = 0xff;
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> erofs =
      OpenErofs(reader, Designator::kRoot);
  ASSERT_TRUE(erofs.ok()) << erofs.status();
  const std::string path = "usr/releases/extension-release.small";
  EXPECT_TRUE(
      absl::IsResourceExhausted((*erofs)->ReadFile(path, 65536).status()));
}

TEST(Ext4FeatureTest, SuperblocksThatAreNotReadSayWhy) {
  using Code = absl::StatusCode;
  const PatchCase kCases[] = {
      {"magic", 56, 0, Code::kDataLoss, "no ext4 magic"},
      {"revision", 76, 2, Code::kUnimplemented, "ext4 of revision 2"},
      {"blocks", 24, 7, Code::kDataLoss, "says blocks of 2^7 KiB"},
      {"longer", 5, 1, Code::kDataLoss, "the image has 98304 bytes"},
      {"no blocks", 4, 1, Code::kDataLoss, "says no blocks"},
      {"inode size", 88, 0x80, Code::kDataLoss, "says inodes of 384 bytes"},
      {"first block", 20, 0, Code::kDataLoss, "first data block"},
      {"clusters", 28, 1, Code::kDataLoss, "groups of an impossible size"},
      {"group", 33, 0, Code::kDataLoss, "groups of an impossible size"},
      {"inodes", 0, 1, Code::kDataLoss, "another count of inodes"},
      {"descriptors", 254, 8, Code::kDataLoss, "group descriptors of an"},
      {"compression", 96, 0xc3, Code::kUnimplemented, "ext4 with compression"},
      {"journal", 96, 0xca, Code::kUnimplemented, "nothing but a journal"},
  };
  for (const PatchCase& patch : kCases) {
    SCOPED_TRACE(patch.name);
    std::vector<uint8_t> image = Load("plain.ext4");
    image[1024 + patch.offset] = patch.value;
    BufferReader reader(image);
    absl::Status status = OpenExt4(reader, Designator::kRoot).status();
    EXPECT_EQ(status.code(), patch.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(patch.message));
  }
}

TEST(Ext4FeatureTest, ChecksumsAreVerified) {
  const std::vector<uint8_t> sealed = Load("sealed.ext4");
  const std::string text(sealed.begin(), sealed.end());
  const struct {
    const char* name;
    size_t at;
    const char* message;
  } kCases[] = {
      {"superblock", 1024 + 120, "superblock contradicts its checksum"},
      {"directory", text.find("numbers-again"), "directory contradicts"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    std::vector<uint8_t> image = sealed;
    image[test.at] ^= 1;
    BufferReader reader(image);
    absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
        OpenExt4(reader, Designator::kRoot);
    absl::Status status =
        ext4.ok() ? (*ext4)->List("usr/share").status() : ext4.status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.message));
  }
}

TEST(SquashfsFeatureTest, SuperblocksThatAreNotReadSayWhy) {
  using Code = absl::StatusCode;
  const PatchCase kCases[] = {
      {"magic", 0, 'x', Code::kDataLoss, "no squashfs magic"},
      {"version", 28, 3, Code::kUnimplemented, "squashfs 3.0"},
      {"minor version", 30, 1, Code::kUnimplemented, "squashfs 4.1"},
      {"compression", 20, 9, Code::kUnimplemented, "unknown compression 9"},
      {"block size", 13, 1, Code::kDataLoss, "says blocks"},
      {"block bits", 22, 21, Code::kDataLoss, "2^21"},
      {"longer", 42, 1, Code::kDataLoss, "the image has"},
      {"inode table", 66, 1, Code::kDataLoss, "tables at the wrong place"},
      {"fragments", 18, 9, Code::kDataLoss, "fragment table outside"},
  };
  for (const PatchCase& patch : kCases) {
    SCOPED_TRACE(patch.name);
    std::vector<uint8_t> image = Load("gzip.squashfs");
    image[patch.offset] = patch.value;
    BufferReader reader(image);
    absl::Status status = OpenSquashfs(reader, Designator::kRoot).status();
    EXPECT_EQ(status.code(), patch.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(patch.message));
  }
}

}  // namespace
}  // namespace extgate
