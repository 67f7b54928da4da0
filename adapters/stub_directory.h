// Where the stub of a kernel image looks for what belongs to it.
#ifndef EXTGATE_ADAPTERS_STUB_DIRECTORY_H_
#define EXTGATE_ADAPTERS_STUB_DIRECTORY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/efi_variables.h"
#include "adapters/partition_files.h"

namespace extgate {

// Paths on a partition, from its root on; spelled as there where they are
// there.
struct StubDirectories {
  std::string own;      // beside the image: "/EFI/Linux/a.efi.extra.d"
  std::string for_all;  // of all images of the partition; "": it has none
};

// Where a stub finds images for all entries of a partition, from the first
// version on that does.
inline constexpr char kGlobalImages[] = "/loader/extensions";

// Those of a stub of version `stub` in `program`, a path on the partition
// `tree`. Source: systemd-stub(7).
StubDirectories StubDirectoriesOf(PartitionFiles& tree,
                                  absl::string_view program, int stub);

// Those of the stub in `program`, a path on the partition `tree`, by the
// version in the mark that it carries (".sdmagic"), else by that of the booted
// one (StubInfo of `variables`), else by that of 255. Source: systemd-stub(7).
StubDirectories StubDirectoriesOf(PartitionFiles& tree,
                                  absl::string_view program,
                                  EfiVariables& variables);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_STUB_DIRECTORY_H_
