// What the host is: os-release, architecture, systemd, boot entry.
#ifndef EXTGATE_ADAPTERS_HOST_PROBE_H_
#define EXTGATE_ADAPTERS_HOST_PROBE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "adapters/efi_variables.h"
#include "adapters/places.h"
#include "engine/ports.h"
#include "policy/values.h"

namespace extgate {

// systemd's word for a machine name of uname(2); nullopt when it has none.
std::optional<Architecture> ArchitectureOf(absl::string_view machine);

// Thread-compatible. Reads below the root, but for the clock and uname(2).
class HostProbe : public HostPort {
 public:
  // Both must outlive it.
  HostProbe(const Places& places, EfiVariables& variables)
      : places_(&places), variables_(&variables) {}

  WithDiagnostics<HostFacts> Facts() override;
  std::string CommandLine() override;
  Authority CommandLineAuthority() override;
  std::string HostName() override;
  std::string BootId() override;
  std::string Now() override;
  absl::StatusOr<FileType> TypeOf(absl::string_view path) override;

 private:
  // The content of a small file without white space around it, "" when it
  // cannot be read.
  std::string Line(absl::string_view path);
  void ReadHierarchies(WithDiagnostics<HostFacts>& facts);
  void ReadOsRelease(WithDiagnostics<HostFacts>& facts);

  const Places* places_;
  EfiVariables* variables_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_HOST_PROBE_H_
