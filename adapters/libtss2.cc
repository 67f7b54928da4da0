// Way in: LoadLibtss2.
#include "adapters/libtss2.h"

#include <dlfcn.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "engine/dlopen_note.h"

namespace extgate {
namespace {

constexpr char kEsys[] = "libtss2-esys.so.0";
constexpr char kRc[] = "libtss2-rc.so.0";

constexpr char kNeeds[] =
    R"([{"feature":"tpm","description":"Extends registers of a TPM",)"
    R"("priority":"suggested","soname":["libtss2-esys.so.0"]},)"
    R"({"feature":"tpm-words","description":"Says what a TPM's errors mean",)"
    R"("priority":"suggested","soname":["libtss2-rc.so.0"]}])";

[[gnu::used, gnu::retain, gnu::section(".note.dlopen")]] alignas(4) const
    auto kNote = MakeDlopenNote(kNeeds);

absl::Status Failure() {
  const char* const why = dlerror();
  return absl::FailedPreconditionError(absl::StrCat(
      "tpm2-tss is not installed (Debian's package is libtss2-esys-3.0.2-0): ",
      why != nullptr ? why : kEsys));
}

absl::StatusOr<Libtss2> Load() {
  // It would say on standard error what its results say too.
  setenv("TSS2_LOG", "all+none", /*overwrite=*/0);
  // Never closed, as what it made may be in use to the end.
  void* const library = dlopen(kEsys, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Failure();
  Libtss2 found;
#define EXTGATE_FIND(name)                                                    \
  found.name = reinterpret_cast<decltype(found.name)>(dlsym(library, #name)); \
  if (found.name == nullptr) return Failure();
  EXTGATE_LIBTSS2_FUNCTIONS(EXTGATE_FIND)
#undef EXTGATE_FIND
  if (void* const words = dlopen(kRc, RTLD_NOW | RTLD_LOCAL)) {
    found.Tss2_RC_Decode = reinterpret_cast<decltype(found.Tss2_RC_Decode)>(
        dlsym(words, "Tss2_RC_Decode"));
  }
  return found;
}

}  // namespace

std::string Libtss2::Words(TSS2_RC error) const {
  if (Tss2_RC_Decode != nullptr) return Tss2_RC_Decode(error);
  return absl::StrCat("error 0x", absl::Hex(error));
}

absl::StatusOr<const Libtss2*> LoadLibtss2() {
  static const auto* const loaded = new absl::StatusOr<Libtss2>(Load());
  if (!loaded->ok()) return loaded->status();
  return &**loaded;
}

}  // namespace extgate
