// The `trust` mapping of a policy source. Not public.
#ifndef EXTGATE_POLICY_TRUST_READER_H_
#define EXTGATE_POLICY_TRUST_READER_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/policy.h"

namespace extgate {

// Reads `trust`. What is wrong is reported to `fields` and left out.
Trust ReadTrust(const Node& node, FieldReader& fields);

// Reads a list of certificates in PEM, each item one or several one after the
// other. Only the armour is looked at. `key` is what it is called in messages.
std::vector<LocatedText> ReadCertificates(const Node& node,
                                          absl::string_view key,
                                          FieldReader& fields);

// Whether `text` is meant for a fingerprint, so that it is no name of a set: it
// begins with "sha256:" or is of hexadecimal digits and colons only.
bool MeantForFingerprint(absl::string_view text);

// Reads the name of a trust set: a letter and up to 63 letters, digits, `.`,
// `_` or `-`, that is not meant for a fingerprint; nullopt (reported as
// bad-pattern) on anything else.
std::optional<LocatedText> ReadSetName(const LocatedText& text,
                                       const Node& node, FieldReader& fields);

// Reads one fingerprint of a certificate, "sha256:HEX" or HEX, as
// "sha256:hex"; nullopt (reported as bad-digest) on anything else. `key` is
// what it is called in messages.
std::optional<LocatedText> ReadFingerprint(const LocatedText& text,
                                           const Node& node,
                                           absl::string_view key,
                                           FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_TRUST_READER_H_
