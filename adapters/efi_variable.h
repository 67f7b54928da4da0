// What the file of one EFI variable says, from its bytes: four of attributes,
// then data (kernel: Documentation/filesystems/efivarfs.rst). Pure; nothing is
// read from the machine here (adapters/efi_variables.h).
#ifndef EXTGATE_ADAPTERS_EFI_VARIABLE_H_
#define EXTGATE_ADAPTERS_EFI_VARIABLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// The data in `content`, the whole of a file of efivarfs; it may be empty.
// Unavailable when that is shorter than the attributes.
absl::StatusOr<std::string> EfiVariableData(absl::string_view content);

// The data of the variables that Secure Boot hangs on, or why there is none:
// NotFound where there is no such variable.
struct SecureBootVariables {
  absl::StatusOr<std::string> secure_boot;    // SecureBoot (UEFI)
  absl::StatusOr<std::string> setup_mode;     // SetupMode (UEFI)
  absl::StatusOr<std::string> shim_insecure;  // MokSBStateRT (shim)
};

// True when the firmware checks signatures, its keys are fixed, and shim's
// checks are not switched off. What cannot be read is never a yes.
bool SecureBootEnforced(const SecureBootVariables& variables);

// The text in `data`, of a variable of the boot loader interface: UTF-16LE up
// to its NUL, as UTF-8. Unavailable when it is no UTF-16.
absl::StatusOr<std::string> LoaderText(absl::string_view data);

// The whole file of such a variable that says `text` (UTF-8) and is kept over
// reboots: attributes NON_VOLATILE, BOOTSERVICE_ACCESS and RUNTIME_ACCESS.
// InvalidArgument for what is no text, or has a NUL.
absl::StatusOr<std::string> LoaderVariableFile(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_EFI_VARIABLE_H_
