// Way in: UnreadTrust.
#include "engine/boot/unread_trust.h"

#include "absl/strings/str_cat.h"
#include "engine/trust_binding.h"
#include "policy/diagnostic.h"

namespace extgate {

std::string UnreadTrust(const Trust& trust, const Ports& ports) {
  for (const Diagnostic& diagnostic :
       BindTrust(trust, ports.policy, ports.firmware).diagnostics) {
    // What a directory merely holds is no error.
    if (diagnostic.severity != Severity::kError) continue;
    return absl::StrCat("`trust` of the policy cannot be read: ",
                        diagnostic.span.path.empty()
                            ? diagnostic.message
                            : absl::StrCat(ToString(diagnostic.span), ": ",
                                           diagnostic.message));
  }
  return "";
}

}  // namespace extgate
