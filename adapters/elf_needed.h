// The shared libraries that an ELF program names, without running it.
#ifndef EXTGATE_ADAPTERS_ELF_NEEDED_H_
#define EXTGATE_ADAPTERS_ELF_NEEDED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The DT_NEEDED entries of `program` (elf(5): 32 or 64 bit, either byte order)
// in their order. InvalidArgument when it is no ELF file, DataLoss when one of
// its tables leaves the file or is absurdly large, else what ReadAt() says. A
// static program has none.
absl::StatusOr<std::vector<std::string>> NeededLibraries(ImageReader& program);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_ELF_NEEDED_H_
