// Entries for the system's log: journald's, and the kernel's before there is a
// journald.
#ifndef EXTGATE_ADAPTERS_JOURNAL_H_
#define EXTGATE_ADAPTERS_JOURNAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "adapters/places.h"
#include "engine/notices.h"

namespace extgate {

// `notice` in journald's own protocol. Spoken here in place of libsystemd,
// which would cost every run a third of its start.
// Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
std::string JournalDatagram(const Notice& notice);

// A line for /dev/kmsg: "<4>extgate: …". Source: the kernel's
// Documentation/ABI/testing/dev-kmsg.
std::string KernelLine(const Notice& notice);

// Sends each to journald's socket below run(); where there is none, the first
// few to /dev/kmsg below root(). What cannot be sent is left out. NotFound
// where there is neither; else the first error as ErrnoStatus(). Waits for
// nobody.
absl::Status SendNotices(const Places& places,
                         absl::Span<const Notice> notices);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_JOURNAL_H_
