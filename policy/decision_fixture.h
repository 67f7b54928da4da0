// An image that the built-in policy allows, its host and its standing: tests
// start from these and spoil one thing.
#ifndef EXTGATE_POLICY_DECISION_FIXTURE_H_
#define EXTGATE_POLICY_DECISION_FIXTURE_H_

#include <string>

#include "policy/compiled_policy.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/signature_standing.h"

namespace extgate {

// 64 hex digits, all `digit`.
std::string HexOf(char digit);
RootHash RootHashOf(char digit);
Fingerprint FingerprintOf(char digit);
FileDigest FileDigestOf(char digit);

// k3sv1.raw: a signed root image with the root hash aaaa…, whose UUIDs fit and
// whose extension-release is for any system.
ImageFacts GoodImage();

// `image` without its signature partition.
ImageFacts WithoutSignature(ImageFacts image);

// `image` as a filesystem without a table.
ImageFacts Bare(ImageFacts image);

// Trusted, by one signer with the fingerprint cccc…, whose certificate ends
// with the year 2029.
SignatureStanding TrustedStanding();

// Signed by nobody we know, the fingerprint is dddd….
SignatureStanding StrangersStanding();

// Debian 13 with systemd 257 on x86-64, booted into "active" on the first day
// of 2027.
HostFacts DebianHost();

LocatedText Text(const std::string& text);

// A rule without conditions yet.
Rule RuleNamed(const std::string& id, RuleVerdict verdict);

// Compiles what must compile; a default policy and a test failure otherwise.
CompiledPolicy Compiled(const Policy& policy);

// An image policy that must parse.
ImagePolicy Parsed(const std::string& text);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DECISION_FIXTURE_H_
