// libsystemd, loaded when first needed: to load it costs a start of the program
// 4 ms, and the boot itself needs none of it. Internal to this folder: no other
// header shows its types.
#ifndef EXTGATE_ADAPTERS_LIBSYSTEMD_H_
#define EXTGATE_ADAPTERS_LIBSYSTEMD_H_

#include <systemd/sd-bus.h>

#include "absl/status/statusor.h"

namespace extgate {

// The functions in use, each under its own name. sd-bus(3).
#define EXTGATE_LIBSYSTEMD_FUNCTIONS(X) \
  X(sd_bus_call)                        \
  X(sd_bus_close_unref)                 \
  X(sd_bus_error_free)                  \
  X(sd_bus_get_property)                \
  X(sd_bus_is_ready)                    \
  X(sd_bus_match_signal)                \
  X(sd_bus_message_append)              \
  X(sd_bus_message_enter_container)     \
  X(sd_bus_message_exit_container)      \
  X(sd_bus_message_new_method_call)     \
  X(sd_bus_message_read)                \
  X(sd_bus_message_read_strv)           \
  X(sd_bus_message_skip)                \
  X(sd_bus_message_unref)               \
  X(sd_bus_new)                         \
  X(sd_bus_process)                     \
  X(sd_bus_set_address)                 \
  X(sd_bus_set_method_call_timeout)     \
  X(sd_bus_start)                       \
  X(sd_bus_wait)

struct Libsystemd {
#define EXTGATE_POINTER(name) decltype(&::name) name = nullptr;
  EXTGATE_LIBSYSTEMD_FUNCTIONS(EXTGATE_POINTER)
#undef EXTGATE_POINTER
};

// Loads it, once; the pointer is good to the end of the process.
// FailedPrecondition, with the loader's words, where the system has none, then
// and ever after. Thread-safe.
absl::StatusOr<const Libsystemd*> LoadLibsystemd();

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_LIBSYSTEMD_H_
