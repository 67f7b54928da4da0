// What `install` says, for people.
#ifndef EXTGATE_ADAPTERS_CLI_INSTALL_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_INSTALL_TEXT_H_

#include <string>
#include <vector>

#include "adapters/cli/table.h"
#include "engine/install/installation.h"
#include "engine/report.h"

namespace extgate {

// A row an image and place, what is to mind below it, and which entries are
// counted again.
std::string InstallationText(const Installation& installation, Colour colour);

// A row an image that a boot of an entry would find, and one a signature.
std::string InstalledText(const std::vector<Report>& reports,
                          const std::vector<PlacedImage>& signatures,
                          Colour colour);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_INSTALL_TEXT_H_
