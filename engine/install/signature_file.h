// The file by which a signature for registers of the TPM gets into the initrd.
#ifndef EXTGATE_ENGINE_INSTALL_SIGNATURE_FILE_H_
#define EXTGATE_ENGINE_INSTALL_SIGNATURE_FILE_H_

#include <cstdint>

namespace extgate {

// What it is called beside a kernel image: a credential to systemd-stub, which
// takes `*.cred`, and to systemd, which calls it the same without that suffix
// (systemd-stub(7); packaging/dracut/90extgate reads it). No name of 8.3, whose
// case FAT may not keep.
inline constexpr char kSignatureFile[] = "extgate.tpm2-pcr-signature.cred";

// In bytes. systemd takes a MiB of credentials in all, by name, and passes over
// what is more (src/core/import-creds.c): others are to find room too.
inline constexpr uint64_t kMaxSignatureCredential = uint64_t{512} * 1024;

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_SIGNATURE_FILE_H_
