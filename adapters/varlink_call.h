// One call of a service by Varlink (https://varlink.org), as systemd's offer
// them.
#ifndef EXTGATE_ADAPTERS_VARLINK_CALL_H_
#define EXTGATE_ADAPTERS_VARLINK_CALL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/places.h"

namespace extgate {

// Calls `method` ("io.systemd.PCRExtend.Extend") at `socket` with `parameters`,
// a JSON object; what is answered but errors is not read. NotFound: there is no
// socket; FailedPrecondition: the service says an error, which is named;
// Unavailable: nobody listens, no answer within `patience`, or one that is
// none. After that it may have done it or not.
absl::Status CallVarlink(const HostPath& socket, absl::string_view method,
                         absl::string_view parameters, absl::Duration patience);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_VARLINK_CALL_H_
