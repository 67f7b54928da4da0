// Ways in: Variable and LoaderVariable.
#include "adapters/efi_variables.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "adapters/efi_variable.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

// EFI_GLOBAL_VARIABLE and EFI_IMAGE_SECURITY_DATABASE_GUID (UEFI), the shim
// lock GUID, and the boot loader interface.
constexpr char kGlobal[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr char kSecurityDatabase[] = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr char kShim[] = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr char kLoader[] = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

constexpr uint64_t kMaxVariable = 4 * 1024 * 1024;  // bytes

struct KnownVariable {
  const char* name;      // what the port calls it
  const char* variable;  // what the firmware calls it
  const char* vendor;
};
constexpr KnownVariable kKnown[] = {
    {"PK", "PK", kGlobal},           {"KEK", "KEK", kGlobal},
    {"db", "db", kSecurityDatabase}, {"dbx", "dbx", kSecurityDatabase},
    {"MOK", "MokListRT", kShim},
};

}  // namespace

absl::StatusOr<std::string> EfiVariables::Read(absl::string_view name,
                                               absl::string_view vendor) {
  const HostPath file = places_->efivars() / absl::StrCat(name, "-", vendor);
  auto content = file.root->ReadSmallFile(file.path, kMaxVariable);
  if (absl::IsNotFound(content.status())) return content.status();
  if (!content.ok()) {
    return absl::UnavailableError(content.status().message());
  }
  auto data = EfiVariableData(*content);
  if (!data.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "cannot read ", QuotePath(file.path), ": ", data.status().message()));
  }
  return data;
}

bool EfiVariables::SecureBootEnforced() {
  return extgate::SecureBootEnforced({Read("SecureBoot", kGlobal),
                                      Read("SetupMode", kGlobal),
                                      Read("MokSBStateRT", kShim)});
}

absl::StatusOr<std::string> EfiVariables::Variable(absl::string_view name) {
  if (name == "MOK") {
    // The kernel keeps shim's whole list here, without attributes, where the
    // firmware's variable may have had no room for it.
    const absl::string_view efivars = places_->efivars().path;
    const HostPath whole{places_->efivars().root,
                         absl::StrCat(efivars.substr(0, efivars.rfind('/')),
                                      "/mok-variables/MokListRT")};
    auto data = whole.root->ReadSmallFile(whole.path, kMaxVariable);
    if (data.ok()) return data;
    if (!absl::IsNotFound(data.status())) {
      return absl::UnavailableError(data.status().message());
    }
  }
  for (const KnownVariable& known : kKnown) {
    if (name == known.name) return Read(known.variable, known.vendor);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no EFI variable ", QuotePath(name), " is read"));
}

absl::StatusOr<std::string> EfiVariables::LoaderVariable(
    absl::string_view name) {
  auto data = Read(name, kLoader);
  if (!data.ok()) return data.status();
  auto text = LoaderText(*data);
  if (!text.ok()) {
    return absl::UnavailableError(absl::StrCat("EFI variable ", QuotePath(name),
                                               ": ", text.status().message()));
  }
  return text;
}

}  // namespace extgate
