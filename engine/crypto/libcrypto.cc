// Ways in: LoadLibcrypto, LoadedLibcrypto, LibcryptoAhead.
#include "engine/crypto/libcrypto.h"

#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>
#include <string>

#include "absl/base/config.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/libcrypto_functions.h"
#include "engine/dlopen_note.h"

namespace extgate {
namespace {

// OpenSSL 3 and its later versions of the same soname.
constexpr char kFile[] = "libcrypto.so.3";

constexpr char kNeeds[] =
    R"([{"feature":"signatures","description":"Verifies signatures",)"
    R"("priority":"required","soname":["libcrypto.so.3"]}])";

// Nearly all of the 4000 symbols that the loader binds in it are its own: it is
// searched before the program and the C library are. AddressSanitizer has to be
// the first of all.
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
constexpr int kItselfFirst = 0;
#else
constexpr int kItselfFirst = RTLD_DEEPBIND;
#endif

[[gnu::used, gnu::retain, gnu::section(".note.dlopen")]] alignas(4) const
    auto kNote = MakeDlopenNote(kNeeds);

absl::Status Failure() {
  const char* const why = dlerror();
  return absl::FailedPreconditionError(absl::StrCat(
      "no signature can be verified: ", why != nullptr ? why : kFile));
}

absl::StatusOr<Libcrypto> Load() {
  // Never closed: its code may run until the end of the process.
  void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL | kItselfFirst);
  if (library == nullptr) return Failure();
  Libcrypto found;
  found.library = library;
#define EXTGATE_FIND(name)                                                    \
  found.name = reinterpret_cast<decltype(found.name)>(dlsym(library, #name)); \
  if (found.name == nullptr) return Failure();
  EXTGATE_LIBCRYPTO_FUNCTIONS(EXTGATE_FIND)
#undef EXTGATE_FIND
  // Without the texts of errors, and without the tables of ciphers and digests
  // by name, which OpenSSL fills at the first look-up of anything: a fifth of
  // what a whole run computes.
  found.OPENSSL_init_crypto(
      OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
          OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
          OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
      nullptr);
  return found;
}

const absl::StatusOr<Libcrypto>& Loaded() {
  static const auto* const loaded = new absl::StatusOr<Libcrypto>(Load());
  return *loaded;
}

}  // namespace

absl::Status LoadLibcrypto() { return Loaded().status(); }

const Libcrypto& LoadedLibcrypto() {
  if (!Loaded().ok()) std::abort();
  return *Loaded();
}

// With one heap for all threads: another is made of mappings that are cut to
// size, and at each cut the other processors are interrupted, a twentieth of a
// whole check.
LibcryptoAhead::LibcryptoAhead() {
  mallopt(M_ARENA_MAX, 1);
  thread_ = std::jthread([] { (void)LoadLibcrypto(); });
}

}  // namespace extgate
