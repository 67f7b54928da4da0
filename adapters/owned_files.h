// The files that extgate hands to systemd below /run: certificates and
// drop-ins.
#ifndef EXTGATE_ADAPTERS_OWNED_FILES_H_
#define EXTGATE_ADAPTERS_OWNED_FILES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/places.h"
#include "engine/ports.h"

namespace extgate {

// The folders below /run where some of the files are ours.
std::vector<HostPath> OwnedFolders(const Places& places);

// Makes `files` the only ones of ours: /run/verity.d/extgate-*.crt, and
// zzz-extgate.conf in the drop-in folders of the units and the configuration
// of systemd-sysext and systemd-confext. First those that are no more wanted
// are removed, then each new or changed one is written atomically; others are
// not touched. InvalidArgument, and nothing done, for a path that is none of
// these; else the first error as ErrnoStatus(), the rest having been tried.
absl::Status WriteOwnedFiles(const Places& places,
                             const std::vector<OwnedFile>& files);

// Those that are there, by path. Errors as Directory's.
absl::StatusOr<std::vector<OwnedFile>> ReadOwnedFiles(const Places& places);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_OWNED_FILES_H_
