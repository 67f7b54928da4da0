// Way in: Ext4Volume::Open(). libext2fs reads through an io_manager whose
// channels are ours; it never writes, and has no other way to the system.
#include "engine/image/ext4_volume.h"

#include <ext2fs/ext2fs.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/image/ext4_groups.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

// ---- the channel ------------------------------------------------------------

// What a channel reads, and what went wrong there: libext2fs knows numbers
// only.
struct Source {
  ImageReader& image;
  uint64_t end = 0;  // bytes; what lies behind is no block of the filesystem
  absl::Status failure;
};

errcode_t ReadBlocks(io_channel channel, unsigned long long block, int count,
                     void* data) {
  auto& source = *static_cast<Source*>(channel->private_data);
  const auto block_bytes = static_cast<uint64_t>(channel->block_size);
  // A negative count is one of bytes.
  const uint64_t size = count < 0 ? static_cast<uint64_t>(-int64_t{count})
                                  : static_cast<uint64_t>(count) * block_bytes;
  if (block > source.end / block_bytes ||
      size > source.end - block * block_bytes) {
    source.failure =
        absl::DataLossError(absl::StrCat("ext4 points to block ", block));
    return EXT2_ET_SHORT_READ;
  }
  absl::Status read =
      ReadInto(source.image, block * block_bytes,
               absl::MakeSpan(static_cast<uint8_t*>(data), size), "a block");
  if (read.ok()) return 0;
  source.failure = std::move(read);
  return EXT2_ET_SHORT_READ;
}

errcode_t ReadNarrow(io_channel channel, unsigned long block, int count,
                     void* data) {
  return ReadBlocks(channel, block, count, data);
}

errcode_t OpenChannel(const char* name, int flags, io_channel* channel);

errcode_t CloseChannel(io_channel channel) {
  if (--channel->refcount == 0) std::free(channel);
  return 0;
}

errcode_t SetBlockSize(io_channel channel, int block_size) {
  channel->block_size = block_size;
  return 0;
}

errcode_t Refuse(io_channel, unsigned long, int, const void*) {
  return EXT2_ET_RO_FILSYS;
}

errcode_t Flush(io_channel) { return 0; }

struct_io_manager Manager() {
  struct_io_manager manager = {};
  manager.magic = EXT2_ET_MAGIC_IO_MANAGER;
  manager.name = "extgate";
  manager.open = OpenChannel;
  manager.close = CloseChannel;
  manager.set_blksize = SetBlockSize;
  manager.read_blk = ReadNarrow;
  manager.read_blk64 = ReadBlocks;
  manager.write_blk = Refuse;
  manager.flush = Flush;
  return manager;
}

io_manager TheManager() {
  static struct_io_manager manager = Manager();
  return &manager;
}

// A channel is named by the address of its source.
std::string NameOf(const Source& source) {
  return absl::StrCat(
      absl::Hex(reinterpret_cast<uintptr_t>(&source), absl::kZeroPad16));
}

errcode_t OpenChannel(const char* name, int, io_channel* channel) {
  uint64_t address = 0;
  if (!absl::SimpleHexAtoi(name, &address)) return EXT2_ET_BAD_DEVICE_NAME;
  // libext2fs frees nothing of it but by CloseChannel().
  auto* opened =
      static_cast<io_channel>(std::calloc(1, sizeof(struct_io_channel)));
  if (opened == nullptr) return EXT2_ET_NO_MEMORY;
  opened->magic = EXT2_ET_MAGIC_IO_CHANNEL;
  opened->manager = TheManager();
  opened->block_size = 1024;
  opened->refcount = 1;
  opened->private_data =
      reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  *channel = opened;
  return 0;
}

// ---- errors -----------------------------------------------------------------

const char* Meaning(errcode_t code) {
  switch (code) {
    case EXT2_ET_SB_CSUM_INVALID:
      return "the superblock contradicts its checksum";
    case EXT2_ET_UNKNOWN_CSUM:
      return "the superblock has a checksum of an unknown kind";
    case EXT2_ET_INODE_CSUM_INVALID:
      return "an inode contradicts its checksum";
    case EXT2_ET_EXTENT_CSUM_INVALID:
      return "a block of extents contradicts its checksum";
    case EXT2_ET_EXTENT_HEADER_BAD:
    case EXT2_ET_EXTENT_NO_DOWN:
      return "a block of extents is none";
    case EXT2_ET_EXTENT_CYCLE:
      return "extents lead back to themselves";
    case EXT2_ET_BAD_INODE_NUM:
      return "there is no inode of that number";
    case EXT2_ET_MISSING_INODE_TABLE:
    case EXT2_ET_GDESC_BAD_INODE_TABLE:
      return "an inode table is outside of the filesystem";
    case EXT2_ET_CORRUPT_SUPERBLOCK:
      return "the superblock contradicts itself";
    case EXT2_ET_FILE_TOO_BIG:
      return "a file is larger than its block map can be";
  }
  return nullptr;
}

absl::Status ErrorOf(errcode_t code, Source& source) {
  absl::Status failure = std::exchange(source.failure, absl::OkStatus());
  if (!failure.ok()) return failure;
  if (code == EXT2_ET_NO_MEMORY || code == ENOMEM) {
    return absl::ResourceExhaustedError("no memory to read ext4");
  }
  if (const char* meaning = Meaning(code)) {
    return absl::DataLossError(absl::StrCat("ext4: ", meaning));
  }
  return absl::DataLossError(
      absl::StrCat("ext4: error ", code - EXT2_ET_BASE, " of libext2fs"));
}

}  // namespace

// ---- the volume -------------------------------------------------------------

struct Ext4Volume::Handle {
  Source source;
  ext2_filsys filesystem = nullptr;

  explicit Handle(ImageReader& image) : source{image, image.size_bytes(), {}} {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (filesystem != nullptr) ext2fs_free(filesystem);
  }

  absl::Status Error(errcode_t code) { return ErrorOf(code, source); }
};

Ext4Volume::Ext4Volume(const Ext4Superblock& super,
                       std::unique_ptr<Handle> handle)
    : super_(super), handle_(std::move(handle)) {}

Ext4Volume::~Ext4Volume() = default;

absl::StatusOr<std::unique_ptr<Ext4Volume>> Ext4Volume::Open(
    ImageReader& image, const Ext4Superblock& super) {
  // The inode's fields are read where they are stored.
  if (std::endian::native != std::endian::little) {
    return absl::UnimplementedError("ext4 on a big-endian machine");
  }
  auto handle = std::make_unique<Handle>(image);
  handle->source.end = super.blocks * super.block_bytes;
  const errcode_t code =
      ext2fs_open2(NameOf(handle->source).c_str(), /*io_options=*/nullptr,
                   EXT2_FLAG_64BITS | EXT2_FLAG_SKIP_MMP, /*superblock=*/0,
                   /*block_size=*/0, TheManager(), &handle->filesystem);
  if (code != 0) {
    handle->filesystem = nullptr;
    return handle->Error(code);
  }
  absl::Status groups = CheckExt4Groups(handle->filesystem);
  if (!groups.ok()) return groups;
  return std::unique_ptr<Ext4Volume>(new Ext4Volume(super, std::move(handle)));
}

absl::StatusOr<Ext4Inode> Ext4Volume::ReadInode(uint64_t number) {
  if (number == 0 || number > super_.inodes) {
    return handle_->Error(EXT2_ET_BAD_INODE_NUM);
  }
  const auto inode = static_cast<ext2_ino_t>(number);
  std::vector<uint8_t> bytes(super_.inode_bytes);
  const errcode_t code = ext2fs_read_inode_full(
      handle_->filesystem, inode, reinterpret_cast<ext2_inode*>(bytes.data()),
      static_cast<int>(bytes.size()));
  if (code != 0) {
    // Its cache may now have these bytes under another inode's number.
    ext2fs_flush_icache(handle_->filesystem);
    return handle_->Error(code);
  }
  return DecodeExt4Inode(std::move(bytes), inode, super_);
}

absl::StatusOr<std::string> Ext4Volume::ReadMapped(const Ext4Inode& inode,
                                                   uint64_t size) {
  ext2_inode fields;
  std::memcpy(&fields, inode.bytes.data(), sizeof(fields));
  // Some kinds of inode have no upper half there.
  fields.i_size = static_cast<uint32_t>(inode.facts.size_bytes);
  fields.i_size_high = static_cast<uint32_t>(inode.facts.size_bytes >> 32);
  ext2_file_t file = nullptr;
  errcode_t code = ext2fs_file_open2(handle_->filesystem, inode.number, &fields,
                                     /*flags=*/0, &file);
  if (code != 0) return handle_->Error(code);
  std::string content(size, '\0');
  unsigned int got = 0;
  code = ext2fs_file_read(file, content.data(), static_cast<unsigned int>(size),
                          &got);
  ext2fs_file_close(file);
  if (code != 0) return handle_->Error(code);
  if (got != size) return absl::DataLossError("ext4: a file ends early");
  return content;
}

absl::StatusOr<std::vector<uint8_t>> Ext4Volume::ReadXattrBlock(
    uint64_t block) {
  std::vector<uint8_t> bytes(super_.block_bytes);
  const errcode_t code =
      io_channel_read_blk64(handle_->filesystem->io, block, 1, bytes.data());
  if (code != 0) return handle_->Error(code);
  if (ext2fs_ext_attr_block_csum_verify(
          handle_->filesystem, /*inum=*/0, block,
          reinterpret_cast<ext2_ext_attr_header*>(bytes.data())) == 0) {
    return absl::DataLossError(
        "ext4: a block of attributes contradicts its checksum");
  }
  return bytes;
}

bool Ext4Volume::IsWhole(const Ext4Inode& directory,
                         absl::Span<const uint8_t> block) {
  if (block.size() != super_.block_bytes) return false;
  std::vector<uint8_t> copy(block.begin(), block.end());
  return ext2fs_dir_block_csum_verify(
             handle_->filesystem, directory.number,
             reinterpret_cast<ext2_dir_entry*>(copy.data())) != 0;
}

absl::StatusOr<uint32_t> Ext4Volume::NameHash(uint8_t version,
                                              absl::string_view name) {
  const ext2_super_block& super = *handle_->filesystem->super;
  // The kernel's three, and the same with unsigned characters.
  if (version > EXT2_HASH_TEA) {
    return absl::DataLossError("a hash tree of ext4 is of an unknown kind");
  }
  const int unsigned_by = super.s_flags & EXT2_FLAGS_UNSIGNED_HASH ? 3 : 0;
  ext2_dirhash_t hash = 0;
  const errcode_t code =
      ext2fs_dirhash(version + unsigned_by, name.data(),
                     static_cast<int>(name.size()), super.s_hash_seed, &hash,
                     /*ret_minor_hash=*/nullptr);
  if (code != 0) return handle_->Error(code);
  return hash;
}

uint32_t Ext4Volume::ValueHash(absl::string_view value) {
  return ext2fs_crc32c_le(handle_->filesystem->csum_seed,
                          reinterpret_cast<const unsigned char*>(value.data()),
                          value.size());
}

}  // namespace extgate
