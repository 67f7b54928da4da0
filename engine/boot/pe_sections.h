// Sections of a PE file, as far as unified kernel images are told by them.
#ifndef EXTGATE_ENGINE_BOOT_PE_SECTIONS_H_
#define EXTGATE_ENGINE_BOOT_PE_SECTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Where the content of one section lies, in bytes of the file.
struct PeSection {
  std::string name;  // ".osrel"; at most 8 bytes
  uint64_t offset = 0;
  uint64_t size = 0;  // what of the file is content, without its padding
  // What it has in memory: more than `size` where zeros follow, never less.
  uint64_t memory_size = 0;
  friend bool operator==(const PeSection&, const PeSection&) = default;
};

// No linker makes more.
inline constexpr size_t kMaxPeSections = 1024;

// All sections of `file`, in the order of its table. Source: PE Format
// (Microsoft), section table; the content of a section is the lesser of
// VirtualSize and SizeOfRawData, as systemd takes it. InvalidArgument, with the
// offset: no PE file, more than kMaxPeSections, a section that does not lie
// inside the file. Unavailable: I/O.
absl::StatusOr<std::vector<PeSection>> PeSections(ImageReader& file);

// The content of `section`, one of PeSections(). ResourceExhausted: it is
// longer than `limit_bytes`; else as PeSections.
absl::StatusOr<std::string> ReadPeSection(ImageReader& file,
                                          const PeSection& section,
                                          uint64_t limit_bytes);

// The content of the first section `name`. NotFound: there is none;
// ResourceExhausted: it is longer than `limit_bytes`; else as PeSections.
absl::StatusOr<std::string> ReadPeSection(ImageReader& file,
                                          absl::string_view name,
                                          uint64_t limit_bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_PE_SECTIONS_H_
