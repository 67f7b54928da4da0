// Images that are refused for no more than the OS that runs here.
#ifndef EXTGATE_ENGINE_INSTALL_ANOTHER_OS_H_
#define EXTGATE_ENGINE_INSTALL_ANOTHER_OS_H_

#include "policy/decision.h"

namespace extgate {

// Whether an image is for another OS, and allowed but for that: for a boot of
// another entry it is not known which OS that has.
bool OnlyForAnotherOs(const Decision& decision);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_ANOTHER_OS_H_
