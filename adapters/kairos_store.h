// Kairos' store of extension images, and whether a system has one.
#ifndef EXTGATE_ADAPTERS_KAIROS_STORE_H_
#define EXTGATE_ADAPTERS_KAIROS_STORE_H_

#include "adapters/places.h"

namespace extgate {

// Where the store is, below the root.
inline constexpr char kKairosDirectory[] = "/var/lib/kairos";

// True on a Kairos from 3.4 on, or that has a store: at each boot immucore
// moves there what lies beside the booted kernel image, so that the stub finds
// it but once. By KAIROS_VERSION of kairos-release and os-release(5).
bool HasKairosStore(const Places& places);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_KAIROS_STORE_H_
