// Volumes as mkfs.vfat and mtools make them, read as mtools reads them.
#include "engine/image/fat.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/image/fat_fixture.h"
#include "engine/image/fat_table.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct VolumeKind {
  const char* name;
  const char* options;  // of mkfs.vfat
  uint64_t size_kib;
  FatType type;
};

// Without the number that each test has for itself.
void PrintTo(const VolumeKind& kind, std::ostream* out) { *out << kind.name; }

constexpr VolumeKind kKinds[] = {
    {"Fat12", "-F 12 -s 1", 2000, FatType::kFat12},
    {"Fat12OneTable", "-F 12 -s 8 -f 1", 8192, FatType::kFat12},
    {"Fat12LongSectors", "-F 12 -S 4096 -s 1", 8192, FatType::kFat12},
    {"Fat16", "-F 16 -s 1", 4096, FatType::kFat16},
    {"Fat16LongClusters", "-F 16 -s 64", 200000, FatType::kFat16},
    {"Fat16LongSectors", "-F 16 -S 2048 -s 2 -f 1", 65536, FatType::kFat16},
    {"Fat16Sectors1024", "-F 16 -S 1024 -s 1", 16384, FatType::kFat16},
    {"Fat32", "-F 32 -s 1", 40000, FatType::kFat32},
    {"Fat32FourTables", "-F 32 -s 8 -f 4", 400000, FatType::kFat32},
    {"Fat32LongSectors", "-F 32 -S 4096 -s 1", 400000, FatType::kFat32},
};

std::string Noise(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Every kind of name that mtools writes faithfully (it has no room for the
// 255th character), and every kind of size.
std::string MakeEspTree() {
  const std::string root = NewTemporaryPath("esp");
  for (size_t size :
       {0, 1, 511, 512, 513, 4095, 4096, 4097, 32768, 32769, 100000, 300001}) {
    WriteSourceFile(absl::StrCat(root, "/size/F", size, ".BIN"),
                    Noise(size, size));
  }
  for (const std::string& name :
       {std::string("UPPER.TXT"), std::string("lower.txt"),
        std::string("low.UP"), std::string("UP.low"), std::string("NOEXT"),
        std::string("small"), std::string("Mixed.Txt"),
        std::string("with space.efi"), std::string(".hidden"),
        std::string("a.b.c"), std::string("a+b.txt"), std::string("two~1.txt"),
        std::string("日本語.efi"), std::string("Привет мир"),
        std::string("exactly-13.ch"), std::string("thirteen-more-than-13.txt"),
        std::string("12345678.123"), std::string("123456789.123")}) {
    WriteSourceFile(absl::StrCat(root, "/names/", name), name);
  }
  // mtools lets a directory grow by a cluster for one name.
  WriteSourceFile(absl::StrCat(root, "/long/", std::string(254, 'n')), "n");
  WriteSourceFile(absl::StrCat(root, "/LONG2/", std::string(250, 'N'), ".efi"),
                  "N");
  for (int i = 0; i < 300; ++i) {
    WriteSourceFile(absl::StrCat(root, "/many/entry with a long name ", i),
                    absl::StrCat(i));
  }
  std::string deep = root;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&deep, "/d", i);
  WriteSourceFile(deep + "/deep.txt", "deep");
  fs::create_directories(root + "/EFI/Linux");
  WriteSourceFile(root + "/EFI/BOOT/BOOTX64.EFI", Noise(70000, 1));
  return root;
}

const std::string& EspTree() {
  static const std::string* const kTree = new std::string(MakeEspTree());
  return *kTree;
}

// Every path below `directory`, directories with a `/` behind.
void Walk(FatVolume& volume, const FatEntry& directory, const std::string& path,
          std::vector<std::pair<std::string, FatEntry>>& found) {
  const auto entries = volume.List(directory);
  ASSERT_TRUE(entries.ok()) << entries.status();
  for (const FatEntry& entry : *entries) {
    const std::string name =
        absl::StrCat(path, entry.name, entry.directory ? "/" : "");
    found.emplace_back(name, entry);
    if (entry.directory) Walk(volume, entry, name, found);
  }
}

class FatToolsTest : public testing::TestWithParam<VolumeKind> {
 protected:
  FatToolsTest()
      : path_(MakeFatVolume(absl::StrCat(GetParam().options, " -n LABEL"),
                            GetParam().size_kib)) {}
  ~FatToolsTest() override { fs::remove(path_); }

  // A command line in which $IN is the option of mtools for the volume.
  std::string Run(absl::string_view command) const {
    return RunFatTool(absl::StrCat("IN='-i ", path_, "'; ", command));
  }

  // Opens the volume as it is now.
  FatVolume Volume() {
    image_ = std::make_unique<VolumeFile>(path_);
    absl::StatusOr<FatVolume> volume = FatVolume::Open(*image_);
    EXPECT_TRUE(volume.ok()) << volume.status();
    return *std::move(volume);
  }

  std::string path_;
  std::unique_ptr<VolumeFile> image_;
};

TEST_P(FatToolsTest, ATreeIsReadAsMtoolsReadsIt) {
  Run(absl::StrCat("cd ", EspTree(), " && mcopy -s -Q $IN * ::"));
  const std::string copy = NewTemporaryPath("copy");
  fs::create_directories(copy);
  Run(absl::StrCat("mcopy -s -n $IN '::/*' ", copy, "/"));
  RunFatTool(absl::StrCat("diff -r ", EspTree(), " ", copy));
  // fsck.fat knows one or two tables.
  if (!absl::StrContains(GetParam().options, "-f 4")) {
    RunFatTool(absl::StrCat("fsck.fat -n ", path_));
  }
  FatVolume volume = Volume();
  EXPECT_EQ(volume.type(), GetParam().type);
  std::vector<std::pair<std::string, FatEntry>> found;
  Walk(volume, volume.Root(), "::/", found);
  std::vector<std::string> paths;
  for (const auto& [path, entry] : found) {
    paths.push_back(path);
    const std::string host = absl::StrCat(copy, "/", path.substr(3));
    const auto by_name = volume.Find(path.substr(2));
    ASSERT_TRUE(by_name.ok()) << by_name.status();
    EXPECT_EQ(*by_name, entry);
    if (entry.directory) continue;
    const std::vector<uint8_t> expected = ReadHostFile(host);
    ASSERT_EQ(entry.size_bytes, expected.size()) << path;
    EXPECT_TRUE(WholeFatFile(volume, entry) ==
                std::string(expected.begin(), expected.end()))
        << path;
  }
  // mdir lists a directory before it goes into those below.
  std::vector<std::string> listed =
      absl::StrSplit(Run("mdir -/ -b $IN ::"), '\n', absl::SkipEmpty());
  std::sort(paths.begin(), paths.end());
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(paths, listed);
  EXPECT_GT(paths.size(), 350u);
  fs::remove_all(copy);
}

TEST_P(FatToolsTest, AFileInPiecesIsReadWhole) {
  const std::string folder = NewTemporaryPath("holes");
  for (int i = 100; i < 200; ++i) {
    WriteSourceFile(absl::StrCat(folder, "/", i), "x");
  }
  const std::string large =
      Noise(GetParam().size_kib > 100000 ? 4000000 : 400001, 7);
  WriteSourceFile(folder + "-large", large);
  Run(absl::StrCat("mcopy -Q $IN ", folder, "/* ::"));
  Run("mdel $IN '::/1?[13579]'");
  if (GetParam().type == FatType::kFat32) {
    // Where mtools would go on to look for room: it does not know.
    const uint8_t unknown[] = {0xff, 0xff, 0xff, 0xff};
    const uint64_t sector =
        absl::StrContains(GetParam().options, "4096") ? 4096 : 512;
    PatchFile(path_, sector + 492, unknown);
  }
  Run(absl::StrCat("mcopy $IN ", folder, "-large ::/Large"));
  FatVolume volume = Volume();
  const auto geometry = ReadFatBootSector(*image_);
  ASSERT_TRUE(geometry.ok());
  const auto entry = volume.Find("/large");
  ASSERT_TRUE(entry.ok()) << entry.status();
  FatTable table(*image_, *geometry);
  const auto chain = table.Chain(*entry->first_cluster, 1 << 20);
  ASSERT_TRUE(chain.ok()) << chain.status();
  EXPECT_GT(chain->runs.size(), std::min<uint64_t>(chain->clusters, 50) - 5);
  EXPECT_TRUE(WholeFatFile(volume, *entry) == large);
  // And from anywhere to anywhere.
  const auto reader = volume.OpenFile(*entry);
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const uint64_t offset = random() % (large.size() + 1);
    std::string piece(
        random() % std::min<uint64_t>(large.size() - offset + 1, 20000), '\0');
    ASSERT_TRUE((*reader)
                    ->ReadAt(offset, absl::MakeSpan(reinterpret_cast<uint8_t*>(
                                                        piece.data()),
                                                    piece.size()))
                    .ok());
    ASSERT_TRUE(piece == large.substr(offset, piece.size())) << offset;
  }
  EXPECT_EQ(volume.Find("/101").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(WholeFatFile(volume, *volume.Find("/100")), "x");
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Kinds, FatToolsTest, testing::ValuesIn(kKinds),
                         [](const auto& kind) { return kind.param.name; });

class FatTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = MakeFatVolume("-F 12 -s 1 -n LABEL", 256);
    file_ = NewTemporaryPath("file");
    WriteSourceFile(file_, "content");
  }

  // As above; $FILE is a file of this machine.
  void Run(absl::string_view command) const {
    RunFatTool(
        absl::StrCat("IN='-i ", path_, "'; FILE=", file_, "; ", command));
  }

  FatVolume Volume() {
    image_ = std::make_unique<VolumeFile>(path_);
    return *FatVolume::Open(*image_);
  }

  std::string path_;
  std::string file_;
  std::unique_ptr<VolumeFile> image_;
};

std::vector<std::string> NamesOf(const std::vector<FatEntry>& entries) {
  std::vector<std::string> names;
  for (const FatEntry& entry : entries) names.push_back(entry.name);
  return names;
}

TEST_F(FatTest, WhatIsListedStandsInItsOrder) {
  Run("mmd $IN ::/EFI && mcopy $IN $FILE ::/z.txt && mcopy $IN $FILE '::/A "
      "long'");
  Run("mcopy $IN $FILE ::/gone && mdel $IN ::/gone && mmd $IN ::/EFI/Linux");
  FatVolume volume = Volume();
  const auto root = volume.List(volume.Root());
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_THAT(NamesOf(*root), ElementsAre("EFI", "z.txt", "A long"));
  EXPECT_TRUE((*root)[0].directory);
  EXPECT_EQ((*root)[0].size_bytes, 0u);
  EXPECT_FALSE((*root)[1].has_long_name) << "it is small by its case bits";
  EXPECT_EQ((*root)[1].size_bytes, 7u);
  EXPECT_TRUE((*root)[2].has_long_name);
  EXPECT_EQ((*root)[2].short_name, "ALONG~1");
  EXPECT_THAT(NamesOf(*volume.List((*root)[0])), ElementsAre("Linux"));
  EXPECT_TRUE(volume.List(*volume.Find("/EFI/Linux"))->empty());
}

TEST_F(FatTest, APathIsFoundInAnyCaseAndByEitherName) {
  Run("mmd $IN ::/EFI ::/EFI/Linux");
  Run("mcopy $IN $FILE '::/EFI/Linux/Kairos 4.3.efi'");
  Run("mcopy $IN $FILE ::/EFI/Linux/日本語.efi");
  FatVolume volume = Volume();
  for (const char* path :
       {"/EFI/Linux/Kairos 4.3.efi", "efi/linux/kairos 4.3.EFI",
        "//EFI//LINUX/KAIROS~1.EFI", "/EFI/Linux/kairos~1.efi"}) {
    const auto entry = volume.Find(path);
    ASSERT_TRUE(entry.ok()) << path << ": " << entry.status();
    EXPECT_EQ(entry->name, "Kairos 4.3.efi");
    EXPECT_EQ(WholeFatFile(volume, *entry), "content");
  }
  EXPECT_TRUE(volume.Find("/EFI/Linux/日本語.EFI").ok());
  EXPECT_EQ(*volume.Find(""), volume.Root());
  EXPECT_EQ(*volume.Find("/"), volume.Root());
  for (const char* path :
       {"/LABEL", "/EFI/Linux/other", "/EFI/.", "/EFI/..", "/EFI/Linux/Kairos",
        "/EFI/Linux/Kairos 4.3.efi/x", "\\EFI", "/EFI/Linux/日本"}) {
    EXPECT_EQ(volume.Find(path).status().code(), absl::StatusCode::kNotFound)
        << path;
  }
  EXPECT_EQ(volume.Find("/EFI/Linux/x").status().message(),
            "`Linux`: there is no `x`");
  EXPECT_EQ(volume.Find("/x\x1b").status().message(),
            "root directory: there is no `x\\x1b`");
}

TEST_F(FatTest, AFileIsNoDirectoryNorTheOtherWayRound) {
  Run("mmd $IN ::/EFI && mcopy $IN $FILE ::/FILE.TXT");
  FatVolume volume = Volume();
  EXPECT_EQ(volume.List(*volume.Find("/file.txt")).status(),
            absl::InvalidArgumentError("`FILE.TXT` is no directory"));
  EXPECT_EQ(volume.OpenFile(*volume.Find("/EFI")).status(),
            absl::InvalidArgumentError("`EFI` is a directory"));
}

TEST_F(FatTest, WhatLiesBeyondAFileIsOutOfRange) {
  Run("mcopy $IN $FILE ::/FILE.TXT");
  FatVolume volume = Volume();
  const auto file = volume.OpenFile(*volume.Find("/FILE.TXT"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->size_bytes(), 7u);
  uint8_t bytes[8];
  EXPECT_TRUE((*file)->ReadAt(7, absl::MakeSpan(bytes, 0)).ok());
  EXPECT_TRUE((*file)->ReadAt(6, absl::MakeSpan(bytes, 1)).ok());
  for (uint64_t offset : {uint64_t{0}, uint64_t{7}, ~uint64_t{0}}) {
    EXPECT_EQ((*file)->ReadAt(offset, absl::MakeSpan(bytes)).code(),
              absl::StatusCode::kOutOfRange);
  }
}

// mtools has written it by code page 850, Linux reads it by 437, and firmware
// by none.
TEST_F(FatTest, ANameOfACodePageIsShownAndNotFound) {
  Run("mcopy $IN $FILE ::/ÄÖ.TXT");
  FatVolume volume = Volume();
  const auto root = volume.List(volume.Root());
  ASSERT_TRUE(root.ok()) << root.status();
  ASSERT_EQ(root->size(), 1u);
  EXPECT_FALSE((*root)[0].has_long_name);
  EXPECT_EQ((*root)[0].name, "\xc2\x8e\xc2\x99.TXT");
  for (const std::string& path : {std::string("ÄÖ.TXT"), (*root)[0].name}) {
    EXPECT_EQ(volume.Find(path).status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(WholeFatFile(volume, (*root)[0]), "content");
}

void AppendNumber(std::vector<uint8_t>& bytes, uint32_t number) {
  for (int i = 0; i < 4; ++i) bytes.push_back(number >> (8 * i) & 0xff);
}

// The entries of both tables of a FAT32, from cluster `first` on.
void PatchTables(const std::string& path, const FatGeometry& geometry,
                 uint32_t first, const std::vector<uint8_t>& entries) {
  for (uint32_t copy = 0; copy < geometry.fat_copies; ++copy) {
    PatchFile(path, geometry.fat_offset + copy * geometry.fat_size + first * 4,
              entries);
  }
}

// The size in the first entry of the root directory that is no label.
void PatchSize(const std::string& path, const FatGeometry& geometry,
               uint32_t size) {
  std::vector<uint8_t> bytes;
  AppendNumber(bytes, size);
  PatchFile(path, geometry.OffsetOf(geometry.root_cluster) + 28, bytes);
}

TEST(FatLargeFileTest, FourGigabytesAreReadWhereTheyAreAskedFor) {
  const std::string path = MakeFatVolume("-F 32 -s 128", 6000000);
  const std::string file = NewTemporaryPath("file");
  WriteSourceFile(file, "begin");
  RunFatTool(absl::StrCat("mcopy -i ", path, " ", file, " ::/LARGE"));
  VolumeFile image(path);
  const auto geometry = ReadFatBootSector(image);
  ASSERT_TRUE(geometry.ok()) << geometry.status();
  ASSERT_EQ(geometry->cluster_size, 65536u);
  constexpr uint32_t kClusters = 65536;
  const uint32_t first = geometry->root_cluster + 1;
  std::vector<uint8_t> entries;
  for (uint32_t i = 1; i < kClusters; ++i) AppendNumber(entries, first + i);
  AppendNumber(entries, 0x0fffffff);
  PatchTables(path, *geometry, first, entries);
  PatchSize(path, *geometry, 0xffffffff);
  PatchFile(path, geometry->OffsetOf(first + kClusters - 1) + 65532,
            {'e', 'n', 'd', '!'});
  CountedReader counted(image);
  auto volume = FatVolume::Open(counted);
  const auto entry = volume->Find("/large");
  ASSERT_TRUE(entry.ok()) << entry.status();
  const auto reader = volume->OpenFile(*entry);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->size_bytes(), 0xffffffffu);
  uint8_t bytes[5];
  ASSERT_TRUE((*reader)->ReadAt(0, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(std::string(bytes, bytes + 5), "begin");
  ASSERT_TRUE((*reader)->ReadAt(0xfffffffa, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(std::string(bytes + 2, bytes + 5), "end");
  EXPECT_LT(counted.bytes_read(), 700000u) << "two tables of 256 KiB";
  fs::remove(path);
}

TEST(FatLargeFileTest, AFileInTooManyPiecesIsNotRead) {
  const std::string path = MakeFatVolume("-F 32 -s 1", 80000);
  const std::string file = NewTemporaryPath("file");
  WriteSourceFile(file, "begin");
  RunFatTool(absl::StrCat("mcopy -i ", path, " ", file, " ::/LARGE"));
  VolumeFile image(path);
  const auto geometry = ReadFatBootSector(image);
  ASSERT_TRUE(geometry.ok()) << geometry.status();
  const uint32_t first = geometry->root_cluster + 1;
  for (uint32_t pieces : {uint32_t{kMaxFatRuns}, uint32_t{kMaxFatRuns} + 1}) {
    std::vector<uint8_t> entries;
    for (uint32_t i = 1; i < pieces; ++i) {
      AppendNumber(entries, first + 2 * i);
      AppendNumber(entries, 0);
    }
    AppendNumber(entries, 0x0fffffff);
    PatchTables(path, *geometry, first, entries);
    PatchSize(path, *geometry, pieces * 512);
    auto volume = FatVolume::Open(image);
    const auto entry = volume->Find("/large");
    ASSERT_TRUE(entry.ok()) << entry.status();
    const auto reader = volume->OpenFile(*entry);
    EXPECT_EQ(reader.status().code(), pieces > kMaxFatRuns
                                          ? absl::StatusCode::kResourceExhausted
                                          : absl::StatusCode::kOk)
        << reader.status();
  }
  fs::remove(path);
}

}  // namespace
}  // namespace extgate
