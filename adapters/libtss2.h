// tpm2-tss, loaded when first needed: a machine without a TPM needs none of it.
// Internal to this folder: no other header shows its types.
#ifndef EXTGATE_ADAPTERS_LIBTSS2_H_
#define EXTGATE_ADAPTERS_LIBTSS2_H_

#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>

#include <string>

#include "absl/status/statusor.h"

namespace extgate {

// The functions in use, each under its own name. Esys_Initialize(3) and others.
#define EXTGATE_LIBTSS2_FUNCTIONS(X) \
  X(Esys_Finalize)                   \
  X(Esys_Free)                       \
  X(Esys_GetCapability)              \
  X(Esys_Initialize)                 \
  X(Esys_PCR_Extend)                 \
  X(Esys_PCR_Read)

struct Libtss2 {
#define EXTGATE_POINTER(name) decltype(&::name) name = nullptr;
  EXTGATE_LIBTSS2_FUNCTIONS(EXTGATE_POINTER)
  // Of a library of its own; null where the system does not have that one.
  EXTGATE_POINTER(Tss2_RC_Decode)
#undef EXTGATE_POINTER

  // What `error` means: "tpm:warn(2.0): bad locality", else "error 0x907".
  std::string Words(TSS2_RC error) const;
};

// Loads it, once; the pointer is good to the end of the process. It then writes
// nothing to standard error, unless the environment's TSS2_LOG asks for that.
// FailedPrecondition, with the loader's words and what to install, where the
// system has none, then and ever after. Thread-safe.
absl::StatusOr<const Libtss2*> LoadLibtss2();

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_LIBTSS2_H_
