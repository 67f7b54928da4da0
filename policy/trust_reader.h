// The `trust` mapping of a policy source. Not public.
#ifndef EXTGATE_POLICY_TRUST_READER_H_
#define EXTGATE_POLICY_TRUST_READER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/policy.h"

namespace extgate {

// Reads `trust`. What is wrong is reported to `fields` and left out.
Trust ReadTrust(const Node& node, FieldReader& fields);

// Reads one fingerprint of a certificate, "sha256:HEX" or HEX, as
// "sha256:hex"; nullopt (reported as bad-digest) on anything else. `key` is
// what it is called in messages.
std::optional<LocatedText> ReadFingerprint(const LocatedText& text,
                                           const Node& node,
                                           absl::string_view key,
                                           FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_TRUST_READER_H_
