// The certificates that a policy has in its own text, before anything trusts
// them.
#ifndef EXTGATE_ENGINE_INLINE_CERTIFICATES_H_
#define EXTGATE_ENGINE_INLINE_CERTIFICATES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {

// What is wrong with trust.certificates and trust.sets of `trust`, as read from
// the source `text`: a bad-certificate, an error, for each that is no
// certificate. It is at the line that the certificate begins with where the
// lines of `text` are those of the PEM, else (escapes, folded lines, bytes)
// where the PEM begins. What `trust` names by file is not looked at.
std::vector<Diagnostic> FindBadInlineCertificates(const Trust& trust,
                                                  absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INLINE_CERTIFICATES_H_
