// GUID partition tables, read stricter than libblkid does: a table that two
// readers could see differently is not a table.
// Format: UEFI 2.10, chapter 5.3.
#ifndef EXTGATE_ENGINE_IMAGE_GPT_H_
#define EXTGATE_ENGINE_IMAGE_GPT_H_

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "policy/evidence.h"
#include "policy/facts.h"

namespace extgate {

// Reads the table of `image`. Absent: no header at sector size 512, 1024, 2048
// or 4096 (and none at the end behind a protective MBR). Malformed (with the
// header or entry): two of these sizes match, no protective MBR or another
// partition in it, a CRC is wrong (header or entries, primary or backup),
// primary and backup differ, the backup that the primary names is beyond the
// file, an entry lies outside the usable range or the file, headers, entries
// and usable range overlap, entries overlap, a partition has
// no UUID or that of another, a label is not UTF-16, sizes are out of bounds
// (1 to 1024 entries of 128 bytes: libblkid reads no others). At most 512 KiB
// of memory. Status: I/O only.
absl::StatusOr<Evidence<PartitionTable>> ReadGpt(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_GPT_H_
