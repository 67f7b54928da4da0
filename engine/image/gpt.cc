// Way in: ReadGpt. Protective MBR, primary header, backup header, entries; what
// is read once is checked before it is used.
#include "engine/image/gpt.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/crc32.h"
#include "engine/image/utf16.h"

namespace extgate {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr char kSignature[] = "EFI PART";
constexpr uint32_t kSectorSizes[] = {512, 1024, 2048, 4096};
constexpr uint32_t kRevision = 0x00010000;
constexpr uint32_t kMinHeaderSize = 92;
constexpr uint32_t kMaxEntries = 1024;
constexpr uint32_t kEntrySize = 128;
constexpr uint64_t kMbrSize = 512;

// The header's fields (UEFI 2.10, table 5.5), by byte offset; its signature at
// 0 is what it was found by.
struct Header {
  uint32_t revision = 0;      // 8
  uint32_t header_size = 0;   // 12
  uint32_t header_crc = 0;    // 16
  uint32_t reserved = 0;      // 20
  uint64_t own_lba = 0;       // 24
  uint64_t other_lba = 0;     // 32
  uint64_t first_usable = 0;  // 40
  uint64_t last_usable = 0;   // 48, inclusive
  std::string disk_guid;      // 56
  uint64_t entries_lba = 0;   // 72
  uint32_t entry_count = 0;   // 80
  uint32_t entry_size = 0;    // 84
  uint32_t entries_crc = 0;   // 88
};

// What both copies of the header must agree on.
auto Common(const Header& header) {
  return std::tie(header.revision, header.header_size, header.first_usable,
                  header.last_usable, header.disk_guid, header.entry_count,
                  header.entry_size, header.entries_crc);
}

// Sectors from `first` to before `end`.
struct Extent {
  uint64_t first = 0;
  uint64_t end = 0;
};

bool Overlap(const Extent& a, const Extent& b) {
  return a.first < b.end && b.first < a.end;
}

// One reading of one table.
class GptReading {
 public:
  GptReading(ImageReader& image, uint32_t sector_size)
      : image_(image),
        sector_size_(sector_size),
        sectors_(image.size_bytes() / sector_size) {}

  absl::StatusOr<Evidence<PartitionTable>> Read();

 private:
  using Fault = std::optional<Malformed>;

  // Each gives a fault, or a Status for I/O only, and fills the member it is
  // named after.
  absl::StatusOr<Fault> ReadHeader(uint64_t lba, const char* where,
                                   Header& header);
  absl::StatusOr<Fault> ReadEntries();
  // `header` is one whose own CRC holds.
  Fault CheckHeader(const Header& header, const char* where) const;
  Fault CheckPlaces() const;
  Fault ParseEntries();
  Fault ParseEntry(uint32_t index, absl::Span<const uint8_t> entry);
  Fault CheckApart() const;

  Extent EntriesExtent(const Header& header) const {
    const uint64_t bytes = uint64_t{header.entry_count} * header.entry_size;
    return {header.entries_lba,
            header.entries_lba + (bytes + sector_size_ - 1) / sector_size_};
  }

  ImageReader& image_;
  const uint32_t sector_size_;
  const uint64_t sectors_;  // whole sectors in the file
  Header primary_;
  Header backup_;
  Bytes entries_;
  PartitionTable table_;
};

constexpr char kPrimary[] = "partition table, primary header";
constexpr char kBackup[] = "partition table, backup header";

Header ParseHeader(ByteCursor& cursor) {
  Header header;
  header.revision = cursor.U32(8);
  header.header_size = cursor.U32(12);
  header.header_crc = cursor.U32(16);
  header.reserved = cursor.U32(20);
  header.own_lba = cursor.U64(24);
  header.other_lba = cursor.U64(32);
  header.first_usable = cursor.U64(40);
  header.last_usable = cursor.U64(48);
  header.disk_guid = GuidText(cursor.Bytes(56, 16));
  header.entries_lba = cursor.U64(72);
  header.entry_count = cursor.U32(80);
  header.entry_size = cursor.U32(84);
  header.entries_crc = cursor.U32(88);
  return header;
}

absl::StatusOr<std::optional<Malformed>> GptReading::ReadHeader(
    uint64_t lba, const char* where, Header& header) {
  Bytes sector(sector_size_);
  absl::Status status =
      image_.ReadAt(lba * sector_size_, absl::MakeSpan(sector));
  if (!status.ok()) return status;
  ByteCursor cursor(sector);
  if (!cursor.Matches(0, kSignature)) return Malformed{where, "no signature"};
  header = ParseHeader(cursor);
  if (header.header_size < kMinHeaderSize ||
      header.header_size > sector_size_) {
    return Malformed{where, absl::StrCat("header size ", header.header_size,
                                         " is not 92 to ", sector_size_)};
  }
  std::fill_n(sector.begin() + 16, 4, uint8_t{0});
  const absl::Span<const uint8_t> summed =
      absl::MakeConstSpan(sector).first(header.header_size);
  if (Crc32(summed) != header.header_crc) {
    return Malformed{where, "the header's CRC is wrong"};
  }
  if (Fault fault = CheckHeader(header, where)) return fault;
  return std::nullopt;
}

std::optional<Malformed> GptReading::CheckHeader(const Header& header,
                                                 const char* where) const {
  if (header.revision != kRevision) {
    return Malformed{where,
                     absl::StrCat("revision ", header.revision, " is not 1.0")};
  }
  if (header.reserved != 0) return Malformed{where, "byte 20 is not zero"};
  if (header.entry_count < 1 || header.entry_count > kMaxEntries) {
    return Malformed{
        where, absl::StrCat(header.entry_count, " entries are not 1 to 1024")};
  }
  if (header.entry_size != kEntrySize) {
    return Malformed{
        where, absl::StrCat("entry size ", header.entry_size, " is not 128")};
  }
  for (uint64_t lba : {header.own_lba, header.other_lba, header.first_usable,
                       header.last_usable}) {
    if (lba >= sectors_) {
      return Malformed{
          where, absl::StrCat("LBA ", lba, " is beyond the file's ", sectors_,
                              " sectors")};
    }
  }
  // No overflow: 1024 entries of 128 bytes are at most 256 sectors.
  if (header.entries_lba >= sectors_ || EntriesExtent(header).end > sectors_) {
    return Malformed{
        where, absl::StrCat("entries at LBA ", header.entries_lba,
                            " are beyond the file's ", sectors_, " sectors")};
  }
  if (header.first_usable > header.last_usable) {
    return Malformed{where, absl::StrCat("last usable LBA ", header.last_usable,
                                         " is before first usable LBA ",
                                         header.first_usable)};
  }
  return std::nullopt;
}

std::optional<Malformed> GptReading::CheckPlaces() const {
  if (backup_.own_lba != primary_.other_lba || backup_.other_lba != 1) {
    return Malformed{kBackup, "it does not name the primary's place"};
  }
  if (Common(primary_) != Common(backup_)) {
    return Malformed{kBackup, "it differs from the primary header"};
  }
  const std::pair<const char*, Extent> extents[] = {
      {"the protective MBR", {0, 1}},
      {"the primary header", {1, 2}},
      {"the primary entries", EntriesExtent(primary_)},
      {"the usable range", {primary_.first_usable, primary_.last_usable + 1}},
      {"the backup entries", EntriesExtent(backup_)},
      {"the backup header", {backup_.own_lba, backup_.own_lba + 1}},
  };
  for (auto a = std::begin(extents); a != std::end(extents); ++a) {
    for (auto b = a + 1; b != std::end(extents); ++b) {
      if (Overlap(a->second, b->second)) {
        return Malformed{"partition table",
                         absl::StrCat(a->first, " overlaps ", b->first)};
      }
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Malformed>> GptReading::ReadEntries() {
  entries_.resize(size_t{primary_.entry_count} * kEntrySize);
  Bytes copy(entries_.size());
  absl::Status status = image_.ReadAt(primary_.entries_lba * sector_size_,
                                      absl::MakeSpan(entries_));
  if (!status.ok()) return status;
  status =
      image_.ReadAt(backup_.entries_lba * sector_size_, absl::MakeSpan(copy));
  if (!status.ok()) return status;
  // A CRC holds off accidents only, so the bytes are compared too.
  if (Crc32(entries_) != primary_.entries_crc) {
    return Malformed{"partition table, primary entries", "the CRC is wrong"};
  }
  if (entries_ != copy) {
    return Malformed{"partition table, backup entries",
                     "they differ from the primary entries"};
  }
  return std::nullopt;
}

std::optional<Malformed> GptReading::ParseEntry(
    uint32_t index, absl::Span<const uint8_t> entry) {
  // Byte offsets (UEFI 2.10, table 5.6): type 0, UUID 16, first LBA 32, last
  // LBA 40 (inclusive), attributes 48, name 56 to 127 in UTF-16.
  ByteCursor cursor(entry);
  if (AllZero(cursor.Bytes(0, 16))) return std::nullopt;  // not used
  const std::string where = absl::StrCat("partition table, entry ", index);
  if (AllZero(cursor.Bytes(16, 16))) return Malformed{where, "it has no UUID"};
  const uint64_t first = cursor.U64(32);
  const uint64_t last = cursor.U64(40);
  if (last < first) {
    return Malformed{
        where, absl::StrCat("last LBA ", last, " is before first LBA ", first)};
  }
  if (first < primary_.first_usable || last > primary_.last_usable) {
    return Malformed{where, absl::StrCat("LBA ", first, " to ", last,
                                         " are outside the usable range of ",
                                         primary_.first_usable, " to ",
                                         primary_.last_usable)};
  }
  std::optional<std::string> label = Utf16ToUtf8(cursor.Bytes(56, 72));
  if (!label) return Malformed{where, "its label is not UTF-16"};
  Partition partition;
  partition.index = index;
  partition.type_guid = GuidText(cursor.Bytes(0, 16));
  partition.uuid = GuidText(cursor.Bytes(16, 16));
  partition.label = *std::move(label);
  partition.attributes = cursor.U64(48);
  // No overflow: last lies inside the file.
  partition.range = {first * sector_size_, (last - first + 1) * sector_size_};
  table_.partitions.push_back(std::move(partition));
  return std::nullopt;
}

std::optional<Malformed> GptReading::CheckApart() const {
  std::set<std::string> uuids;
  std::vector<const Partition*> by_offset;
  for (const Partition& partition : table_.partitions) {
    if (!uuids.insert(partition.uuid).second) {
      return Malformed{
          absl::StrCat("partition table, entry ", partition.index),
          absl::StrCat("UUID ", partition.uuid, " is another partition's too")};
    }
    by_offset.push_back(&partition);
  }
  std::sort(by_offset.begin(), by_offset.end(),
            [](const Partition* a, const Partition* b) {
              return a->range.offset < b->range.offset;
            });
  for (size_t i = 1; i < by_offset.size(); ++i) {
    const Partition& before = *by_offset[i - 1];
    if (before.range.offset + before.range.size > by_offset[i]->range.offset) {
      return Malformed{
          absl::StrCat("partition table, entry ", by_offset[i]->index),
          absl::StrCat("it overlaps entry ", before.index)};
    }
  }
  return std::nullopt;
}

std::optional<Malformed> GptReading::ParseEntries() {
  ByteCursor cursor(entries_);
  for (uint32_t index = 0; index < primary_.entry_count; ++index) {
    Fault fault = ParseEntry(
        index, cursor.Bytes(uint64_t{index} * kEntrySize, kEntrySize));
    if (fault) return fault;
  }
  return CheckApart();
}

absl::StatusOr<Evidence<PartitionTable>> GptReading::Read() {
  table_.sector_size = sector_size_;
  absl::StatusOr<Fault> fault = ReadHeader(1, kPrimary, primary_);
  if (!fault.ok()) return fault.status();
  if (*fault) return Evidence<PartitionTable>(**fault);
  if (primary_.own_lba != 1) {
    return Evidence<PartitionTable>(Malformed{
        kPrimary,
        absl::StrCat("it says it is at LBA ", primary_.own_lba, ", not 1")});
  }
  fault = ReadHeader(primary_.other_lba, kBackup, backup_);
  if (!fault.ok()) return fault.status();
  if (*fault) return Evidence<PartitionTable>(**fault);
  if (Fault places = CheckPlaces()) return Evidence<PartitionTable>(*places);
  fault = ReadEntries();
  if (!fault.ok()) return fault.status();
  if (*fault) return Evidence<PartitionTable>(**fault);
  if (Fault parsed = ParseEntries()) return Evidence<PartitionTable>(*parsed);
  return Evidence<PartitionTable>(std::move(table_));
}

// Whether `image` has a header's signature at `offset`. False beyond its end.
absl::StatusOr<bool> HasSignature(ImageReader& image, uint64_t offset) {
  uint8_t bytes[8];
  if (offset > image.size_bytes() ||
      image.size_bytes() - offset < sizeof(bytes)) {
    return false;
  }
  absl::Status status = image.ReadAt(offset, absl::MakeSpan(bytes));
  if (!status.ok()) return status;
  return ByteCursor(bytes).Matches(0, kSignature);
}

// What the first sector says of partitions, in the four entries of an MBR
// (UEFI 2.10, table 5.3).
enum class Mbr { kNone, kProtective, kHybrid };

absl::StatusOr<Mbr> ReadMbr(ImageReader& image) {
  if (image.size_bytes() < kMbrSize) return Mbr::kNone;
  Bytes sector(kMbrSize);
  absl::Status status = image.ReadAt(0, absl::MakeSpan(sector));
  if (!status.ok()) return status;
  ByteCursor cursor(sector);
  if (cursor.U16(510) != 0xaa55) return Mbr::kNone;
  int protective = 0;
  int others = 0;
  for (uint64_t entry = 446; entry < 510; entry += 16) {
    const uint8_t type = cursor.U8(entry + 4);
    if (type == 0xee) {
      ++protective;
    } else if (!AllZero(cursor.Bytes(entry, 16))) {
      ++others;
    }
  }
  if (protective == 0) return Mbr::kNone;
  return protective == 1 && others == 0 ? Mbr::kProtective : Mbr::kHybrid;
}

// libblkid takes the backup where there is no primary header.
absl::StatusOr<Evidence<PartitionTable>> WithoutPrimary(ImageReader& image,
                                                        Mbr mbr) {
  for (uint32_t size : kSectorSizes) {
    if (mbr == Mbr::kNone || image.size_bytes() < size) continue;
    const uint64_t last = (image.size_bytes() / size - 1) * size;
    absl::StatusOr<bool> found = HasSignature(image, last);
    if (!found.ok()) return found.status();
    if (*found) {
      return Evidence<PartitionTable>(
          Malformed{kPrimary, absl::StrCat("there is none, but a backup header "
                                           "at byte ",
                                           last)});
    }
  }
  return Evidence<PartitionTable>(Absent{});
}

}  // namespace

absl::StatusOr<Evidence<PartitionTable>> ReadGpt(ImageReader& image) {
  std::vector<uint32_t> sizes;
  for (uint32_t size : kSectorSizes) {
    absl::StatusOr<bool> found = HasSignature(image, size);
    if (!found.ok()) return found.status();
    if (*found) sizes.push_back(size);
  }
  absl::StatusOr<Mbr> mbr = ReadMbr(image);
  if (!mbr.ok()) return mbr.status();
  if (sizes.empty()) return WithoutPrimary(image, *mbr);
  if (sizes.size() > 1) {
    return Evidence<PartitionTable>(Malformed{
        "partition table", absl::StrCat("there are headers for sector sizes ",
                                        sizes[0], " and ", sizes[1])});
  }
  if (*mbr != Mbr::kProtective) {
    return Evidence<PartitionTable>(Malformed{
        "protective MBR", *mbr == Mbr::kNone
                              ? "there is none before the partition table"
                              : "it lists another partition"});
  }
  if (image.size_bytes() / sizes[0] < 2) {
    return Evidence<PartitionTable>(Malformed{kPrimary, "it is cut short"});
  }
  return GptReading(image, sizes[0]).Read();
}

}  // namespace extgate
