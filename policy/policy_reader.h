// Policy text to Policy: each spelling to a located document, the document to
// the policy language. The one way in for text.
#ifndef EXTGATE_POLICY_POLICY_READER_H_
#define EXTGATE_POLICY_POLICY_READER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/values.h"

namespace extgate {

// What kind of file the text comes from. Of all but a cloud-config the root is
// `extension_policy` and nothing else.
enum class SourceKind {
  kPolicyFile,  // YAML
  // `extension_policy:` is one key among others' keys, which are ignored. So
  // are `sysext_cert`, which adds to its trust.certificates, and a list
  // `extensions`, which adds to its entries. A file without any of them says
  // nothing.
  kCloudConfig,
  // The other spellings of a policy file: a message PolicyFile of
  // proto/policy.proto, as text and as bytes, and JSON.
  kTextproto,
  kBinpb,
  kJson,
};

// What a policy file at `path` is written in, by the end of its name:
// `.textproto`, `.binpb` or `.json`, else YAML.
SourceKind PolicyFileKind(absl::string_view path);

// Reads one source. value is nullopt when the text says nothing of ours or has
// errors; with errors every semantic problem is listed (of syntax errors the
// first). A cloud-config that is not YAML and has none of our keys in its text
// is a warning, else an error. Keys of a cloud-config that look as if they were
// meant for us get a warning. Total: any bytes in, at most 4 MiB; no exception
// leaves it.
WithDiagnostics<std::optional<Policy>> ReadPolicyText(absl::string_view text,
                                                      absl::string_view path,
                                                      SourceKind kind);

}  // namespace extgate

#endif  // EXTGATE_POLICY_POLICY_READER_H_
