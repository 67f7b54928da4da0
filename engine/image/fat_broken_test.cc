// Volumes as mkfs.vfat makes them, broken in one place each.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/fat.h"
#include "engine/image/fat_fixture.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

constexpr char kFile[] = "/EFI/Linux/a.efi";  // of 4 clusters
constexpr uint64_t kFileSize = 4 * 512 - 100;

// A volume of clusters of 512 bytes with kFile, EMPTY, and A.TXT and B.TXT.
Bytes MakeVolume(absl::string_view options, uint64_t size_kib) {
  const std::string path = MakeFatVolume(options, size_kib);
  const std::string file = NewTemporaryPath("file");
  WriteSourceFile(file, std::string(kFileSize, 'f'));
  RunFatTool(absl::StrCat(
      "V='-i ", path, "'; F=", file, "; mmd $V ::/EFI ::/EFI/Linux && ",
      "mcopy $V $F ::", kFile, " && mcopy $V /dev/null ::/EMPTY && ",
      "mcopy $V $F ::/A.TXT && mcopy $V $F ::/B.TXT"));
  Bytes bytes = ReadHostFile(path);
  fs::remove(path);
  return bytes;
}

// Made once each; a test gives back what it changes.
Bytes& Fat12() {
  static Bytes* const kVolume = new Bytes(MakeVolume("-F 12 -s 1 -n L", 64));
  return *kVolume;
}

Bytes& Fat16() {
  static Bytes* const kVolume = new Bytes(MakeVolume("-F 16 -s 1", 4096));
  return *kVolume;
}

Bytes& Fat32() {
  static Bytes* const kVolume = new Bytes(MakeVolume("-F 32 -s 1", 40000));
  return *kVolume;
}

// Bytes written over others while it lives.
class Patch {
 public:
  Patch(Bytes& image, uint64_t offset, const Bytes& bytes)
      : image_(image),
        offset_(offset),
        old_(image.begin() + offset, image.begin() + offset + bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), image.begin() + offset);
  }
  ~Patch() { std::copy(old_.begin(), old_.end(), image_.begin() + offset_); }
  Patch(const Patch&) = delete;
  Patch& operator=(const Patch&) = delete;

 private:
  Bytes& image_;
  uint64_t offset_;
  Bytes old_;
};

absl::Status OpenStatus(const Bytes& image) {
  BufferReader reader(image);
  return FatVolume::Open(reader).status();
}

TEST(FatBrokenTest, ABootSectorThatContradictsItselfIsRefused) {
  struct {
    const char* name;
    Bytes& image;
    uint64_t offset;
    Bytes bytes;
    const char* why;
  } const cases[] = {
      {"no signature", Fat12(), 510, {0}, "no signature at offset 510"},
      {"half of it", Fat12(), 511, {0}, "no signature at offset 510"},
      {"no jump", Fat12(), 0, {0x33}, "no jump at offset 0"},
      {"no sector size", Fat12(), 11, {0, 0}, "sectors of 0 bytes"},
      {"small sectors", Fat12(), 11, {0, 1}, "of 256 bytes at offset 11"},
      {"odd sectors", Fat12(), 11, {0, 6}, "of 1536 bytes at offset 11"},
      {"large sectors", Fat12(), 11, {0, 32}, "of 8192 bytes at offset 11"},
      {"no cluster size", Fat12(), 13, {0}, "clusters of 0 sectors"},
      {"odd clusters", Fat12(), 13, {3}, "of 3 sectors at offset 13"},
      {"none reserved", Fat12(), 14, {0, 0}, "no reserved sector"},
      {"no FAT", Fat12(), 16, {0}, "0 FATs at offset 16"},
      {"many FATs", Fat12(), 16, {5}, "5 FATs at offset 16"},
      {"no root", Fat12(), 17, {0, 0}, "no root directory at offset 17"},
      {"part of a sector", Fat12(), 17, {1, 0}, "ends within a sector"},
      {"no sectors", Fat12(), 19, {0, 0}, "0 sectors at offset 32"},
      {"two sizes", Fat12(), 32, {7}, "two numbers of sectors at offset 32"},
      {"medium", Fat12(), 21, {0xf7}, "medium 247 at offset 21"},
      {"beyond", Fat12(), 19, {129}, "66048 bytes in an image of 65536"},
      {"no data", Fat12(), 19, {9}, "no sector is left for data"},
      {"a part of a cluster", Fat12(), 13, {128}, "0 clusters at offset 32"},
      {"a root of a FAT32", Fat12(), 22, {0, 0}, "a root directory of fixed"},
      {"FAT16 of few", Fat16(), 22, {8}, "a FAT of 4096 bytes for"},
      {"FAT32 with a root", Fat32(), 17, {16}, "a root directory of fixed"},
      {"FAT32 without FAT", Fat32(), 36, {0, 0, 0, 0}, "a FAT of 0 sectors"},
      {"FAT32 with a short FAT", Fat32(), 36, {9, 0}, "a FAT of 4608 bytes"},
      {"one active FAT", Fat32(), 40, {0x80}, "do not mirror each other"},
      {"version", Fat32(), 42, {1}, "version 1 at offset 42"},
      {"root at 1", Fat32(), 44, {1}, "in cluster 1 at offset 44"},
      {"root at 0", Fat32(), 44, {0}, "in cluster 0 at offset 44"},
      {"root beyond", Fat32(), 44, {2, 0, 0, 1}, "in cluster 16777218 at"},
      {"beyond (FAT32)", Fat32(), 35, {1}, "bytes in an image of 40960000"},
      {"few clusters", Fat32(), 32, {0, 0, 1, 0}, "the fields of a FAT32, but"},
  };
  for (const auto& c : cases) {
    ASSERT_TRUE(OpenStatus(c.image).ok()) << c.name;
    const Patch patch(c.image, c.offset, c.bytes);
    const absl::Status status = OpenStatus(c.image);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why)) << c.name;
  }
}

TEST(FatBrokenTest, TheNumberOfClustersDecidesTheType) {
  // What mkfs.vfat makes on demand, and EDK2 refuses.
  const std::string small = MakeFatVolume("-F 32 -s 1", 30000);
  VolumeFile small_file(small);
  EXPECT_THAT(std::string(FatVolume::Open(small_file).status().message()),
              HasSubstr("the fields of a FAT32, but 59"));
  const std::string wide = MakeFatVolume("-F 16 -s 4", 100000);
  PatchFile(wide, 13, {2});
  VolumeFile wide_file(wide);
  EXPECT_THAT(std::string(FatVolume::Open(wide_file).status().message()),
              HasSubstr("the fields of a FAT12 or FAT16, but 99"));
  // A sparse file, of 2^28 + 2^16 sectors.
  const std::string huge = MakeFatVolume("-F 32 -s 1", 40000);
  fs::resize_file(huge, (uint64_t{1} << 37) + (1 << 25));
  PatchFile(huge, 32, {0, 0, 1, 0x10});
  VolumeFile huge_file(huge);
  EXPECT_THAT(std::string(FatVolume::Open(huge_file).status().message()),
              HasSubstr(" clusters at offset 32"));
  for (const std::string& path : {small, wide, huge}) fs::remove(path);
}

TEST(FatBrokenTest, AVolumeThatIsCutIsRefused) {
  const Bytes& whole = Fat12();
  for (size_t size = 0; size < whole.size(); size += 31) {
    const Bytes image(whole.begin(), whole.begin() + size);
    EXPECT_EQ(OpenStatus(image).code(), absl::StatusCode::kInvalidArgument)
        << size;
  }
  EXPECT_EQ(OpenStatus({}).message(),
            "no FAT volume: no boot sector at offset 0");
}

// A volume, and what its type calls things.
struct ChainCase {
  const char* name;
  Bytes& (*image)();
  uint32_t end;
  uint32_t bad;
};

class FatChainTest : public testing::TestWithParam<ChainCase> {
 protected:
  FatChainTest() : image_(GetParam().image()) {
    BufferReader reader(image_);
    geometry_ = *ReadFatBootSector(reader);
    FatVolume volume = *FatVolume::Open(reader);
    first_ = *volume.Find(kFile)->first_cluster;
    EXPECT_EQ(WholeFatFile(volume, *volume.Find(kFile)),
              std::string(kFileSize, 'f'));
  }

  // Writes an entry of one table.
  void SetIn(uint32_t copy, uint32_t cluster, uint32_t value) {
    const uint64_t table = geometry_.fat_offset + copy * geometry_.fat_size;
    switch (geometry_.type) {
      case FatType::kFat12: {
        const uint64_t at = table + cluster * 3 / 2;
        const uint32_t old = image_[at] | image_[at + 1] << 8;
        value = cluster % 2 == 0 ? (old & 0xf000) | (value & 0xfff)
                                 : (old & 0xf) | (value & 0xfff) << 4;
        Put(at, value, 2);
        break;
      }
      case FatType::kFat16:
        Put(table + cluster * 2, value, 2);
        break;
      case FatType::kFat32:
        Put(table + cluster * 4, value, 4);
        break;
    }
  }

  void Set(uint32_t cluster, uint32_t value) {
    for (uint32_t copy = 0; copy < geometry_.fat_copies; ++copy) {
      SetIn(copy, cluster, value);
    }
  }

  // Writes a number of `width` bytes, until the test ends.
  void Put(uint64_t at, uint64_t value, int width) {
    Bytes bytes;
    for (int i = 0; i < width; ++i) bytes.push_back(value >> (8 * i) & 0xff);
    patches_.push_back(std::make_unique<Patch>(image_, at, bytes));
  }

  // In the other order than they were made.
  void Undo() {
    while (!patches_.empty()) patches_.pop_back();
  }
  void TearDown() override { Undo(); }

  // Where the 8.3 entry of `stored`, of 11 characters, is.
  uint64_t PlaceOf(absl::string_view stored) const {
    const auto found = std::search(image_.begin() + geometry_.root_offset,
                                   image_.end(), stored.begin(), stored.end());
    EXPECT_TRUE(found != image_.end()) << stored;
    return found - image_.begin();
  }

  // What becomes of reading `path`.
  absl::Status Read(absl::string_view path = kFile) const {
    BufferReader reader(image_);
    auto volume = FatVolume::Open(reader);
    if (!volume.ok()) return volume.status();
    const auto entry = volume->Find(path);
    if (!entry.ok()) return entry.status();
    if (entry->directory) return volume->List(*entry).status();
    return volume->OpenFile(*entry).status();
  }

  void ExpectLoss(const std::string& why,
                  absl::string_view path = kFile) const {
    const absl::Status status = Read(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << why;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }

  Bytes& image_;
  FatGeometry geometry_;
  uint32_t first_ = 0;  // cluster of kFile
  std::vector<std::unique_ptr<Patch>> patches_;
};

TEST_P(FatChainTest, AChainThatDoesNotFitIsAnError) {
  const uint32_t end = GetParam().end;
  const auto expect = [&](uint32_t place, uint32_t value, const char* why) {
    Set(first_ + place, value);
    ExpectLoss(why);
    Undo();
  };
  const auto none = [&](uint32_t value) {
    expect(1, value,
           absl::StrCat("`a.efi`: cluster ", value, " follows cluster ",
                        first_ + 1, ", and is none")
               .c_str());
  };
  expect(1, end, "has 2 clusters, not the 4 of its size");
  expect(3, first_ + 4, "is longer than 4, or a loop");
  expect(3, first_, "is longer than 4, or a loop");
  expect(1, first_, "is longer than 4, or a loop");
  expect(0, first_, "is longer than 4, or a loop");
  expect(2, first_ + 1, "is longer than 4, or a loop");
  none(0);
  none(1);
  none(GetParam().bad);
  none(geometry_.cluster_count + 2);
  // The last one there is exists, though nothing follows it.
  expect(1, geometry_.cluster_count + 1,
         absl::StrCat("cluster 0 follows cluster ", geometry_.cluster_count + 1)
             .c_str());
  // Every mark of an end is one.
  for (uint32_t mark = end; mark > end - 8; --mark) {
    Set(first_ + 3, mark);
    EXPECT_TRUE(Read().ok()) << mark << Read();
    Undo();
  }
  none(end - 9);
}

TEST_P(FatChainTest, TablesThatDifferAreAnError) {
  SetIn(1, first_ + 2, first_ + 1);
  ExpectLoss(absl::StrCat("cluster ", first_ + 3, " follows cluster ",
                          first_ + 2, " in FAT 0, but ", first_ + 1,
                          " in FAT 1"));
  EXPECT_TRUE(Read("/A.TXT").ok()) << "it is another file's";
}

TEST_P(FatChainTest, TheUpperBitsOfAnEntryAreReserved) {
  if (geometry_.type != FatType::kFat32) return;
  SetIn(0, first_, 0xf0000000 | (first_ + 1));
  SetIn(1, first_, 0x50000000 | (first_ + 1));
  EXPECT_TRUE(Read().ok()) << Read();
}

TEST_P(FatChainTest, AFileBeginsWhereItsSizeAllows) {
  const uint64_t file = PlaceOf("A       EFI");
  Put(file + 26, 0, 2);
  ExpectLoss("`a.efi`: it begins at cluster 0, which is none");
  Undo();
  Put(file + 26, 1, 2);
  ExpectLoss("it begins at cluster 1, which is none");
  Undo();
  Put(file + 28, 0, 4);
  ExpectLoss("is longer than 0");
  Undo();
  const uint64_t empty = PlaceOf("EMPTY      ");
  EXPECT_TRUE(Read("/EMPTY").ok());
  Put(empty + 28, 1, 4);
  ExpectLoss("it begins at cluster 0, which is none", "/EMPTY");
  Undo();
  Put(empty + 26, 1, 2);
  ExpectLoss("it begins at cluster 1, which is none", "/EMPTY");
  Undo();
  Put(file + 28, 0xffffffff, 4);
  ExpectLoss("has 4 clusters, not the 8388608 of its size");
  Set(first_ + 3, first_);
  ExpectLoss(
      absl::StrCat(" is longer than ", geometry_.cluster_count, ", or a loop"));
  Undo();
  for (uint64_t size : {4 * 512, 3 * 512 + 1}) {
    Put(file + 28, size, 4);
    EXPECT_TRUE(Read().ok()) << Read();
    Undo();
  }
  for (uint64_t size : {4 * 512 + 1, 3 * 512}) {
    Put(file + 28, size, 4);
    EXPECT_EQ(Read().code(), absl::StatusCode::kDataLoss);
    Undo();
  }
}

TEST_P(FatChainTest, ADirectoryThatDoesNotFitIsAnError) {
  const uint64_t linux_at = PlaceOf("LINUX      ");
  BufferReader reader(image_);
  const uint32_t cluster =
      *FatVolume::Open(reader)->Find("/EFI/Linux")->first_cluster;
  Set(cluster, cluster);
  ExpectLoss(", or a loop");
  Undo();
  Set(cluster, 0);
  ExpectLoss("`Linux`: cluster 0 follows cluster ");
  Undo();
  Put(linux_at + 26, 0, 2);
  ExpectLoss("`Linux`: it begins at cluster 0, which is none");
  EXPECT_EQ(Read("/EFI/Linux").code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Read("/EFI").ok()) << "it is not asked for";
}

TEST_P(FatChainTest, ADirectoryOfMoreThan65536EntriesIsAnError) {
  BufferReader reader(image_);
  const uint32_t cluster =
      *FatVolume::Open(reader)->Find("/EFI/Linux")->first_cluster;
  const uint32_t free = first_ + 20;
  if (geometry_.cluster_count < free + 4200) return;  // FAT12 has no room
  Set(cluster, free);
  for (uint32_t i = 0; i < 4094; ++i) Set(free + i, free + i + 1);
  Set(free + 4094, GetParam().end);
  EXPECT_TRUE(Read().ok()) << Read() << ": 4096 clusters of 16 entries";
  Set(free + 4094, free + 4095);
  Set(free + 4095, GetParam().end);
  ExpectLoss("`Linux`: the chain of cluster ");
  ExpectLoss(" is longer than 4096");
}

TEST_P(FatChainTest, ADirectoryMayBeBelowItself) {
  BufferReader reader(image_);
  const uint32_t efi = *FatVolume::Open(reader)->Find("/EFI")->first_cluster;
  Put(PlaceOf("LINUX      ") + 26, efi, 2);
  EXPECT_TRUE(Read("/EFI/Linux/Linux/Linux").ok());
  CountedReader counted(reader);
  ExerciseFat(counted);
  EXPECT_LT(counted.bytes_read(), 2000000u);
}

TEST_P(FatChainTest, ANameThatIsThereTwiceIsNotFound) {
  Put(PlaceOf("B       TXT"), 'a', 1);
  ExpectLoss("root directory: `A.txt` is there twice", "/A.txt");
  EXPECT_TRUE(Read().ok());
}

INSTANTIATE_TEST_SUITE_P(
    Types, FatChainTest,
    testing::Values(ChainCase{"Fat12", Fat12, 0xfff, 0xff7},
                    ChainCase{"Fat16", Fat16, 0xffff, 0xfff7},
                    ChainCase{"Fat32", Fat32, 0xfffffff, 0xffffff7}),
    [](const auto& type) { return type.param.name; });

// Fails the read of one number, from 0.
class FailsOnce : public ImageReader {
 public:
  FailsOnce(ImageReader& image, int number) : image_(image), left_(number) {}
  uint64_t size_bytes() const override { return image_.size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    if (left_-- == 0) return absl::UnavailableError("no disk");
    return image_.ReadAt(offset, out);
  }
  bool failed() const { return left_ < 0; }

 private:
  ImageReader& image_;
  int left_;
};

TEST(FatBrokenTest, AReadThatFailsIsSaidWhereverItIs) {
  for (Bytes* image : {&Fat12(), &Fat16(), &Fat32()}) {
    int number = 0;
    for (bool failed = true; failed; ++number) {
      BufferReader reader(*image);
      FailsOnce failing(reader, number);
      const absl::Status status = [&] {
        auto volume = FatVolume::Open(failing);
        if (!volume.ok()) return volume.status();
        const auto entry = volume->Find(kFile);
        if (!entry.ok()) return entry.status();
        const auto file = volume->OpenFile(*entry);
        if (!file.ok()) return file.status();
        Bytes bytes((*file)->size_bytes());
        return (*file)->ReadAt(0, absl::MakeSpan(bytes));
      }();
      failed = failing.failed();
      EXPECT_EQ(status.code(), failed ? absl::StatusCode::kUnavailable
                                      : absl::StatusCode::kOk);
    }
    EXPECT_GT(number, 5);
  }
}

// Every value of every byte of `size` from `offset`.
void MutateAll(Bytes& image, uint64_t offset, uint64_t size) {
  for (uint64_t at = offset; at < offset + size; ++at) {
    for (int value = 0; value < 256; ++value) {
      const Patch patch(image, at, {static_cast<uint8_t>(value)});
      BufferReader reader(image);
      CountedReader counted(reader);
      ExerciseFat(counted);
      ASSERT_LT(counted.bytes_read(), 4000000u) << at << " " << value;
    }
  }
}

TEST(FatMutationTest, AnyByteOfTheBootSectorMayBeAnything) {
  MutateAll(Fat12(), 0, 64);
  MutateAll(Fat12(), 508, 4);
}

TEST(FatMutationTest, AnyByteOfATableMayBeAnything) {
  BufferReader reader(Fat12());
  const FatGeometry geometry = *ReadFatBootSector(reader);
  MutateAll(Fat12(), geometry.fat_offset, 24);
  MutateAll(Fat12(), geometry.fat_offset + geometry.fat_size, 24);
}

TEST(FatMutationTest, AnyByteOfADirectoryMayBeAnything) {
  BufferReader reader(Fat12());
  const FatGeometry geometry = *ReadFatBootSector(reader);
  MutateAll(Fat12(), geometry.root_offset, 6 * 32);
  FatVolume volume = *FatVolume::Open(reader);
  for (const char* path : {"/EFI", "/EFI/Linux"}) {
    const FatEntry directory = *volume.Find(path);
    MutateAll(Fat12(), geometry.OffsetOf(*directory.first_cluster), 4 * 32);
  }
}

TEST(FatMutationTest, AnyByteOfTheBootSectorOfAFat32MayBeAnything) {
  MutateAll(Fat32(), 0, 96);
}

}  // namespace
}  // namespace extgate
