// Ways in: SignEdits and CertificateEdits.
#include "engine/remedy/signer_edits.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/signer_trust.h"

namespace extgate {
namespace {

constexpr size_t kMostSigners = 3;

// "`CN=db` (sha256:…)", the whole fingerprint: it is to be compared.
std::string FullName(const Signer& signer) {
  return absl::StrCat(
      "`", signer.subject.empty() ? signer.issuer_and_serial : signer.subject,
      "`",
      signer.sha256 ? absl::StrCat(" (sha256:", signer.sha256->hex(), ")")
                    : "");
}

class Signing {
 public:
  explicit Signing(const RemedyCase& subject) : case_(subject) {}

  // Those whom every rule trusts first; of them those of the firmware last.
  std::vector<Edit> Sign() {
    std::vector<Signer> everywhere;
    std::vector<Signer> in_sets;
    for (const Signer& signer : case_.loaded.trust.KnownSigners()) {
      if (signer.trusted) {
        everywhere.push_back(signer);
      } else if (IsIn(NamedSets(), signer)) {
        in_sets.push_back(signer);
      }
    }
    absl::c_stable_partition(everywhere, [](const Signer& signer) {
      return !absl::StartsWith(signer.origin, "efi ");
    });
    for (std::vector<Signer>* signers : {&everywhere, &in_sets}) {
      if (signers->size() > kMostSigners) signers->resize(kMostSigners);
      for (const Signer& signer : *signers) SignWith(signer);
    }
    return std::move(edits_);
  }

  std::vector<Edit> Certificates() {
    for (const Signer& signer : case_.standing.signers) {
      if (signer.trusted || signer.revoked || !signer.sha256) continue;
      const auto pem = case_.strangers.find(*signer.sha256);
      if (pem == case_.strangers.end()) continue;
      AddToSets(signer, pem->second);
      Edit& edit =
          Add(EditKind::kAddCertificate,
              absl::StrCat("trust the certificate ", FullName(signer)),
              "admits everything that this key signs, now and later: first "
              "compare the fingerprint with one that you have from its owner, "
              "not from the image");
      edit.addition.trust.certificates = {{pem->second, {}}};
    }
    return std::move(edits_);
  }

 private:
  void AddToSets(const Signer& signer, const std::string& pem) {
    std::vector<std::string> names = NamedSets();
    if (names.size() > kMostSigners) names.resize(kMostSigners);
    for (const std::string& name : names) {
      if (IsIn({name}, signer)) continue;
      Edit& edit =
          Add(EditKind::kAddToSet,
              absl::StrCat("add the certificate ", FullName(signer),
                           " to the trust set `", name, "`"),
              "rules that name the set take everything that this key signs, "
              "now and later: first compare the fingerprint with one that you "
              "have from its owner, not from the image");
      edit.addition.trust.sets[name].certificates = {{pem, {}}};
    }
  }

  void SignWith(const Signer& signer) {
    Edit& edit =
        Add(EditKind::kSign,
            absl::StrCat(
                "have it signed with the key of ", FullName(signer), ", ",
                signer.trusted
                    ? absl::StrCat("which ", signer.origin, " trusts")
                    : absl::StrCat("which rules trust that name the set `",
                                   absl::StrJoin(signer.sets, "` or `"), "`")),
            "whoever signs it vouches for all that is in it");
    edit.signer = signer;
  }

  // The trust sets that allow rules name, in their order, each once.
  std::vector<std::string> NamedSets() const {
    std::vector<std::string> names;
    for (const CompiledRule& rule : case_.loaded.policy.rules) {
      if (rule.verdict != RuleVerdict::kAllow) continue;
      for (const std::string& name : rule.signer_sets) {
        if (!absl::c_linear_search(names, name)) names.push_back(name);
      }
    }
    return names;
  }

  Edit& Add(EditKind kind, std::string what, std::string warning) {
    Edit edit;
    edit.kind = kind;
    edit.what = std::move(what);
    edit.warning = std::move(warning);
    edits_.push_back(std::move(edit));
    return edits_.back();
  }

  const RemedyCase& case_;
  std::vector<Edit> edits_;
};

}  // namespace

std::vector<Edit> SignEdits(const RemedyCase& subject) {
  return Signing(subject).Sign();
}

std::vector<Edit> CertificateEdits(const RemedyCase& subject) {
  return Signing(subject).Certificates();
}

}  // namespace extgate
