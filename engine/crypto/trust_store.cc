// Ways in: Trust, TrustInSet and Revoke while filling, then Standing.
#include "engine/crypto/trust_store.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/crypto/signer_proof.h"
#include "policy/signer_trust.h"

namespace extgate {
namespace {

// A certificate that is trusted, in every rule or in those that name a set.
struct Trusted {
  Certificate certificate;
  std::string origin;
  bool in_every_rule = false;
  std::vector<std::string> sets = {};
};

// What was found of one signer.
struct Finding {
  Signer signer;
  SignatureState state = SignatureState::kUntrusted;
  std::string detail;  // why it is not trusted
};

// Whether `claim` names `certificate` by issuer and serial number. Byte for
// byte, as the kernel compares; OpenSSL by itself would not tell case.
bool Names(const SignerClaim& claim, const Certificate& certificate) {
  return claim.serial == certificate.serial &&
         claim.issuer == certificate.issuer;
}

// As Standing shows who has this certificate.
Signer SignerOf(const Trusted& entry) {
  const Certificate& certificate = entry.certificate;
  Signer signer{certificate.subject, "",    certificate.sha256,
                entry.in_every_rule, false, entry.origin};
  signer.sets = entry.sets;
  signer.not_after = certificate.not_after;
  return signer;
}

Signer NamedBy(const SignerClaim& claim, Signer signer) {
  signer.issuer_and_serial = claim.issuer_and_serial;
  return signer;
}

// `signer` with what another certificate of the same key is worth: all that
// trusts it, and of two ends the first.
void AddTrust(const Signer& other, Signer& signer) {
  if (other.trusted && !signer.trusted) {
    signer.subject = other.subject;
    signer.sha256 = other.sha256;
    signer.origin = other.origin;
    signer.trusted = true;
  }
  for (const std::string& set : other.sets) {
    if (!absl::c_linear_search(signer.sets, set)) signer.sets.push_back(set);
  }
  // Without one that could be read comes first of all.
  signer.not_after = std::min(signer.not_after, other.not_after);
}

}  // namespace

struct TrustStore::State {
  // INVARIANT: no two entries have the same fingerprint.
  std::vector<std::unique_ptr<Trusted>> trusted;
  std::map<Fingerprint, std::string> revoked;              // to the origin
  std::map<FileDigest, std::string> revoked_to_be_signed;  // to the origin
  std::set<std::string> doubted_sets;

  // The certificate of that fingerprint; nullptr if there is none.
  Trusted* FindEntry(const Fingerprint& sha256) const {
    for (const std::unique_ptr<Trusted>& entry : trusted) {
      if (entry->certificate.sha256 == sha256) return entry.get();
    }
    return nullptr;
  }
  const Certificate* Find(const Fingerprint& sha256) const {
    const Trusted* entry = FindEntry(sha256);
    return entry != nullptr ? &entry->certificate : nullptr;
  }
  // The same; added as one that nobody trusts yet where there is none. nullptr
  // for what ParsePem or ParseDer did not make: nothing to trust.
  Trusted* FindOrAdd(Certificate certificate, absl::string_view origin) {
    if (certificate.der.empty()) return nullptr;
    if (Trusted* known = FindEntry(certificate.sha256)) return known;
    trusted.push_back(std::make_unique<Trusted>(
        Trusted{std::move(certificate), std::string(origin)}));
    return trusted.back().get();
  }

  // Where the revocation came from; nullptr when there is none.
  const std::string* Revocation(const Fingerprint& sha256,
                                const FileDigest& to_be_signed) const {
    if (auto it = revoked.find(sha256); it != revoked.end()) {
      return &it->second;
    }
    auto it = revoked_to_be_signed.find(to_be_signed);
    return it != revoked_to_be_signed.end() ? &it->second : nullptr;
  }

  Finding Examine(const SignerClaim& claim, absl::string_view content) const;
  // False when no certificate made the signature.
  bool FindTrusted(const SignerClaim& claim, absl::string_view content,
                   Finding& finding) const;
  // As above, of the certificates inside the PKCS#7, by what is said of them.
  bool FindStranger(const SignerClaim& claim, Finding& finding) const;
  void MarkRevoked(absl::string_view origin, Finding& finding) const;
};

void TrustStore::State::MarkRevoked(absl::string_view origin,
                                    Finding& finding) const {
  finding.signer.revoked = true;
  finding.signer.trusted = false;
  finding.state = SignatureState::kUntrusted;
  finding.detail = absl::StrCat("signer `", finding.signer.subject,
                                "` is revoked by ", origin);
}

bool TrustStore::State::FindTrusted(const SignerClaim& claim,
                                    absl::string_view content,
                                    Finding& finding) const {
  std::optional<Signer> found;
  for (const std::unique_ptr<Trusted>& entry : trusted) {
    const Certificate& certificate = entry->certificate;
    if (!Names(claim, certificate) ||
        !Proves(claim, certificate.public_key, content)) {
      continue;
    }
    const Signer signer = SignerOf(*entry);
    // Of several certificates for one key, a revoked one counts.
    const std::string* const revocation =
        Revocation(certificate.sha256, certificate.to_be_signed);
    if (found.has_value()) AddTrust(signer, *found);
    if (!found.has_value() || revocation != nullptr) {
      std::vector<std::string> sets =
          found.has_value() ? found->sets : signer.sets;
      found = signer;
      found->sets = std::move(sets);
    }
    if (revocation == nullptr) continue;
    finding.signer = NamedBy(claim, *std::move(found));
    MarkRevoked(*revocation, finding);
    return true;
  }
  if (!found.has_value()) return false;
  finding.signer = NamedBy(claim, *std::move(found));
  if (finding.signer.trusted) {
    finding.state = SignatureState::kTrusted;
    return true;
  }
  finding.state = SignatureState::kUntrusted;
  finding.detail =
      absl::StrCat("signer `", finding.signer.subject,
                   "` is trusted only in rules that name the set `",
                   absl::StrJoin(finding.signer.sets, "` or `"), "`");
  return true;
}

bool TrustStore::State::FindStranger(const SignerClaim& claim,
                                     Finding& finding) const {
  for (const EmbeddedCertificate& stranger : claim.certificates) {
    // Of a trusted one it was computed here that it did not.
    if (stranger.proof == EmbeddedProof::kNotMade ||
        Find(stranger.sha256) != nullptr) {
      continue;
    }
    finding.signer.subject = stranger.subject;
    finding.signer.sha256 = stranger.sha256;
    finding.state = SignatureState::kUntrusted;
    finding.detail =
        absl::StrCat("signer `", stranger.subject, "` is not trusted");
    const std::string* const revocation =
        Revocation(stranger.sha256, stranger.to_be_signed);
    if (revocation != nullptr) MarkRevoked(*revocation, finding);
    return true;
  }
  return false;
}

Finding TrustStore::State::Examine(const SignerClaim& claim,
                                   absl::string_view content) const {
  Finding finding;
  finding.signer.issuer_and_serial = claim.issuer_and_serial;
  if (FindTrusted(claim, content, finding) || FindStranger(claim, finding)) {
    return finding;
  }
  const bool named =
      !claim.certificates.empty() ||
      std::any_of(trusted.begin(), trusted.end(), [&](const auto& entry) {
        return Names(claim, entry->certificate);
      });
  finding.state = named ? SignatureState::kInvalid : SignatureState::kUntrusted;
  finding.detail = absl::StrCat(
      named ? "the signature does not verify with the certificate of `"
            : "no certificate at hand of signer `",
      finding.signer.issuer_and_serial, "`");
  return finding;
}

TrustStore::TrustStore() : state_(std::make_unique<State>()) {}
TrustStore::~TrustStore() = default;
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;

void TrustStore::Trust(Certificate certificate, absl::string_view origin) {
  Trusted* const entry = state_->FindOrAdd(std::move(certificate), origin);
  if (entry == nullptr || entry->in_every_rule) return;
  entry->in_every_rule = true;
  entry->origin = std::string(origin);
}

void TrustStore::TrustInSet(Certificate certificate, absl::string_view set,
                            absl::string_view origin) {
  Trusted* const entry = state_->FindOrAdd(std::move(certificate), origin);
  if (entry == nullptr || absl::c_linear_search(entry->sets, set)) return;
  entry->sets.emplace_back(set);
}

void TrustStore::DoubtSet(absl::string_view set) {
  state_->doubted_sets.emplace(set);
}

const std::set<std::string>& TrustStore::DoubtedSets() const {
  return state_->doubted_sets;
}

void TrustStore::Revoke(const Fingerprint& sha256, absl::string_view origin) {
  state_->revoked.emplace(sha256, std::string(origin));
}

void TrustStore::RevokeToBeSigned(const FileDigest& digest,
                                  absl::string_view origin) {
  state_->revoked_to_be_signed.emplace(digest, std::string(origin));
}

size_t TrustStore::size() const { return state_->trusted.size(); }

std::string TrustStore::Listing() const {
  std::string lines;
  for (const std::unique_ptr<Trusted>& entry : state_->trusted) {
    const std::string hex = entry->certificate.sha256.hex();
    if (entry->in_every_rule) absl::StrAppend(&lines, "trusted ", hex, "\n");
    for (const std::string& set : entry->sets) {
      absl::StrAppend(&lines, "set ", set, " ", hex, "\n");
    }
  }
  for (const std::string& set : state_->doubted_sets) {
    absl::StrAppend(&lines, "doubted ", set, "\n");
  }
  for (const auto& [fingerprint, origin] : state_->revoked) {
    absl::StrAppend(&lines, "revoked ", fingerprint.hex(), "\n");
  }
  for (const auto& [digest, origin] : state_->revoked_to_be_signed) {
    absl::StrAppend(&lines, "revoked-tbs ", digest.hex(), "\n");
  }
  return lines;
}

std::string TrustStore::ListingOfExpired(const UtcTime& date) const {
  std::string lines;
  for (const std::unique_ptr<Trusted>& entry : state_->trusted) {
    if (!IsOver(SignerOf(*entry), date)) continue;
    absl::StrAppend(&lines, "over ", entry->certificate.sha256.hex(), "\n");
  }
  return lines;
}

std::vector<Signer> TrustStore::KnownSigners() const {
  std::vector<Signer> signers;
  for (const std::unique_ptr<Trusted>& entry : state_->trusted) {
    const Certificate& certificate = entry->certificate;
    if (state_->Revocation(certificate.sha256, certificate.to_be_signed)) {
      continue;
    }
    signers.push_back(SignerOf(*entry));
  }
  return signers;
}

const Certificate* TrustStore::Find(const Fingerprint& sha256) const {
  return state_->Find(sha256);
}

SignatureStanding TrustStore::Standing(const Evidence<SignatureClaims>& claims,
                                       absl::string_view content) const {
  SignatureStanding standing;
  standing.state = SignatureState::kInvalid;
  if (const Malformed* malformed = claims.malformed()) {
    standing.detail = malformed->why;
    return standing;
  }
  if (claims.value() == nullptr || claims.value()->signers.empty()) {
    standing.detail = "nobody looked into the PKCS#7";
    return standing;
  }
  standing.state = SignatureState::kTrusted;
  for (const SignerClaim& claim : claims.value()->signers) {
    Finding finding = state_->Examine(claim, content);
    // The enumeration is ordered from worst to best.
    if (finding.state < standing.state) {
      standing.state = finding.state;
      standing.detail = finding.detail;
    }
    standing.signers.push_back(std::move(finding.signer));
  }
  return standing;
}

}  // namespace extgate
