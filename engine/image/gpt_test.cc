// Partition tables: what is read of a good one, and each way to be refused.
#include "engine/image/gpt.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/crc32.h"
#include "engine/image/image_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

constexpr char kRootX8664[] = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
constexpr char kEsp[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

// Offsets of fields, within a header and within an entry.
constexpr uint64_t kCount = 80, kSize = 84, kFirstUsable = 40, kLastUsable = 48,
                   kEntriesLba = 72, kOwn = 24, kOther = 32;
constexpr uint64_t kUuid = 16, kFirst = 32, kLast = 40, kLabel = 56;
constexpr uint64_t kPrimary = 512;

TestDisk TwoPartitions(uint32_t sector_size) {
  TestDisk disk;
  disk.sector_size = sector_size;
  disk.partitions = {{kRootX8664,
                      "11111111-2222-3333-4444-555555555555",
                      "root label",
                      uint64_t{1} << 60,
                      Bytes(8192, 1),
                      {},
                      {}},
                     {kEsp, "", "", 0, Bytes(4096, 2), {}, {}}};
  return disk;
}

Evidence<PartitionTable> Read(const Bytes& bytes) {
  BufferReader image(bytes);
  absl::StatusOr<Evidence<PartitionTable>> table = ReadGpt(image);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.ok() ? *std::move(table) : Evidence<PartitionTable>();
}

TEST(GptTest, ReadsATableOfEverySectorSize) {
  for (uint32_t size : {512u, 1024u, 2048u, 4096u}) {
    const BuiltDisk disk = BuildDisk(TwoPartitions(size));
    const Evidence<PartitionTable> evidence = Read(disk.bytes);
    const PartitionTable* table = evidence.value();
    ASSERT_NE(table, nullptr) << size << evidence.malformed()->why;
    EXPECT_EQ(table->sector_size, size);
    ASSERT_EQ(table->partitions.size(), 2u);
    const Partition& root = table->partitions[0];
    EXPECT_EQ(root.index, 0u);
    EXPECT_EQ(root.type_guid, kRootX8664);
    EXPECT_EQ(root.uuid, "11111111-2222-3333-4444-555555555555");
    EXPECT_EQ(root.label, "root label");
    EXPECT_EQ(root.attributes, uint64_t{1} << 60);
    EXPECT_EQ(root.range, disk.ranges[0]);
    EXPECT_EQ(table->partitions[1].index, 1u);
    EXPECT_EQ(table->partitions[1].range, disk.ranges[1]);
  }
}

TEST(GptTest, NoHeaderIsAbsent) {
  EXPECT_TRUE(Read({}).absent());
  EXPECT_TRUE(Read(Bytes(100, 0)).absent());
  EXPECT_TRUE(Read(Bytes(1 << 16, 0x45)).absent());
}

TEST(GptTest, EntriesAfterAGapAreRead) {
  BuiltDisk disk = BuildDisk(TwoPartitions(512));
  for (uint64_t table : {disk.primary_entries, disk.backup_entries}) {
    std::copy_n(disk.bytes.begin() + table + 128, 128,
                disk.bytes.begin() + table + 127 * 128);
    std::fill_n(disk.bytes.begin() + table + 128, 128, 0);
  }
  RefreshChecksums(disk, 512);
  const Evidence<PartitionTable> evidence = Read(disk.bytes);
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_EQ(evidence.value()->partitions[1].index, 127u);
}

// Writes into both headers, or into entry `index` of both tables.
void InHeaders(BuiltDisk& disk, uint64_t field, uint64_t value, int width) {
  PutNumber(disk.bytes, kPrimary + field, value, width);
  PutNumber(disk.bytes, disk.backup_header + field, value, width);
}
void InEntries(BuiltDisk& disk, int index, uint64_t field, uint64_t value,
               int width) {
  for (uint64_t table : {disk.primary_entries, disk.backup_entries}) {
    PutNumber(disk.bytes, table + index * 128 + field, value, width);
  }
}

enum class Checksums { kLeave, kRefresh };

struct Case {
  const char* name;
  std::function<void(BuiltDisk&)> spoil;
  Checksums checksums;
  const char* where;
  const char* why;
};

void ExpectRefused(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    BuiltDisk disk = BuildDisk(TwoPartitions(512));
    test.spoil(disk);
    if (test.checksums == Checksums::kRefresh) RefreshChecksums(disk, 512);
    const Evidence<PartitionTable> evidence = Read(disk.bytes);
    ASSERT_NE(evidence.malformed(), nullptr) << test.name;
    EXPECT_THAT(evidence.malformed()->where, HasSubstr(test.where))
        << test.name;
    EXPECT_THAT(evidence.malformed()->why, HasSubstr(test.why)) << test.name;
  }
}

// Writes a size that lies into both headers, and their own CRCs.
void RefreshHeader(BuiltDisk& disk, uint64_t field, uint64_t value) {
  InHeaders(disk, field, value, 4);
  for (uint64_t header : {kPrimary, disk.backup_header}) {
    Bytes one(disk.bytes.begin() + header, disk.bytes.begin() + header + 92);
    PutNumber(one, 16, 0, 4);
    PutNumber(disk.bytes, header + 16, Crc32(one), 4);
  }
}

TEST(GptTest, RefusesBrokenHeaders) {
  using D = BuiltDisk;
  constexpr Checksums kLeave = Checksums::kLeave;
  constexpr Checksums kFresh = Checksums::kRefresh;
  ExpectRefused({
      {"no protective MBR", [](D& d) { d.bytes[510] = 0; }, kLeave,
       "protective MBR", "there is none"},
      {"MBR of another type", [](D& d) { d.bytes[450] = 0x83; }, kLeave,
       "protective MBR", "there is none"},
      {"hybrid MBR", [](D& d) { d.bytes[462 + 4] = 0x83; }, kLeave,
       "protective MBR", "another partition"},
      {"two protective entries", [](D& d) { d.bytes[462 + 4] = 0xee; }, kLeave,
       "protective MBR", "another partition"},
      {"a second header",
       [](D& d) {
         std::copy_n(d.bytes.begin() + 512, 92, d.bytes.begin() + 4096);
       },
       kFresh, "partition table", "sector sizes 512 and 4096"},
      {"primary CRC", [](D& d) { d.bytes[kPrimary + 16] ^= 1; }, kLeave,
       "primary header", "CRC"},
      {"backup CRC", [](D& d) { d.bytes[d.backup_header + 16] ^= 1; }, kLeave,
       "backup header", "CRC"},
      {"no backup", [](D& d) { d.bytes[d.backup_header] = 0; }, kLeave,
       "backup header", "no signature"},
      {"primary gone, backup there", [](D& d) { d.bytes[kPrimary] = 0; },
       kLeave, "primary header", "there is none, but a backup"},
      {"revision", [](D& d) { InHeaders(d, 8, 0x00020000, 4); }, kFresh,
       "primary header", "revision"},
      {"reserved", [](D& d) { InHeaders(d, 20, 1, 4); }, kFresh,
       "primary header", "byte 20"},
      {"header size 91", [](D& d) { InHeaders(d, 12, 91, 4); }, kFresh,
       "primary header", "header size 91"},
      {"header size 513", [](D& d) { InHeaders(d, 12, 513, 4); }, kLeave,
       "primary header", "header size 513"},
      {"own place", [](D& d) { PutNumber(d.bytes, kPrimary + kOwn, 2, 8); },
       kFresh, "primary header", "LBA 2, not 1"},
      {"backup beyond the file",
       [](D& d) {
         PutNumber(d.bytes, kPrimary + kOther, d.bytes.size() / 512, 8);
       },
       kFresh, "primary header", "beyond the file"},
      {"backup at 2^64 - 1",
       [](D& d) { PutNumber(d.bytes, kPrimary + kOther, UINT64_MAX, 8); },
       kFresh, "primary header", "beyond the file"},
      {"backup is the primary",
       [](D& d) { PutNumber(d.bytes, kPrimary + kOther, 1, 8); }, kFresh,
       "partition table", "overlaps"},
      {"backup names another primary",
       [](D& d) { PutNumber(d.bytes, d.backup_header + kOther, 2, 8); }, kFresh,
       "backup header", "does not name"},
      {"backup names another place",
       [](D& d) { PutNumber(d.bytes, d.backup_header + kOwn, 3, 8); }, kFresh,
       "backup header", "does not name"},
      {"backup differs in usable range",
       [](D& d) { PutNumber(d.bytes, d.backup_header + kFirstUsable, 41, 8); },
       kFresh, "backup header", "differs"},
      {"backup differs in GUID",
       [](D& d) { d.bytes[d.backup_header + 56] ^= 1; }, kFresh,
       "backup header", "differs"},
      {"usable range backwards",
       [](D& d) {
         InHeaders(d, kFirstUsable, 50, 8);
         InHeaders(d, kLastUsable, 49, 8);
       },
       kFresh, "primary header", "is before"},
      {"usable range over the entries",
       [](D& d) { InHeaders(d, kFirstUsable, 33, 8); }, kFresh,
       "partition table", "the primary entries overlaps the usable"},
      {"usable range over the backup",
       [](D& d) { InHeaders(d, kLastUsable, d.backup_entries / 512, 8); },
       kFresh, "partition table", "overlaps the backup entries"},
      {"usable range beyond the file",
       [](D& d) { InHeaders(d, kLastUsable, uint64_t{1} << 32, 8); }, kFresh,
       "primary header", "beyond the file"},
      {"entries at 2^64 - 1",
       [](D& d) { InHeaders(d, kEntriesLba, UINT64_MAX, 8); }, kFresh,
       "primary header", "beyond the file"},
      {"entries over the header",
       [](D& d) { PutNumber(d.bytes, kPrimary + kEntriesLba, 1, 8); }, kFresh,
       "partition table", "overlaps"},
      {"no entries", [](D& d) { RefreshHeader(d, kCount, 0); }, kLeave,
       "primary header", "0 entries"},
      {"1025 entries", [](D& d) { RefreshHeader(d, kCount, 1025); }, kLeave,
       "primary header", "1025 entries"},
      {"2^32 - 1 entries", [](D& d) { RefreshHeader(d, kCount, UINT32_MAX); },
       kLeave, "primary header", "entries are not 1 to 1024"},
      {"entries of 64", [](D& d) { RefreshHeader(d, kSize, 64); }, kLeave,
       "primary header", "entry size 64"},
      {"entries of 256, which libblkid does not read",
       [](D& d) { RefreshHeader(d, kSize, 256); }, kLeave, "primary header",
       "entry size 256"},
      {"entries of 2^32 - 1", [](D& d) { RefreshHeader(d, kSize, UINT32_MAX); },
       kLeave, "primary header", "entry size"},
  });
}

TEST(GptTest, RefusesBrokenEntries) {
  using D = BuiltDisk;
  constexpr Checksums kLeave = Checksums::kLeave;
  constexpr Checksums kFresh = Checksums::kRefresh;
  ExpectRefused({
      {"primary entries' CRC",
       [](D& d) { d.bytes[d.primary_entries + kLabel] ^= 1; }, kLeave,
       "primary entries", "CRC"},
      {"backup entries", [](D& d) { d.bytes[d.backup_entries + kLabel] ^= 1; },
       kLeave, "backup entries", "differ"},
      {"no UUID",
       [](D& d) {
         InEntries(d, 1, kUuid, 0, 8);
         InEntries(d, 1, kUuid + 8, 0, 8);
       },
       kFresh, "entry 1", "no UUID"},
      {"the same UUID",
       [](D& d) {
         for (uint64_t t : {d.primary_entries, d.backup_entries}) {
           std::copy_n(d.bytes.begin() + t + kUuid, 16,
                       d.bytes.begin() + t + 128 + kUuid);
         }
       },
       kFresh, "entry 1", "another partition's too"},
      {"backwards", [](D& d) { InEntries(d, 0, kLast, 39, 8); }, kFresh,
       "entry 0", "last LBA 39 is before first LBA 40"},
      {"before the usable range", [](D& d) { InEntries(d, 0, kFirst, 39, 8); },
       kFresh, "entry 0", "outside the usable range"},
      {"at LBA 0", [](D& d) { InEntries(d, 0, kFirst, 0, 8); }, kFresh,
       "entry 0", "outside the usable range"},
      {"behind the usable range",
       [](D& d) { InEntries(d, 1, kLast, d.backup_entries / 512, 8); }, kFresh,
       "entry 1", "outside the usable range"},
      {"2^32 sectors",
       [](D& d) { InEntries(d, 1, kLast, uint64_t{1} << 32, 8); }, kFresh,
       "entry 1", "outside the usable range"},
      {"2^64 sectors", [](D& d) { InEntries(d, 1, kLast, UINT64_MAX, 8); },
       kFresh, "entry 1", "outside the usable range"},
      {"both at 2^64",
       [](D& d) {
         InEntries(d, 1, kFirst, UINT64_MAX, 8);
         InEntries(d, 1, kLast, UINT64_MAX, 8);
       },
       kFresh, "entry 1", "outside the usable range"},
      {"overlap by a sector", [](D& d) { InEntries(d, 0, kLast, 56, 8); },
       kFresh, "entry 1", "overlaps entry 0"},
      {"one in the other",
       [](D& d) {
         InEntries(d, 1, kFirst, 41, 8);
         InEntries(d, 1, kLast, 42, 8);
       },
       kFresh, "entry 1", "overlaps entry 0"},
      {"the same place",
       [](D& d) {
         InEntries(d, 1, kFirst, 40, 8);
         InEntries(d, 1, kLast, 55, 8);
       },
       kFresh, "partition table, entry", "overlaps entry"},
      {"a lone surrogate", [](D& d) { InEntries(d, 1, kLabel, 0xd800, 2); },
       kFresh, "entry 1", "not UTF-16"},
  });
}

TEST(GptTest, EveryTruncationIsRefused) {
  const BuiltDisk disk = BuildDisk(TwoPartitions(512));
  for (size_t size = 0; size < disk.bytes.size(); ++size) {
    BufferReader image(absl::MakeConstSpan(disk.bytes).first(size));
    const auto table = ReadGpt(image);
    ASSERT_TRUE(table.ok()) << size << ": " << table.status();
    ASSERT_EQ(table->value(), nullptr) << size;
    ASSERT_EQ(table->absent(), size < 512 + 8) << size;
  }
}

TEST(GptTest, EveryBitOfHeadersAndEntriesCounts) {
  TestDisk options = TwoPartitions(512);
  options.entry_count = 8;
  BuiltDisk disk = BuildDisk(options);
  const Evidence<PartitionTable> good = Read(disk.bytes);
  ASSERT_NE(good.value(), nullptr);
  const ByteRange covered[] = {{kPrimary, 92},
                               {disk.backup_header, 92},
                               {disk.primary_entries, 8 * 128},
                               {disk.backup_entries, 8 * 128}};
  for (const ByteRange& range : covered) {
    for (uint64_t bit = 8 * range.offset; bit < 8 * (range.offset + range.size);
         ++bit) {
      disk.bytes[bit / 8] ^= 1 << bit % 8;
      BufferReader image(disk.bytes);
      const auto table = ReadGpt(image);
      ASSERT_TRUE(table.ok());
      ASSERT_NE(table->malformed(), nullptr) << "bit " << bit;
      disk.bytes[bit / 8] ^= 1 << bit % 8;
    }
  }
}

// A file that fails at the N-th read.
class FailingReader : public ImageReader {
 public:
  FailingReader(const Bytes& bytes, int good) : image_(bytes), good_(good) {}
  uint64_t size_bytes() const override { return image_.size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    if (good_-- <= 0) return absl::UnavailableError("input/output error");
    return image_.ReadAt(offset, out);
  }

 private:
  BufferReader image_;
  int good_;
};

TEST(GptTest, AnIoErrorIsAStatusAtEveryRead) {
  const BuiltDisk disk = BuildDisk(TwoPartitions(512));
  int reads = 0;
  for (;; ++reads) {
    FailingReader image(disk.bytes, reads);
    const auto table = ReadGpt(image);
    if (table.ok()) break;
    EXPECT_TRUE(absl::IsUnavailable(table.status())) << reads;
  }
  EXPECT_EQ(reads, 9) << "4 sizes, MBR, 2 headers, 2 tables";
}

}  // namespace
}  // namespace extgate
