// EFI variables, by efivarfs. What their bytes mean is
// adapters/efi_variable.h's.
#ifndef EXTGATE_ADAPTERS_EFI_VARIABLES_H_
#define EXTGATE_ADAPTERS_EFI_VARIABLES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"
#include "engine/ports.h"

namespace extgate {

// Thread-compatible. Nothing is cached.
class EfiVariables : public FirmwarePort {
 public:
  // `places` must outlive it.
  explicit EfiVariables(const Places& places) : places_(&places) {}

  bool SecureBootEnforced() override;

  // InvalidArgument for a name other than PK, KEK, db, dbx and MOK.
  absl::StatusOr<std::string> Variable(absl::string_view name) override;

  // A variable of the boot loader interface ("LoaderEntrySelected",
  // "StubInfo"), as UTF-8 without its NUL. NotFound; Unavailable when it cannot
  // be read or is no UTF-16.
  absl::StatusOr<std::string> LoaderVariable(absl::string_view name);

  // Gives one of them that text, kept over reboots. It is there whole or as it
  // was, as far as the firmware keeps its word. InvalidArgument for no UTF-8;
  // PermissionDenied: not allowed to, or efivarfs is mounted read-only;
  // ResourceExhausted: the firmware has no room; other errors as ErrnoStatus().
  absl::Status SetLoaderVariable(absl::string_view name,
                                 absl::string_view text);
  // Takes one away; OK where it was not set. Errors as ErrnoStatus().
  absl::Status ClearLoaderVariable(absl::string_view name);

 private:
  absl::StatusOr<std::string> Read(absl::string_view name,
                                   absl::string_view vendor);

  const Places* places_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_EFI_VARIABLES_H_
