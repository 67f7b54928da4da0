// Way in: LoadLibsystemd.
#include "adapters/libsystemd.h"

#include <dlfcn.h>

#include "absl/strings/str_cat.h"
#include "engine/dlopen_note.h"

namespace extgate {
namespace {

constexpr char kFile[] = "libsystemd.so.0";

constexpr char kNeeds[] =
    R"([{"feature":"bus","description":"Asks systemd about its units",)"
    R"("priority":"recommended","soname":["libsystemd.so.0"]}])";

[[gnu::used, gnu::retain, gnu::section(".note.dlopen")]] alignas(4) const
    auto kNote = MakeDlopenNote(kNeeds);

absl::Status Failure() {
  const char* const why = dlerror();
  return absl::FailedPreconditionError(
      absl::StrCat("systemd cannot be asked: ", why != nullptr ? why : kFile));
}

absl::StatusOr<Libsystemd> Load() {
  // Never closed, as what it made may be in use to the end.
  void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Failure();
  Libsystemd found;
#define EXTGATE_FIND(name)                                                    \
  found.name = reinterpret_cast<decltype(found.name)>(dlsym(library, #name)); \
  if (found.name == nullptr) return Failure();
  EXTGATE_LIBSYSTEMD_FUNCTIONS(EXTGATE_FIND)
#undef EXTGATE_FIND
  return found;
}

}  // namespace

absl::StatusOr<const Libsystemd*> LoadLibsystemd() {
  static const auto* const loaded = new absl::StatusOr<Libsystemd>(Load());
  if (!loaded->ok()) return loaded->status();
  return &**loaded;
}

}  // namespace extgate
