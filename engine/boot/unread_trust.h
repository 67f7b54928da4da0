// What could not be read of whom a policy trusts.
#ifndef EXTGATE_ENGINE_BOOT_UNREAD_TRUST_H_
#define EXTGATE_ENGINE_BOOT_UNREAD_TRUST_H_

#include <string>

#include "engine/ports.h"
#include "policy/policy.h"

namespace extgate {

// Why nobody knows whom `trust` means, in words for people, of the first error
// in it (trust_binding.h): a file that it names and that is not there or no
// certificate. "" where there is none. What is denied then may be the fault of
// the policy, for which no boot is to be failed. Reads all of it anew.
std::string UnreadTrust(const Trust& trust, const Ports& ports);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_UNREAD_TRUST_H_
