// Whether an extension-release fits the host, by systemd's rules. Not fitting
// is no offence: systemd leaves such an image out.
// Source: os-release(5), systemd-sysext(8); systemd's extension-release
// matching (behaviour), whose ID_LIKE rule came with version 258.
#ifndef EXTGATE_POLICY_RELEASE_MATCH_H_
#define EXTGATE_POLICY_RELEASE_MATCH_H_

#include <vector>

#include "policy/facts.h"
#include "policy/reason.h"
#include "policy/values.h"

namespace extgate {

// Why systemd would leave the extension out on `host`: wrong-scope,
// wrong-architecture and release-mismatch, each at most once, in the order of
// the registry, with both sides in the detail. Empty: it fits. A
// host.systemd_version of 0 and an unknown architecture get the strictest
// reading.
std::vector<Reason> MatchRelease(const ExtensionRelease& release,
                                 ImageClass image_class, const HostFacts& host);

}  // namespace extgate

#endif  // EXTGATE_POLICY_RELEASE_MATCH_H_
