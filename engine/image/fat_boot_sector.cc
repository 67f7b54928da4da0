// Way in: ReadFatBootSector(). The fields alone, then what they make of the
// image.
#include "engine/image/fat_boot_sector.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr uint64_t kSectorsAt = 19;     // u16
constexpr uint64_t kFatSectorsAt = 22;  // u16, 0 where there is the next
constexpr uint64_t kBigSectorsAt = 32;
constexpr uint64_t kBigFatSectorsAt = 36;
constexpr uint64_t kRootClusterAt = 44;
constexpr uint64_t kSignatureAt = 510;

constexpr uint64_t kDirectoryEntry = 32;      // bytes
constexpr uint16_t kMirrorsOff = 1 << 7;      // of the flags of FAT32
constexpr uint32_t kMinFat16 = 4085;          // clusters
constexpr uint32_t kMinFat32 = 65525;         // clusters
constexpr uint32_t kMaxClusters = 0xffffff5;  // more have marks for numbers

// By byte offset.
struct Fields {
  uint8_t jump = 0;                  // 0, of the boot code
  uint32_t sector_size = 0;          // 11
  uint32_t sectors_per_cluster = 0;  // 13
  uint32_t reserved_sectors = 0;     // 14
  uint32_t fat_copies = 0;           // 16
  uint32_t root_entries = 0;         // 17, 0: FAT32
  uint32_t sectors = 0;              // 19
  uint8_t media = 0;                 // 21
  uint32_t fat_sectors = 0;          // 22
  uint32_t big_sectors = 0;          // 32
  uint32_t big_fat_sectors = 0;      // 36, FAT32 only, as the three behind it
  uint16_t flags = 0;                // 40
  uint16_t version = 0;              // 42
  uint32_t root_cluster = 0;         // 44
  uint16_t signature = 0;            // 510

  // Whether they are laid out as of a FAT32.
  bool Fat32() const { return fat_sectors == 0; }
};

Fields ParseFields(ByteCursor& cursor) {
  Fields fields;
  fields.jump = cursor.U8(0);
  fields.sector_size = cursor.U16(11);
  fields.sectors_per_cluster = cursor.U8(13);
  fields.reserved_sectors = cursor.U16(14);
  fields.fat_copies = cursor.U8(16);
  fields.root_entries = cursor.U16(17);
  fields.sectors = cursor.U16(kSectorsAt);
  fields.media = cursor.U8(21);
  fields.fat_sectors = cursor.U16(kFatSectorsAt);
  fields.big_sectors = cursor.U32(kBigSectorsAt);
  fields.big_fat_sectors = cursor.U32(kBigFatSectorsAt);
  fields.flags = cursor.U16(40);
  fields.version = cursor.U16(42);
  fields.root_cluster = cursor.U32(kRootClusterAt);
  fields.signature = cursor.U16(kSignatureAt);
  return fields;
}

absl::Status Broken(uint64_t offset, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no FAT volume: ", why, " at offset ", offset));
}

bool IsPowerOfTwo(uint32_t number) {
  return number != 0 && (number & (number - 1)) == 0;
}

// What FAT32 says otherwise than the others.
absl::Status CheckKind(const Fields& fields) {
  if (!fields.Fat32()) {
    return fields.root_entries == 0 ? Broken(17, "no root directory")
                                    : absl::OkStatus();
  }
  if (fields.root_entries != 0) {
    return Broken(17, "a root directory of fixed size in a FAT32");
  }
  if (fields.big_fat_sectors == 0) {
    return Broken(kBigFatSectorsAt, "a FAT of 0 sectors");
  }
  if ((fields.flags & kMirrorsOff) != 0) {
    return Broken(40, "FATs that do not mirror each other");
  }
  if (fields.version != 0) {
    return Broken(42, absl::StrCat("version ", fields.version));
  }
  return absl::OkStatus();
}

absl::Status CheckFields(const Fields& fields) {
  if (fields.signature != 0xaa55) return Broken(kSignatureAt, "no signature");
  if (fields.jump != 0xeb && fields.jump != 0xe9) return Broken(0, "no jump");
  if (!IsPowerOfTwo(fields.sector_size) || fields.sector_size < 512 ||
      fields.sector_size > 4096) {
    return Broken(11,
                  absl::StrCat("sectors of ", fields.sector_size, " bytes"));
  }
  if (!IsPowerOfTwo(fields.sectors_per_cluster)) {
    return Broken(13, absl::StrCat("clusters of ", fields.sectors_per_cluster,
                                   " sectors"));
  }
  if (fields.reserved_sectors == 0) return Broken(14, "no reserved sector");
  if (fields.fat_copies < 1 || fields.fat_copies > 4) {
    return Broken(16, absl::StrCat(fields.fat_copies, " FATs"));
  }
  if (fields.root_entries * kDirectoryEntry % fields.sector_size != 0) {
    return Broken(17, "a root directory that ends within a sector");
  }
  if (fields.sectors == 0 && fields.big_sectors == 0) {
    return Broken(kBigSectorsAt, "0 sectors");
  }
  if (fields.sectors != 0 && fields.big_sectors != 0 &&
      fields.sectors != fields.big_sectors) {
    return Broken(kBigSectorsAt, "two numbers of sectors");
  }
  if (fields.media < 0xf8 && fields.media != 0xf0) {
    return Broken(21, absl::StrCat("medium ", fields.media));
  }
  return CheckKind(fields);
}

// The number of clusters decides. Sets it, the type and nothing else.
absl::Status ChooseType(const Fields& fields, uint64_t volume_size,
                        FatGeometry& geometry) {
  if (volume_size <= geometry.data_offset) {
    return Broken(kBigSectorsAt, "no sector is left for data");
  }
  const uint64_t clusters =
      (volume_size - geometry.data_offset) / geometry.cluster_size;
  if (clusters == 0 || clusters > kMaxClusters) {
    return Broken(kBigSectorsAt, absl::StrCat(clusters, " clusters"));
  }
  geometry.cluster_count = static_cast<uint32_t>(clusters);
  geometry.type = clusters < kMinFat16   ? FatType::kFat12
                  : clusters < kMinFat32 ? FatType::kFat16
                                         : FatType::kFat32;
  if ((geometry.type == FatType::kFat32) != fields.Fat32()) {
    return Broken(kFatSectorsAt,
                  absl::StrCat("the fields of a ",
                               fields.Fat32() ? "FAT32" : "FAT12 or FAT16",
                               ", but ", clusters, " clusters"));
  }
  return absl::OkStatus();
}

uint64_t BitsPerEntry(FatType type) {
  switch (type) {
    case FatType::kFat12:
      return 12;
    case FatType::kFat16:
      return 16;
    case FatType::kFat32:
      return 32;
  }
  return 32;
}

// No overflow: 2^32 sectors of 4096 bytes are 2^44.
absl::StatusOr<FatGeometry> Place(const Fields& fields, uint64_t image_size) {
  const uint64_t sector = fields.sector_size;
  const uint64_t volume_size =
      sector * (fields.sectors != 0 ? fields.sectors : fields.big_sectors);
  if (volume_size > image_size) {
    return Broken(
        fields.sectors != 0 ? kSectorsAt : kBigSectorsAt,
        absl::StrCat(volume_size, " bytes in an image of ", image_size));
  }
  FatGeometry geometry;
  geometry.fat_copies = fields.fat_copies;
  geometry.fat_offset = sector * fields.reserved_sectors;
  geometry.fat_size =
      sector * (fields.Fat32() ? fields.big_fat_sectors : fields.fat_sectors);
  geometry.root_offset =
      geometry.fat_offset + geometry.fat_copies * geometry.fat_size;
  geometry.root_size = fields.root_entries * kDirectoryEntry;
  geometry.root_cluster = fields.root_cluster;
  geometry.data_offset = geometry.root_offset + geometry.root_size;
  geometry.cluster_size = sector * fields.sectors_per_cluster;
  absl::Status status = ChooseType(fields, volume_size, geometry);
  if (!status.ok()) return status;
  // Entries 0 and 1 are no cluster's.
  if (geometry.fat_size * 8 <
      (uint64_t{geometry.cluster_count} + 2) * BitsPerEntry(geometry.type)) {
    return Broken(fields.Fat32() ? kBigFatSectorsAt : kFatSectorsAt,
                  absl::StrCat("a FAT of ", geometry.fat_size, " bytes for ",
                               geometry.cluster_count, " clusters"));
  }
  if (fields.Fat32() && !geometry.HasCluster(geometry.root_cluster)) {
    return Broken(kRootClusterAt, absl::StrCat("a root directory in cluster ",
                                               geometry.root_cluster));
  }
  return geometry;
}

}  // namespace

absl::StatusOr<FatGeometry> ReadFatBootSector(ImageReader& image) {
  std::array<uint8_t, 512> sector = {};
  if (image.size_bytes() < sector.size()) return Broken(0, "no boot sector");
  absl::Status status = image.ReadAt(0, absl::MakeSpan(sector));
  if (!status.ok()) return status;
  ByteCursor cursor(sector);
  const Fields fields = ParseFields(cursor);
  status = CheckFields(fields);
  if (!status.ok()) return status;
  return Place(fields, image.size_bytes());
}

}  // namespace extgate
