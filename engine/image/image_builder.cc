// Way in: BuildImage, over BuildDisk and BuildTree.
#include "engine/image/image_builder.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/crc32.h"
#include "engine/image/partition_types.h"

namespace extgate {
namespace {

constexpr uint64_t kEntrySize = 128;

uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

void PutBytes(Bytes& bytes, uint64_t offset, absl::string_view text) {
  std::copy(text.begin(), text.end(), bytes.begin() + offset);
}

// A GUID's text as UEFI stores it.
void PutGuid(Bytes& bytes, uint64_t offset, absl::string_view text) {
  const std::string raw =
      absl::HexStringToBytes(absl::StrReplaceAll(text, {{"-", ""}}));
  constexpr int kOrder[16] = {3, 2, 1,  0,  5,  4,  7,  6,
                              8, 9, 10, 11, 12, 13, 14, 15};
  for (int i = 0; i < 16; ++i) {
    bytes[offset + i] = static_cast<uint8_t>(raw[kOrder[i]]);
  }
}

uint64_t GetNumber(const Bytes& bytes, uint64_t offset, int width) {
  uint64_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | bytes[offset + i];
  return value;
}

absl::Span<const uint8_t> Part(const Bytes& bytes, uint64_t offset,
                               uint64_t size) {
  return absl::MakeConstSpan(bytes).subspan(offset, size);
}

// One of the two headers; the checksums come later.
struct HeaderPlace {
  uint64_t own;      // sectors
  uint64_t other;    // sectors
  uint64_t entries;  // sectors
  uint64_t first_usable;
  uint64_t last_usable;
};

void PutHeader(Bytes& bytes, const TestDisk& disk, const HeaderPlace& place) {
  const uint64_t at = place.own * disk.sector_size;
  PutBytes(bytes, at, "EFI PART");
  PutNumber(bytes, at + 8, 0x00010000, 4);
  PutNumber(bytes, at + 12, 92, 4);
  PutNumber(bytes, at + 24, place.own, 8);
  PutNumber(bytes, at + 32, place.other, 8);
  PutNumber(bytes, at + 40, place.first_usable, 8);
  PutNumber(bytes, at + 48, place.last_usable, 8);
  PutGuid(bytes, at + 56, "d15c0000-0000-4000-8000-000000000001");
  PutNumber(bytes, at + 72, place.entries, 8);
  PutNumber(bytes, at + 80, disk.entry_count, 4);
  PutNumber(bytes, at + 84, kEntrySize, 4);
}

void PutEntry(Bytes& bytes, uint64_t at, const TestPartition& partition,
              size_t index, uint64_t first_lba, uint64_t last_lba) {
  PutGuid(bytes, at, partition.type_guid);
  PutGuid(bytes, at + 16,
          partition.uuid.empty()
              ? absl::StrFormat("a0000000-0000-4000-8000-%012x", index + 1)
              : partition.uuid);
  PutNumber(bytes, at + 32, partition.first_lba.value_or(first_lba), 8);
  PutNumber(bytes, at + 40, partition.last_lba.value_or(last_lba), 8);
  PutNumber(bytes, at + 48, partition.attributes, 8);
  for (size_t i = 0; i < partition.label.size() && i < 36; ++i) {
    bytes[at + 56 + 2 * i] = static_cast<uint8_t>(partition.label[i]);
  }
}

void PutProtectiveMbr(Bytes& bytes, uint64_t sectors) {
  PutNumber(bytes, 446 + 4, 0xee, 1);
  PutNumber(bytes, 446 + 8, 1, 4);
  PutNumber(bytes, 446 + 12, std::min<uint64_t>(sectors - 1, 0xffffffff), 4);
  PutNumber(bytes, 510, 0xaa55, 2);
}

}  // namespace

void PutNumber(Bytes& bytes, uint64_t offset, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) {
    bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

BuiltDisk BuildDisk(const TestDisk& disk) {
  const uint64_t sector = disk.sector_size;
  const uint64_t entries =
      RoundUp(disk.entry_count * kEntrySize, sector) / sector;
  BuiltDisk built;
  uint64_t end = RoundUp((2 + entries) * sector, 4096);
  const uint64_t first_usable = end / sector;
  for (const TestPartition& partition : disk.partitions) {
    const uint64_t size =
        RoundUp(std::max<uint64_t>(partition.content.size(), 1), sector);
    built.ranges.push_back({end, size});
    end = RoundUp(end + size, 4096);
  }
  const uint64_t last_usable = end / sector - 1;
  const uint64_t sectors = end / sector + entries + 1;
  built.bytes.resize(sectors * sector);
  built.primary_entries = 2 * sector;
  built.backup_entries = end;
  built.backup_header = (sectors - 1) * sector;
  PutProtectiveMbr(built.bytes, sectors);
  PutHeader(built.bytes, disk, {1, sectors - 1, 2, first_usable, last_usable});
  PutHeader(built.bytes, disk,
            {sectors - 1, 1, end / sector, first_usable, last_usable});
  for (size_t i = 0; i < disk.partitions.size(); ++i) {
    const ByteRange& range = built.ranges[i];
    const Bytes& content = disk.partitions[i].content;
    std::copy(content.begin(), content.end(),
              built.bytes.begin() + range.offset);
    for (uint64_t table : {built.primary_entries, built.backup_entries}) {
      PutEntry(built.bytes, table + i * kEntrySize, disk.partitions[i], i,
               range.offset / sector, (range.offset + range.size) / sector - 1);
    }
  }
  RefreshChecksums(built, disk.sector_size);
  return built;
}

void RefreshChecksums(BuiltDisk& disk, uint32_t sector_size) {
  Bytes& bytes = disk.bytes;
  const std::pair<uint64_t, uint64_t> tables[] = {
      {sector_size, disk.primary_entries},
      {disk.backup_header, disk.backup_entries}};
  for (const auto& [header, entries] : tables) {
    const uint64_t size =
        GetNumber(bytes, header + 80, 4) * GetNumber(bytes, header + 84, 4);
    PutNumber(bytes, header + 88, Crc32(Part(bytes, entries, size)), 4);
    PutNumber(bytes, header + 16, 0, 4);
    const uint64_t header_size = GetNumber(bytes, header + 12, 4);
    PutNumber(bytes, header + 16, Crc32(Part(bytes, header, header_size)), 4);
  }
}

BuiltTree BuildTree(absl::Span<const uint8_t> data, const TestTree& options) {
  const std::unique_ptr<BlockHasher> hasher =
      *BlockHasher::Create(options.algorithm, options.salt);
  const uint64_t digest_size = hasher->digest_size();
  uint64_t per_block = 1;
  while (2 * per_block * digest_size <= options.hash_block_size) per_block *= 2;

  const auto digests = [&](absl::Span<const uint8_t> bytes, uint64_t block) {
    Bytes all(bytes.size() / block * digest_size);
    for (uint64_t i = 0; i < bytes.size() / block; ++i) {
      hasher->Hash(bytes.subspan(i * block, block),
                   absl::MakeSpan(all).subspan(i * digest_size, digest_size));
    }
    return all;
  };
  std::vector<Bytes> levels;  // leaves first
  Bytes current = digests(data, options.data_block_size);
  while (current.size() > digest_size ||
         (levels.empty() && data.size() > options.data_block_size)) {
    const uint64_t used = per_block * digest_size;
    Bytes level;
    for (uint64_t at = 0; at < current.size(); at += used) {
      const uint64_t end = std::min<uint64_t>(at + used, current.size());
      level.insert(level.end(), current.begin() + at, current.begin() + end);
      level.resize(RoundUp(level.size(), options.hash_block_size));
    }
    current = digests(level, options.hash_block_size);
    levels.push_back(std::move(level));
  }

  BuiltTree built;
  Bytes& out = built.superblock_and_tree;
  out.resize(RoundUp(512, options.hash_block_size));
  PutBytes(out, 0, absl::string_view("verity\0\0", 8));
  PutNumber(out, 8, 1, 4);
  PutNumber(out, 12, 1, 4);
  PutBytes(out, 16, "0123456789abcdef");
  PutBytes(out, 32, options.algorithm);
  PutNumber(out, 64, options.data_block_size, 4);
  PutNumber(out, 68, options.hash_block_size, 4);
  PutNumber(out, 72, data.size() / options.data_block_size, 8);
  PutNumber(out, 80, options.salt.size(), 2);
  std::copy(options.salt.begin(), options.salt.end(), out.begin() + 88);
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    out.insert(out.end(), level->begin(), level->end());
  }
  built.root_hash = current;
  return built;
}

std::string UuidOfHash(absl::Span<const uint8_t> sixteen_bytes) {
  const std::string hex = absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(sixteen_bytes.data()), 16));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

namespace {

TestPartition SignaturePartition(const TestImage& options, BuiltImage& built) {
  built.pkcs7_der = options.pkcs7_der.value_or(options.signer->Sign(
      options.signed_content.value_or(built.root_hash), options.signature));
  built.json = options.signature_json.value_or(absl::StrCat(
      "{\"rootHash\":\"", options.json_root_hash.value_or(built.root_hash),
      "\",\"certificateFingerprint\":\"",
      options.signer->certificate().sha256.hex(), "\",\"signature\":\"",
      absl::Base64Escape(built.pkcs7_der), "\"}"));
  TestPartition partition;
  partition.type_guid = std::string(
      TypeGuid({options.designator,
                options.signature_architecture.value_or(options.architecture),
                PartitionRole::kSignature}));
  partition.content.assign(built.json.begin(), built.json.end());
  partition.content.resize(std::max<uint64_t>(
      partition.content.size(), options.signature_partition_size));
  return partition;
}

}  // namespace

BuiltImage BuildImage(const TestImage& options) {
  BuiltImage built;
  TestPartition data;
  data.content = options.data;
  data.content.resize(
      RoundUp(data.content.size(), options.tree.data_block_size));
  data.type_guid = std::string(TypeGuid(
      {options.designator, options.architecture, PartitionRole::kData}));
  data.attributes = options.data_attributes;
  BuiltTree tree = BuildTree(data.content, options.tree);
  const absl::Span<const uint8_t> root = tree.root_hash;
  built.root_hash = absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(root.data()), root.size()));
  data.uuid = options.data_uuid.value_or(UuidOfHash(root.first(16)));

  TestDisk disk;
  disk.sector_size = options.sector_size;
  disk.entry_count = options.entry_count;
  disk.partitions.push_back(std::move(data));
  if (options.with_verity) {
    TestPartition verity;
    verity.type_guid = std::string(
        TypeGuid({options.designator,
                  options.verity_architecture.value_or(options.architecture),
                  PartitionRole::kVerity}));
    verity.uuid = options.verity_uuid.value_or(UuidOfHash(root.last(16)));
    verity.content = std::move(tree.superblock_and_tree);
    disk.partitions.push_back(std::move(verity));
  }
  const size_t signature_index = disk.partitions.size();
  if (options.signer != nullptr) {
    disk.partitions.push_back(SignaturePartition(options, built));
  }
  disk.partitions.insert(disk.partitions.end(), options.more.begin(),
                         options.more.end());
  built.disk = BuildDisk(disk);
  built.data = built.disk.ranges[0];
  if (options.with_verity) built.verity = built.disk.ranges[1];
  if (options.signer != nullptr) {
    built.signature = built.disk.ranges[signature_index];
  }
  return built;
}

}  // namespace extgate
