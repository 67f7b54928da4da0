// For tests of whole runs: images with a filesystem inside, a host with a
// policy that trusts one signer, and what a run left behind.
#ifndef EXTGATE_ENGINE_TESTING_PIPELINE_FIXTURE_H_
#define EXTGATE_ENGINE_TESTING_PIPELINE_FIXTURE_H_

#include <map>
#include <string>
#include <vector>

#include "engine/crypto/testing/test_signer.h"
#include "engine/image/image_builder.h"
#include "engine/report.h"
#include "engine/testing/fake_host.h"
#include "policy/reason.h"
#include "policy/values.h"

namespace extgate {

// The signer that HostWith trusts, and one that it does not.
const TestSigner& Vendor();
const TestSigner& Stranger();

// An erofs of what is below `tree` on this machine.
Bytes ErofsFromTree(const std::string& tree);

// An erofs of `files`, content by path ("/usr/share/x").
Bytes ErofsFrom(const std::map<std::string, std::string>& files);

// An erofs that carries extension-release.NAME and some data, made once a
// program. `usr` is where the tree has what is /usr once merged: the root of a
// `usr` partition is /usr itself, "".
const Bytes& ErofsOf(const std::string& name, const std::string& id = "_any",
                     const std::string& usr = "/usr");

// A disk image around ErofsOf(name); not signed where `signer` is nullptr.
std::string ImageOf(const std::string& name, const TestSigner* signer,
                    Designator designator = Designator::kRoot,
                    const std::string& id = "_any");

// The same bytes, as a FakeHost takes them.
std::string Text(const Bytes& bytes);

// A policy file of `keys` (lines, indented by two) that trusts Vendor().
std::string PolicyTrustingVendor(const std::string& keys);

// x86-64, Debian 13, systemd 257, booted entry `active`, and one policy, of
// PolicyTrustingVendor(keys).
FakeHost HostWith(const std::string& keys);

// Runs Apply, which must succeed; an empty report if it does not.
Report MustApply(FakeHost& host);

// Names of the sysext images in the set that was published, sorted.
std::vector<std::string> Staged(FakeHost& host);

// The image called `name`; a failure and an empty one if there is none.
const ReportedImage& Find(const Report& report, const std::string& name);

std::vector<ReasonCode> Codes(const ReportedImage& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TESTING_PIPELINE_FIXTURE_H_
