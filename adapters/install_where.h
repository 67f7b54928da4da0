// What somebody said of where images are to be installed.
#ifndef EXTGATE_ADAPTERS_INSTALL_WHERE_H_
#define EXTGATE_ADAPTERS_INSTALL_WHERE_H_

#include <optional>
#include <string>
#include <utility>

#include "adapters/boot_partition.h"
#include "policy/words.h"

namespace extgate {

enum class InstallTarget {
  kEsp,   // the ENTRY.efi.extra.d beside a kernel image; systemd-stub(7)
  kStore  // /var/lib/kairos/{extensions,confexts}/ENTRY
};

template <>
struct Words<InstallTarget> {
  static constexpr char kNoun[] = "place";
  static constexpr std::pair<InstallTarget, const char*> kTable[] = {
      {InstallTarget::kEsp, "esp"},
      {InstallTarget::kStore, "store"},
  };
};

// Empty: it is found out.
struct InstallWhere {
  BootDirectories partitions;
  std::optional<InstallTarget> target;
  std::string store;  // directory of the host in place of /var/lib/kairos
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_INSTALL_WHERE_H_
