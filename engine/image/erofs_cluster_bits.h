// Bits of erofs cluster maps that both index forms share.
// Format: fs/erofs/erofs_fs.h of the kernel, h_advise and the index entries.
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_CLUSTER_BITS_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_CLUSTER_BITS_H_

#include <cstdint>

namespace extgate::erofs_bits {

// h_advise.
inline constexpr uint16_t kCompact2Byte = 0x01;     // 2-byte packs occur
inline constexpr uint16_t kBigHead1 = 0x02;         // head 1 may be big
inline constexpr uint16_t kBigHead2 = 0x04;         // head 2 may be big
inline constexpr uint16_t kInlineTail = 0x08;       // the tail is inlined
inline constexpr uint16_t kInterlacedPlain = 0x10;  // plain ones are turned
inline constexpr uint16_t kFragmentTail = 0x20;     // the tail is elsewhere
inline constexpr uint16_t kKnownAdvise = 0x3f;

// In an inner cluster's distance back: it counts data blocks instead.
inline constexpr uint32_t kDataBlocksFlag = 1 << 11;

}  // namespace extgate::erofs_bits

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_CLUSTER_BITS_H_
