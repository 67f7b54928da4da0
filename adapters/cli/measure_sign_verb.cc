// extgate measure sign: policies for registers of the TPM.
#include <cstdio>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/cli/given_key.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/cli/print_report.h"
#include "adapters/file_image_reader.h"
#include "adapters/given_images.h"
#include "adapters/io_status.h"
#include "adapters/root_dir.h"
#include "engine/boot/pe_sections.h"
#include "engine/crypto/libcrypto.h"
#include "engine/crypto/rsa_public_key.h"
#include "engine/crypto/rsa_signer.h"
#include "engine/last_seen.h"
#include "engine/pcr/approved_states.h"
#include "engine/pcr/signed_policy.h"
#include "engine/pcr/uki_sections.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"

namespace extgate {
namespace {

constexpr char kVerb[] = "measure sign";
constexpr uint64_t kMaxSignature = 4096;  // bytes
// Where an offline signer finds what to sign, and leaves what it signed.
constexpr char kToSign[] = ".policy";
constexpr char kSigned[] = ".sig";

absl::StatusOr<std::unique_ptr<RsaSigner>> OpenSigner(
    const SignOptions& options) {
  absl::string_view source = options.key_source;
  if (absl::ConsumePrefix(&source, "provider:")) {
    return RsaSigner::FromProvider(std::string(source), options.private_key);
  }
  if (absl::ConsumePrefix(&source, "engine:")) {
    return RsaSigner::FromEngine(std::string(source), options.private_key);
  }
  const auto pem = ReadGiven(options.private_key, kMaxKeyFile);
  if (!pem.ok()) return pem.status();
  auto signer = RsaSigner::FromPem(*pem);
  if (!signer.ok()) return AtPath(options.private_key, signer.status());
  return signer;
}

// What the key in question has signed: the file that is added to, and what the
// kernel image carries for register 11.
absl::StatusOr<std::vector<SignedPolicy>> SignedBefore(
    const std::string& into, ImageReader* kernel_image) {
  std::vector<SignedPolicy> before;
  if (!into.empty()) {
    auto policies = ReadSignedPolicies(into);
    if (!policies.ok()) return policies.status();
    before = *std::move(policies);
  }
  if (kernel_image == nullptr) return before;
  const auto sections = PeSections(*kernel_image);
  if (!sections.ok()) return sections.status();
  // Each profile may have its own.
  for (const PeSection& section : *sections) {
    const bool signature = section.name == ".pcrsig";
    if (!signature && section.name != ".pcrpkey") continue;
    const auto content =
        ReadPeSection(*kernel_image, section, kMaxSignatureFile);
    if (absl::IsResourceExhausted(content.status())) continue;
    if (!content.ok()) return content.status();
    if (content->empty()) continue;
    if (signature) {
      const auto policies = ReadSignedPolicies(*content);
      if (!policies.ok()) return AtPath(section.name, policies.status());
      before.insert(before.end(), policies->begin(), policies->end());
    } else if (const auto key = RsaPublicKey::FromPem(*content); key.ok()) {
      // It is there to have register 11 signed by.
      before.push_back(
          {PcrBank::kSha256, {kKernelImagePcr}, key->Fingerprint(), "", ""});
    }
  }
  return before;
}

// What the policy in force says of the images.
struct Approval {
  int status = kExitDone;        // else it was said why not, and that is all
  std::set<std::string> always;  // files that it requires
};

absl::StatusOr<Approval> ApproveImages(const GlobalOptions& global,
                                       const SignOptions& options) {
  std::vector<std::string> paths;
  for (const std::string& path : options.set.own) {
    if (absl::EndsWithIgnoreCase(path, ".raw")) paths.push_back(path);
  }
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return machine.status();
  const Ports ports = (*machine)->ports();
  GivenImages images(paths);
  Looks looks(images.Candidates({}, {}).value, images, ports.confinement);
  const HostFacts host = FactsAndDate(ports).value;
  const LoadedPolicy loaded = LoadPolicy(ports);
  if (loaded.invalid) {
    PrintDiagnostics(loaded.diagnostics, ports.policy);
    return Approval{kExitUsage, {}};
  }
  const Report report = Check(ports, host, loaded, looks, Mode::kEnforcing);
  if (report.outcome != Outcome::kOk) {
    PrintReport(global, report);
    return Approval{kExitViolation, {}};
  }
  std::set<std::string> required;
  for (const uint32_t index : loaded.policy.required_rules) {
    required.insert(loaded.policy.rules[index].id);
  }
  Approval approval;
  for (const ReportedImage& image : report.images) {
    if (required.count(image.rule) == 0) continue;
    approval.always.insert(image.path.substr(image.path.rfind('/') + 1));
  }
  return approval;
}

StateChoice ChoiceOf(const SignOptions& options, const StubInputs& inputs,
                     PcrSet pcrs) {
  StateChoice choice;
  choice.pcrs = std::move(pcrs);
  choice.banks = options.banks;
  if (choice.banks.empty()) choice.banks = {PcrBank::kSha256};
  choice.phases = options.phases;
  if (choice.phases.empty()) {
    choice.phases.assign(std::begin(kPhases), std::end(kPhases));
  }
  choice.combinations = options.combinations;
  // Credentials do not come and go with images.
  for (const OfferedFile& file : inputs.own) {
    if (!absl::EndsWithIgnoreCase(file.name, ".raw")) {
      choice.always.insert(file.name);
    }
  }
  return choice;
}

std::string FileStem(const ApprovedState& state) {
  return absl::StrCat(ToWord(state.bank), "-",
                      absl::BytesToHexString(state.digest));
}

// What is to be signed, one file a policy.
absl::Status WriteToSign(const std::string& path,
                         const std::vector<ApprovedState>& states) {
  const auto root = RootDir::Open(path);
  if (!root.ok()) return root.status();
  const auto directory = root->OpenDirectory("/");
  if (!directory.ok()) return directory.status();
  for (const ApprovedState& state : states) {
    const std::string name = FileStem(state) + kToSign;
    const absl::Status status = directory->WriteFile(name, state.digest, 0644);
    if (!status.ok()) return status;
    std::printf("%s/%s\n", path.c_str(), name.c_str());
  }
  return absl::OkStatus();
}

using SignOne =
    std::function<absl::StatusOr<std::string>(const ApprovedState&)>;

absl::StatusOr<std::vector<SignedPolicy>> SignAll(
    const std::vector<ApprovedState>& states, const PcrSet& pcrs,
    const RsaPublicKey& key, const SignOne& sign) {
  std::vector<SignedPolicy> policies;
  for (const ApprovedState& state : states) {
    auto signature = sign(state);
    if (!signature.ok()) return signature.status();
    if (!key.Verifies(state.digest, *signature)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the signature of ", FileStem(state), " is not of this key"));
    }
    policies.push_back({state.bank, pcrs, key.Fingerprint(), state.digest,
                        *std::move(signature)});
  }
  return policies;
}

// Where the key is, and how it signs.
struct Key {
  std::unique_ptr<RsaSigner> signer;
  std::optional<RsaPublicKey> half;
  SignOne sign;
};

absl::StatusOr<Key> OpenKey(const SignOptions& options) {
  Key key;
  if (!options.private_key.empty()) {
    auto signer = OpenSigner(options);
    if (!signer.ok()) return signer.status();
    key.signer = *std::move(signer);
    key.half = key.signer->public_key();
    key.sign = [signer = key.signer.get()](const ApprovedState& state) {
      return signer->Sign(state.digest);
    };
    return key;
  }
  auto half = ReadPublicKey(options.public_key);
  if (!half.ok()) return half.status();
  key.half = *std::move(half);
  key.sign = [path = options.attach](const ApprovedState& state) {
    return ReadGiven(absl::StrCat(path, "/", FileStem(state), kSigned),
                     kMaxSignature);
  };
  return key;
}

// The file that is added to; empty where there is none yet.
absl::StatusOr<std::string> ReadInto(const std::string& path) {
  if (path.empty()) return "";
  auto json = ReadGiven(path, kMaxSignatureFile);
  if (absl::IsNotFound(json.status())) return "";
  return json;
}

absl::Status WriteInto(const std::string& path, const std::string& json) {
  const size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "."
                             : slash == 0               ? "/"
                                                        : path.substr(0, slash);
  const auto root = RootDir::Open(parent);
  if (!root.ok()) return root.status();
  const auto directory = root->OpenDirectory("/");
  if (!directory.ok()) return directory.status();
  return directory->WriteFile(path.substr(slash + 1), json, 0644);
}

// Signs, and prints or adds to the file what came of it.
absl::Status SignStates(const SignOptions& options, const StubInputs& inputs,
                        const PcrSet& pcrs,
                        const std::vector<ApprovedState>& states) {
  const auto key = OpenKey(options);
  if (!key.ok()) return key.status();
  const auto into = ReadInto(options.into);
  if (!into.ok()) return into.status();
  const auto before = SignedBefore(*into, inputs.kernel_image);
  if (!before.ok()) return before.status();
  absl::Status status = MaySignFor(pcrs, key->half->Fingerprint(), *before);
  if (!status.ok()) return status;
  const auto policies = SignAll(states, pcrs, *key->half, key->sign);
  if (!policies.ok()) return policies.status();
  // Of all such files a machine looks at one: what the kernel image carries has
  // to be in it.
  std::vector<SignedPolicy> all;
  for (const SignedPolicy& old : *before) {
    if (!old.signature.empty()) all.push_back(old);
  }
  all.insert(all.end(), policies->begin(), policies->end());
  const auto json = AddSignedPolicies(*into, all);
  if (!json.ok()) return json.status();
  if (options.into.empty()) {
    std::fputs(json->c_str(), stdout);
    return absl::OkStatus();
  }
  status = WriteInto(options.into, *json);
  if (!status.ok()) return status;
  std::printf("%zu policies for %s in %s\n", policies->size(),
              PcrSetText(pcrs).c_str(), options.into.c_str());
  return absl::OkStatus();
}

}  // namespace

int MeasureSignVerb(const GlobalOptions& global, const SignOptions& options) {
  if (absl::Status status = LoadLibcrypto(); !status.ok()) {
    return Failed(kVerb, status);
  }
  const auto set = MeasuredSet::Open(options.set);
  if (!set.ok()) return Failed(kVerb, set.status());
  const StubInputs& inputs = (*set)->inputs();
  auto pcrs = ParsePcrSet(!options.pcrs.empty()            ? options.pcrs
                          : inputs.kernel_image != nullptr ? "11+13"
                                                           : "13");
  if (!pcrs.ok()) return Failed(kVerb, pcrs.status()), kExitUsage;
  StateChoice choice = ChoiceOf(options, inputs, *pcrs);
  if (options.by_policy) {
    const auto approval = ApproveImages(global, options);
    if (!approval.ok()) return Failed(kVerb, approval.status());
    if (approval->status != kExitDone) return approval->status;
    choice.always.insert(approval->always.begin(), approval->always.end());
  }
  const auto states = ApprovedStates(inputs, choice);
  if (!states.ok()) return Failed(kVerb, states.status());
  const absl::Status status = options.digest_only.empty()
                                  ? SignStates(options, inputs, *pcrs, *states)
                                  : WriteToSign(options.digest_only, *states);
  return status.ok() ? kExitDone : Failed(kVerb, status);
}

}  // namespace extgate
