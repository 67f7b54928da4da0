// What a plan of an installation leaves to its copying, found out without it.
#ifndef EXTGATE_ENGINE_INSTALL_PLAN_CHECK_H_
#define EXTGATE_ENGINE_INSTALL_PLAN_CHECK_H_

#include "engine/install/installer.h"
#include "engine/ports.h"

namespace extgate {

// Takes the steps out of `plan` that Installer::Install() would not finish: of
// images whose data contradicts their hash tree, kRefused, and of those that
// cannot be read, kFailed. `given` opens plan.candidates, each once.
void CheckData(ImagePort& given, InstallPlan& plan);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_PLAN_CHECK_H_
