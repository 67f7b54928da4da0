// The smallest file that systemd takes for a unified kernel image.
#ifndef EXTGATE_ENGINE_BOOT_TESTING_UKI_H_
#define EXTGATE_ENGINE_BOOT_TESTING_UKI_H_

#include <string>
#include <utility>
#include <vector>

namespace extgate {

// A PE file for x86-64 with these sections, at most 8 or so; names and
// contents.
std::string BuildPe(
    const std::vector<std::pair<std::string, std::string>>& sections);

// A PE file for x86-64 with the sections .linux, .cmdline, .osrel with
// `os_release`, and .sdmagic of a stub of that version ("258.1"; "": it has
// none). It starts nothing.
std::string BuildUki(const std::string& os_release,
                     const std::string& stub = "");

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_TESTING_UKI_H_
