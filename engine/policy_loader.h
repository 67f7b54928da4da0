// Every policy source of this machine to the one policy in force, compiled and
// with its certificates.
#ifndef EXTGATE_ENGINE_POLICY_LOADER_H_
#define EXTGATE_ENGINE_POLICY_LOADER_H_

#include <set>
#include <string>
#include <vector>

#include "engine/crypto/trust_store.h"
#include "engine/last_good_policy.h"
#include "engine/ports.h"
#include "policy/compiled_policy.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {

// A source that counted.
struct UsedSource {
  std::string path;
  Authority authority = Authority::kLocal;
  friend bool operator==(const UsedSource&, const UsedSource&) = default;
};

struct LoadedPolicy {
  CompiledPolicy policy;
  // What was compiled, as written: the one source, else all of them merged (see
  // policy_merge.h). Its spans say where each part came from.
  Policy written;
  TrustStore trust;
  std::vector<UsedSource> sources;
  std::string sha256;  // hex, of the canonical text of the merged policy
  std::vector<Diagnostic> diagnostics;
  // A source had errors, a PEM in its text that is no certificate among them,
  // or could not be read, and was left out or stood in for
  // (policy-invalid or file-unreadable is among the diagnostics), or a rule
  // names a trust set that there is not (unknown-set). Callers that a person
  // waits for refuse to go on.
  bool invalid = false;
  // For KeepLastGood(): the texts of those that said something, and which were
  // broken. Empty where files were named.
  PolicyTexts good_texts;
  std::set<std::string> broken_paths;
};

// Reads, merges by authority and compiles `ports.policy`'s sources, the kernel
// command line and the running mode, which named files replace too. Never
// fails: a broken source is reported, and what it said when it last was good
// stands in for it (policy-stand-in), else it is left out; with no source at
// all the built-in default stands and says so (no-policy), unless
// `extgate.policy_required` is on the command line: then nothing is allowed
// (policy-required). What the command line itself says of modes is no such
// policy.
LoadedPolicy LoadPolicy(const Ports& ports);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_POLICY_LOADER_H_
