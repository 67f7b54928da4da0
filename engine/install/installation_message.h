// Installations as messages, for those that put them into a message of their
// own.
#ifndef EXTGATE_ENGINE_INSTALL_INSTALLATION_MESSAGE_H_
#define EXTGATE_ENGINE_INSTALL_INSTALLATION_MESSAGE_H_

#include "engine/install/installation.h"
#include "proto/install.pb.h"

namespace extgate {

// Fills `message`, which is to be empty, with what InstallationToJson prints.
void InstallationToMessage(const Installation& installation,
                           v1::Installation& message);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_INSTALLATION_MESSAGE_H_
