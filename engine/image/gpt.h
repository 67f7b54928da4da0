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
// or 4096. Malformed (with the header, entry and field): two of these sizes
// match, a CRC is wrong (header or entries, primary or backup), primary and
// backup differ, an entry lies outside the usable range or the file, entries
// overlap, two partitions share a UUID, sizes are out of bounds (entries 1 to
// 1024 of 128 to 4096 bytes). Status: I/O only.
absl::StatusOr<Evidence<PartitionTable>> ReadGpt(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_GPT_H_
