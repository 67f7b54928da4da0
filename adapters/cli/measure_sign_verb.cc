// extgate measure sign: policies for registers of the TPM.
#include <algorithm>
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
#include "adapters/cli/image_approval.h"
#include "adapters/cli/install_text.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/cli/policy_in_force.h"
#include "adapters/entry_plan.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/root_dir.h"
#include "engine/crypto/libcrypto.h"
#include "engine/crypto/rsa_public_key.h"
#include "engine/crypto/rsa_signer.h"
#include "engine/pcr/approved_states.h"
#include "engine/pcr/carried_policies.h"
#include "engine/pcr/signed_policy.h"
#include "engine/pcr/uki_sections.h"
#include "policy/printable.h"

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

// What is signed for: the files of one boot entry, or those that were named.
struct SignedSet {
  std::string entry;  // for people; "" where none is named
  std::string word;   // what policies call it; "": this boot's
  std::unique_ptr<MeasuredSet> files;

  const StubInputs& inputs() const { return files->inputs(); }
};

using SignedSets = std::vector<SignedSet>;

// What the key in question has signed: the file that is added to, and what the
// kernel images carry.
absl::StatusOr<std::vector<SignedPolicy>> SignedBefore(const std::string& path,
                                                       const std::string& json,
                                                       const SignedSets& sets) {
  std::vector<SignedPolicy> before;
  if (!json.empty()) {
    auto policies = ReadSignedPolicies(json);
    if (!policies.ok()) return AtPath(path, policies.status());
    before = *std::move(policies);
  }
  for (const SignedSet& set : sets) {
    if (set.inputs().kernel_image == nullptr) continue;
    const auto carried = PoliciesCarriedBy(*set.inputs().kernel_image);
    if (!carried.ok()) {
      return absl::Status(
          carried.status().code(),
          absl::StrCat("the kernel image",
                       set.entry.empty() ? "" : " of " + QuotePath(set.entry),
                       ": ", carried.status().message()));
    }
    before.insert(before.end(), carried->begin(), carried->end());
  }
  return before;
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

// What there is before a key signs.
struct Before {
  std::string into;                    // the file that is added to
  std::vector<SignedPolicy> policies;  // as of SignedBefore()
};

// Errors of MaySignFor() too: `key` must not sign for `pcrs`.
absl::StatusOr<Before> ReadBefore(const SignOptions& options,
                                  const SignedSets& sets, const PcrSet& pcrs,
                                  const RsaPublicKey& key) {
  const auto into = ReadInto(options.into);
  if (!into.ok()) return into.status();
  auto before = SignedBefore(options.into, *into, sets);
  if (!before.ok()) return before.status();
  const absl::Status status = MaySignFor(pcrs, key.Fingerprint(), *before);
  if (!status.ok()) return status;
  return Before{*into, *std::move(before)};
}

// What is to be signed, one file a policy.
absl::Status WriteToSign(const SignOptions& options, const SignedSets& sets,
                         const PcrSet& pcrs,
                         const std::vector<ApprovedState>& states) {
  if (!options.public_key.empty()) {
    const auto key = ReadPublicKey(options.public_key);
    if (!key.ok()) return key.status();
    const auto before = ReadBefore(options, sets, pcrs, *key);
    if (!before.ok()) return before.status();
  }
  const std::string& path = options.digest_only;
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

// Signs, and prints or adds to the file what came of it.
absl::Status SignStates(const SignOptions& options, const SignedSets& sets,
                        const PcrSet& pcrs,
                        const std::vector<ApprovedState>& states) {
  const auto key = OpenKey(options);
  if (!key.ok()) return key.status();
  const auto before = ReadBefore(options, sets, pcrs, *key->half);
  if (!before.ok()) return before.status();
  const auto policies = SignAll(states, pcrs, *key->half, key->sign);
  if (!policies.ok()) return policies.status();
  // Of all such files a machine looks at one: what the kernel image carries has
  // to be in it.
  std::vector<SignedPolicy> all = *policies;
  for (const SignedPolicy& old : before->policies) {
    if (!old.signature.empty()) all.push_back(old);
  }
  const auto json = AddSignedPolicies(before->into, all);
  if (!json.ok()) return json.status();
  if (options.into.empty()) {
    std::fputs(json->c_str(), stdout);
    return absl::OkStatus();
  }
  const absl::Status status = WriteInto(options.into, *json);
  if (!status.ok()) return status;
  std::printf("%zu policies for %s in %s\n", policies->size(),
              PcrSetText(pcrs).c_str(), options.into.c_str());
  return absl::OkStatus();
}

// The sets of the boot entries, once the images were installed.
absl::StatusOr<int> OpenEntries(const GlobalOptions& global,
                                const SignOptions& options,
                                const PolicyInForce& policy, SignedSets& sets) {
  auto plan = PlanEntries(options.set, policy.machine->places(),
                          policy.machine->ports(), policy.host, policy.loaded);
  if (!plan.ok()) return plan.status();
  for (const std::string& remark : plan->remarks) {
    std::fprintf(stderr, "extgate: %s: %s\n", kVerb,
                 PrintableText(remark).c_str());
  }
  if (const int status = ExitStatusOf(plan->installation);
      status != kExitDone) {
    std::fputs(
        global.format == Format::kJson
            ? InstallationToJson(plan->installation).c_str()
            : InstallationText(plan->installation, ColourOf(stdout)).c_str(),
        stdout);
    return status;
  }
  for (const PlannedEntry& entry : plan->entries) {
    const std::string& name = entry.id.empty() ? entry.word : entry.id;
    auto set = MeasuredSet::Open(entry.set);
    if (!set.ok()) return AtPath(name, set.status());
    sets.push_back({name, entry.word, *std::move(set)});
  }
  return kExitDone;
}

// All that is to be signed, each state once.
absl::StatusOr<std::vector<ApprovedState>> StatesOf(
    const SignedSets& sets, const std::vector<StateChoice>& choices) {
  std::vector<ApprovedState> states;
  std::set<std::pair<PcrBank, std::string>> seen;
  for (size_t i = 0; i < sets.size(); ++i) {
    auto some = ApprovedStates(sets[i].inputs(), choices[i]);
    if (!some.ok()) {
      return sets[i].entry.empty() ? some.status()
                                   : AtPath(sets[i].entry, some.status());
    }
    for (ApprovedState& state : *some) {
      if (seen.emplace(state.bank, state.digest).second) {
        states.push_back(std::move(state));
      }
    }
  }
  return states;
}

}  // namespace

int MeasureSignVerb(const GlobalOptions& global, const SignOptions& options) {
  if (absl::Status status = LoadLibcrypto(); !status.ok()) {
    return Failed(kVerb, status);
  }
  std::optional<PolicyInForce> policy;
  if (options.by_policy || options.install) {
    auto loaded = LoadPolicyInForce(global, options.policies);
    if (!loaded.ok()) return Failed(kVerb, loaded.status());
    if (loaded->loaded.invalid) return kExitUsage;
    policy = *std::move(loaded);
  }
  SignedSets sets;
  if (options.install) {
    const auto opened = OpenEntries(global, options, *policy, sets);
    if (!opened.ok()) return Failed(kVerb, opened.status());
    if (*opened != kExitDone) return *opened;
  } else {
    auto set = MeasuredSet::Open(options.set);
    if (!set.ok()) return Failed(kVerb, set.status());
    std::string word = (*set)->entry_word();
    sets.push_back({"", std::move(word), *std::move(set)});
  }
  const bool has_kernel_image =
      std::any_of(sets.begin(), sets.end(), [](const SignedSet& set) {
        return set.inputs().kernel_image != nullptr;
      });
  const auto pcrs = ParsePcrSet(!options.pcrs.empty() ? options.pcrs
                                : has_kernel_image    ? "11+13"
                                                      : "13");
  if (!pcrs.ok()) return Failed(kVerb, pcrs.status()), kExitUsage;
  for (const SignedSet& set : sets) set.files->Hold();
  std::vector<StateChoice> choices;
  for (const SignedSet& set : sets) {
    choices.push_back(ChoiceOf(options, set.inputs(), *pcrs));
    if (!policy.has_value()) continue;
    Approval approval = ApproveImages(global, *policy, set.word, set.inputs());
    if (approval.status != kExitDone) return approval.status;
    choices.back().one_of = std::move(approval.required);
  }
  const auto states = StatesOf(sets, choices);
  if (!states.ok()) return Failed(kVerb, states.status());
  for (const SignedSet& set : sets) {
    const absl::Status unchanged = set.files->Unchanged();
    if (!unchanged.ok()) return Failed(kVerb, unchanged);
  }
  const absl::Status status = options.digest_only.empty()
                                  ? SignStates(options, sets, *pcrs, *states)
                                  : WriteToSign(options, sets, *pcrs, *states);
  return status.ok() ? kExitDone : Failed(kVerb, status);
}

}  // namespace extgate
