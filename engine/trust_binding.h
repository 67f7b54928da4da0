// Policy.trust (text) to a TrustStore (certificates): where PEM text, files,
// verity.d and EFI variables become keys that count.
#ifndef EXTGATE_ENGINE_TRUST_BINDING_H_
#define EXTGATE_ENGINE_TRUST_BINDING_H_

#include "engine/crypto/trust_store.h"
#include "engine/ports.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {

// Binds `trust`, of sources whose own text has no bad certificate (see
// inline_certificates.h). What cannot be read or parsed is left out with a
// diagnostic
// (bad-certificate, file-unreadable: errors where the policy names it, warnings
// where a directory merely holds it). EFI lists count only while Secure Boot is
// enforced (else efi-untrusted, a warning when the policy names a list, a note
// when it is the default); dbx revokes whenever it can be read. A dbx that
// cannot be parsed trusts no EFI list at all. A set of which anything cannot be
// read is doubted besides.
WithDiagnostics<TrustStore> BindTrust(const Trust& trust, PolicyPort& policy,
                                      FirmwarePort& firmware);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TRUST_BINDING_H_
