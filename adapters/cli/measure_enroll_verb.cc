// extgate measure enroll: how a disk is sealed to registers of the TPM.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/given_key.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/kairos_store.h"
#include "engine/crypto/rsa_public_key.h"
#include "engine/pcr/signed_policy.h"

namespace extgate {
namespace {

constexpr char kVerb[] = "measure enroll";

// That the key has signed for these registers, and for no others.
absl::Status CheckSignature(const std::string& path, const RsaPublicKey& key,
                            const PcrSet& pcrs) {
  const auto json = ReadGiven(path, kMaxSignatureFile);
  if (!json.ok()) return json.status();
  const auto policies = ReadSignedPolicies(*json);
  if (!policies.ok()) return AtPath(path, policies.status());
  const std::string fingerprint = key.Fingerprint();
  absl::Status status = MaySignFor(pcrs, fingerprint, *policies);
  if (!status.ok()) return status;
  for (const SignedPolicy& policy : *policies) {
    if (policy.fingerprint == fingerprint && !policy.reference.has_value()) {
      return absl::OkStatus();
    }
  }
  return absl::FailedPreconditionError(absl::StrCat(
      QuotePath(path), " has no policy by this key: the disk would not open"));
}

// In single quotes where a shell would make something else of it.
std::string ForShell(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyz"
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                          "-_=+./:,@") == std::string::npos;
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::vector<std::string> CallOf(const EnrollOptions& options,
                                const PcrSet& pcrs) {
  std::vector<std::string> words = {
      "systemd-cryptenroll", "--tpm2-device=auto",
      // Said in any case: what it is when not said depends on the version.
      options.without_secure_boot ? "--tpm2-pcrs=" : "--tpm2-pcrs=7",
      absl::StrCat("--tpm2-public-key=", options.public_key),
      absl::StrCat("--tpm2-public-key-pcrs=", PcrSetText(pcrs))};
  if (!options.signature.empty()) {
    words.push_back(absl::StrCat("--tpm2-signature=", options.signature));
  }
  words.push_back(options.device);
  return words;
}

int Run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  std::fflush(stdout);
  execvp(arguments[0], arguments.data());
  return Failed(kVerb, ErrnoStatus(errno, "run", words[0]));
}

}  // namespace

int MeasureEnrollVerb(const GlobalOptions& global,
                      const EnrollOptions& options) {
  const auto pcrs = ParsePcrSet(options.pcrs);
  if (!pcrs.ok()) return Failed(kVerb, pcrs.status()), kExitUsage;
  const auto places = Places::Open(global.places);
  if (!places.ok()) return Failed(kVerb, places.status());
  if (pcrs->count(kExtensionsPcr) > 0 && HasKairosStore(*places)) {
    return Failed(
        kVerb,
        absl::FailedPreconditionError(
            "immucore of this Kairos moves images from beside the kernel image "
            "into /var/lib/kairos, where the stub measures none: register 13 "
            "would be another one at the next boot, and the disk stay shut; "
            "seal to --pcrs 11"));
  }
  const auto key = ReadPublicKey(options.public_key);
  if (!key.ok()) return Failed(kVerb, key.status());
  if (!options.signature.empty()) {
    const absl::Status status = CheckSignature(options.signature, *key, *pcrs);
    if (!status.ok()) return Failed(kVerb, status);
  }
  const std::vector<std::string> words = CallOf(options, *pcrs);
  if (options.run) return Run(words);
  std::printf(
      "%s\n",
      absl::StrJoin(words, " ", [](std::string* out, const std::string& w) {
        out->append(ForShell(w));
      }).c_str());
  return kExitDone;
}

}  // namespace extgate
