// All that evaluation may know: facts of one image, and facts of the host.
// Plain values, printable and comparable; nothing here reads anything.
#ifndef EXTGATE_POLICY_FACTS_H_
#define EXTGATE_POLICY_FACTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/evidence.h"
#include "policy/hex_bytes.h"
#include "policy/hierarchies.h"
#include "policy/image_contents.h"
#include "policy/signature_claims.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {

// A run of bytes of the image file.
struct ByteRange {
  uint64_t offset = 0;  // bytes from the start of the file
  uint64_t size = 0;    // bytes
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// What the file is, before anything is believed.
enum class Container {
  kUnknown,         // neither a GPT nor a filesystem that systemd would probe
  kGpt,             // a GUID partition table
  kBareFilesystem,  // a filesystem from byte 0 on
  kDirectory,       // a plain directory tree
};

template <>
struct Words<Container> {
  static constexpr char kNoun[] = "container";
  static constexpr std::pair<Container, const char*> kTable[] = {
      {Container::kUnknown, "unknown"},
      {Container::kGpt, "gpt"},
      {Container::kBareFilesystem, "bare-filesystem"},
      {Container::kDirectory, "directory"},
  };
};

// One used entry of the partition table.
struct Partition {
  uint32_t index = 0;       // entry number from 0
  std::string type_guid;    // lower-case text form
  std::string uuid;         // lower-case text form, the partition's own
  std::string label;        // UTF-8; may be empty
  uint64_t attributes = 0;  // GPT attribute bits; 59 growfs 60 ro 63 no-auto
  ByteRange range;
  friend bool operator==(const Partition&, const Partition&) = default;
};

struct PartitionTable {
  uint32_t sector_size = 0;  // bytes: 512, 1024, 2048 or 4096
  std::vector<Partition> partitions;
  friend bool operator==(const PartitionTable&,
                         const PartitionTable&) = default;
};

// A root partition beside a usr partition: systemd mounts usr onto the /usr in
// it. It never has a hash tree, since then no version of systemd merges both.
struct RootBelow {
  ByteRange range;
  std::string uuid;  // text form
  uint64_t attributes = 0;
  friend bool operator==(const RootBelow&, const RootBelow&) = default;
};

// The partitions systemd would use, chosen without ambiguity. Of a bare
// filesystem: designator root, the whole file, no architecture.
struct Layout {
  Designator designator = Designator::kRoot;
  std::optional<Architecture> architecture;  // of the partition types
  ByteRange data;
  std::optional<ByteRange> verity;     // the hash tree's partition
  std::optional<ByteRange> signature;  // the signature JSON's partition
  std::string data_uuid;               // text form; empty without a table
  std::string verity_uuid;
  uint64_t data_attributes = 0;
  // Words of systemd's other designators present in the table ("esp", "swap"),
  // sorted.
  std::vector<std::string> other_designators;
  // Only with designator usr, to which data, tree and signature belong then:
  // neither covers what is here.
  std::optional<RootBelow> root_below = std::nullopt;
  friend bool operator==(const Layout&, const Layout&) = default;
};

// The dm-verity superblock and what the top of its tree hashes to. A value
// means: structurally valid, and `root_hash` was computed by us from the top
// hash block (or from the one data block).
struct VerityTree {
  std::string algorithm;         // "sha256", "sha512"
  uint32_t data_block_size = 0;  // bytes
  uint32_t hash_block_size = 0;  // bytes
  uint64_t data_blocks = 0;      // count
  std::vector<uint8_t> salt;     // 0 to 256 bytes
  uint64_t tree_offset = 0;      // bytes, of the top block within the partition
  std::optional<RootHash> root_hash;  // always set in a value
  friend bool operator==(const VerityTree&, const VerityTree&) = default;
};

// The content of the signature partition (systemd's JSON).
struct VeritySignature {
  std::optional<RootHash> root_hash;  // "rootHash"; always set in a value
  std::string pkcs7_der;              // "signature", base64 decoded
  // What `pkcs7_der` says; absent: nobody has looked. Malformed: systemd or
  // extgate would not look at it, and why.
  Evidence<SignatureClaims> claims;
  friend bool operator==(const VeritySignature&,
                         const VeritySignature&) = default;
};

// Whether the data was hashed against the tree from end to end.
struct DataCheck {
  bool complete = false;  // every data block was hashed
  // Offset in bytes within the data partition of the first block that
  // contradicts the tree; nullopt: none seen.
  std::optional<uint64_t> first_bad_offset;
  friend bool operator==(const DataCheck&, const DataCheck&) = default;
};

// All that was learned of one image, whoever asks. A field that depends on an
// earlier one that is not a value is absent.
struct ImageFacts : ImageContents {
  std::string file_name;  // "k3s.sysext.raw", no directory
  std::string name;       // "k3s": as systemd would call it
  ImageClass image_class = ImageClass::kSysext;
  uint64_t size_bytes = 0;
  // Set when the image could not be read (I/O, permission, a symlink loop, not
  // a regular file): then nothing else counts.
  std::string unreadable;
  Container container = Container::kUnknown;
  Evidence<PartitionTable> table;       // absent: no table
  Evidence<Layout> layout;              // malformed: ambiguous; unsupported:
                                        // a layout extgate does not read
  Evidence<VerityTree> verity;          // absent: no verity partition
  Evidence<VeritySignature> signature;  // absent: no signature partition
  DataCheck data_check;
  std::optional<FileDigest> sha256;  // of the whole file, where it was computed

  ImageContents& contents() { return *this; }
  const ImageContents& contents() const { return *this; }

  friend bool operator==(const ImageFacts&, const ImageFacts&) = default;
};

// What evaluation needs of the host.
struct HostFacts {
  std::map<std::string, std::string> os_release;  // unquoted fields
  std::optional<Architecture> architecture;       // nullopt: unknown word
  int systemd_version = 0;  // 252 …; 0: unknown, treated as the strictest
  std::string entry;        // booted entry: "active", "passive", custom; or ""
  bool initrd = false;      // extensions are merged inside an initrd
  bool verity_requires_kernel_key = false;  // dm_verity.require_signatures=1
  // As the system sets them; CompiledPolicy::HierarchiesOr has
  // the last word.
  Hierarchies hierarchies;
  // What `until` and expiry are held against: never before the build of
  // extgate, whatever the clock says (engine/host_date.h).
  UtcTime date;
  friend bool operator==(const HostFacts&, const HostFacts&) = default;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_FACTS_H_
