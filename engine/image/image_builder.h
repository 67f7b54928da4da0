// Disk images for tests, built in memory without the code under test: GUID
// partition table, hash tree, signature partition, and ways to break each.
#ifndef EXTGATE_ENGINE_IMAGE_IMAGE_BUILDER_H_
#define EXTGATE_ENGINE_IMAGE_IMAGE_BUILDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/crypto/testing/test_signer.h"
#include "policy/facts.h"
#include "policy/values.h"

namespace extgate {

using Bytes = std::vector<uint8_t>;

// ---- partition tables -------------------------------------------------------

// One entry. Where no LBA is given, partitions follow one another, aligned to
// 4096 bytes.
struct TestPartition {
  std::string type_guid;  // text form
  std::string uuid;       // text form; empty: one of its own
  std::string label;      // ASCII
  uint64_t attributes = 0;
  Bytes content;
  std::optional<uint64_t> first_lba;  // what the entry says, whatever is true
  std::optional<uint64_t> last_lba;
};

struct TestDisk {
  uint32_t sector_size = 512;
  uint32_t entry_count = 128;
  std::vector<TestPartition> partitions;
};

struct BuiltDisk {
  Bytes bytes;
  std::vector<ByteRange> ranges;  // of each partition's content, in sectors
  uint64_t backup_header = 0;     // offsets in bytes
  uint64_t primary_entries = 0;
  uint64_t backup_entries = 0;
};

BuiltDisk BuildDisk(const TestDisk& disk);

// Makes all four checksums right again after a test wrote into a header or an
// entry; the primary header lies at `sector_size`. The sizes that the headers
// state must still be true.
void RefreshChecksums(BuiltDisk& disk, uint32_t sector_size);

// Writes a little-endian number of `width` bytes.
void PutNumber(Bytes& bytes, uint64_t offset, uint64_t value, int width);

// ---- hash trees -------------------------------------------------------------

struct TestTree {
  std::string algorithm = "sha256";
  uint32_t data_block_size = 4096;
  uint32_t hash_block_size = 4096;
  Bytes salt = Bytes(32, 0x5a);
};

struct BuiltTree {
  Bytes superblock_and_tree;  // a verity partition
  Bytes root_hash;
};

// A plain implementation of the format, level by level over all of `data`,
// which must be whole blocks.
BuiltTree BuildTree(absl::Span<const uint8_t> data, const TestTree& options);

// ---- whole images -----------------------------------------------------------

// What the three partitions carry. The default is what systemd-repart makes.
struct TestImage {
  Designator designator = Designator::kRoot;
  Architecture architecture = Architecture::kX8664;
  Bytes data = Bytes(8 * 4096, 0x11);  // filled up to whole blocks with zeros
  TestTree tree;
  uint32_t sector_size = 512;
  uint32_t entry_count = 128;
  bool with_verity = true;
  // nullptr: no signature partition.
  const TestSigner* signer = &SharedTestSigner();
  TestSignature signature;
  uint64_t signature_partition_size = 16384;
  uint64_t data_attributes = uint64_t{1} << 60;  // read-only

  // What replaces the true thing.
  std::optional<std::string> signed_content;  // else the hex root hash
  std::optional<std::string> json_root_hash;  // "rootHash"
  std::optional<std::string> pkcs7_der;       // "signature"
  std::optional<std::string> signature_json;  // the whole partition's text
  std::optional<std::string> data_uuid;       // text form
  std::optional<std::string> verity_uuid;
  std::optional<Architecture> verity_architecture;
  std::optional<Architecture> signature_architecture;
  std::vector<TestPartition> more;  // after the three
};

struct BuiltImage {
  BuiltDisk disk;
  ByteRange data;
  ByteRange verity;       // size 0: none
  ByteRange signature;    // size 0: none
  std::string root_hash;  // hex
  std::string pkcs7_der;  // empty: none
  std::string json;       // of the signature partition
  const Bytes& bytes() const { return disk.bytes; }
};

BuiltImage BuildImage(const TestImage& options = {});

// The text form of the UUID that these 16 bytes of a root hash stand for, as
// systemd-repart writes it: plain hex in order.
std::string UuidOfHash(absl::Span<const uint8_t> sixteen_bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_IMAGE_BUILDER_H_
