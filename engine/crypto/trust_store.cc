// Way in: Trust and Revoke while filling, then Standing.
#include "engine/crypto/trust_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/pkcs7.h"
#include "engine/crypto/ssl_ptr.h"
#include "engine/crypto/x509_text.h"

namespace extgate {
namespace {

struct Trusted {
  Certificate certificate;
  std::string origin;

  X509& x509() const { return *certificate.parsed->x509; }
};

// What was found of one signer.
struct Finding {
  Signer signer;
  SignatureState state = SignatureState::kUntrusted;
  std::string detail;  // why it is not trusted
  X509Ptr trusted;     // the certificate to verify with, where trusted
};

}  // namespace

struct TrustStore::State {
  // INVARIANT: each certificate is parsed, and no two entries have the same
  // fingerprint.
  std::vector<std::unique_ptr<Trusted>> trusted;
  std::map<Fingerprint, std::string> revoked;              // to the origin
  std::map<FileDigest, std::string> revoked_to_be_signed;  // to the origin

  // Where the revocation came from; nullptr when there is none.
  const std::string* Revocation(const Certificate& certificate) const {
    if (auto it = revoked.find(certificate.sha256); it != revoked.end()) {
      return &it->second;
    }
    auto it = revoked_to_be_signed.find(certificate.to_be_signed);
    return it != revoked_to_be_signed.end() ? &it->second : nullptr;
  }

  Finding Examine(SignedData& data, PKCS7_SIGNER_INFO& info,
                  absl::string_view content) const;
  // False when no trusted certificate made the signature.
  bool FindTrusted(SignedData& data, PKCS7_SIGNER_INFO& info,
                   absl::string_view content, Finding& finding) const;
  // As above, of the certificates inside the PKCS#7.
  bool FindStranger(SignedData& data, PKCS7_SIGNER_INFO& info,
                    absl::string_view content, Finding& finding) const;
  void MarkRevoked(absl::string_view origin, Finding& finding) const;
};

void TrustStore::State::MarkRevoked(absl::string_view origin,
                                    Finding& finding) const {
  finding.signer.revoked = true;
  finding.signer.trusted = false;
  finding.state = SignatureState::kUntrusted;
  finding.trusted.reset();
  finding.detail = absl::StrCat("signer `", finding.signer.subject,
                                "` is revoked by ", origin);
}

bool TrustStore::State::FindTrusted(SignedData& data, PKCS7_SIGNER_INFO& info,
                                    absl::string_view content,
                                    Finding& finding) const {
  const std::string* revocation = nullptr;
  for (const std::unique_ptr<Trusted>& entry : trusted) {
    if (!Names(info, entry->x509())) continue;
    X509Ptr x509 = WithItsKey(entry->x509());
    if (x509 == nullptr || !MadeSignature(*data.pkcs7, info, *x509, content)) {
      continue;
    }
    revocation = Revocation(entry->certificate);
    // Of several certificates for one key, a revoked one counts.
    if (finding.trusted != nullptr && revocation == nullptr) continue;
    finding.signer.subject = entry->certificate.subject;
    finding.signer.sha256 = entry->certificate.sha256;
    finding.signer.origin = entry->origin;
    finding.signer.trusted = true;
    finding.state = SignatureState::kTrusted;
    finding.trusted = std::move(x509);
    if (revocation != nullptr) break;
  }
  if (finding.trusted == nullptr) return false;
  if (revocation != nullptr) MarkRevoked(*revocation, finding);
  return true;
}

bool TrustStore::State::FindStranger(SignedData& data, PKCS7_SIGNER_INFO& info,
                                     absl::string_view content,
                                     Finding& finding) const {
  for (X509* x509 : EmbeddedCertificates(data, info)) {
    const X509Ptr with_key = WithItsKey(*x509);
    if (with_key == nullptr ||
        !MadeSignature(*data.pkcs7, info, *with_key, content)) {
      continue;
    }
    const absl::StatusOr<Certificate> stranger = DescribeCertificate(*x509);
    if (!stranger.ok()) continue;
    finding.signer.subject = stranger->subject;
    finding.signer.sha256 = stranger->sha256;
    finding.state = SignatureState::kUntrusted;
    finding.detail =
        absl::StrCat("signer `", stranger->subject, "` is not trusted");
    const std::string* const revocation = Revocation(*stranger);
    if (revocation != nullptr) MarkRevoked(*revocation, finding);
    return true;
  }
  return false;
}

Finding TrustStore::State::Examine(SignedData& data, PKCS7_SIGNER_INFO& info,
                                   absl::string_view content) const {
  Finding finding;
  finding.signer.issuer_and_serial = IssuerAndSerialText(
      info.issuer_and_serial->issuer, info.issuer_and_serial->serial);
  if (FindTrusted(data, info, content, finding) ||
      FindStranger(data, info, content, finding)) {
    return finding;
  }
  const bool named =
      !EmbeddedCertificates(data, info).empty() ||
      std::any_of(trusted.begin(), trusted.end(), [&](const auto& entry) {
        return Names(info, entry->x509());
      });
  finding.state = named ? SignatureState::kInvalid : SignatureState::kUntrusted;
  finding.detail = absl::StrCat(
      named ? "the signature does not verify with the certificate of `"
            : "no certificate at hand of signer `",
      finding.signer.issuer_and_serial, "`");
  return finding;
}

TrustStore::TrustStore() : state_(std::make_unique<State>()) { StartCrypto(); }
TrustStore::~TrustStore() = default;
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;

void TrustStore::Trust(Certificate certificate, absl::string_view origin) {
  if (Find(certificate.sha256) != nullptr) return;
  // Not made by ParsePem or ParseDer: nothing to trust.
  if (certificate.parsed == nullptr) return;
  state_->trusted.push_back(std::make_unique<Trusted>(
      Trusted{std::move(certificate), std::string(origin)}));
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
    absl::StrAppend(&lines, "trusted ", entry->certificate.sha256.hex(), "\n");
  }
  for (const auto& [fingerprint, origin] : state_->revoked) {
    absl::StrAppend(&lines, "revoked ", fingerprint.hex(), "\n");
  }
  for (const auto& [digest, origin] : state_->revoked_to_be_signed) {
    absl::StrAppend(&lines, "revoked-tbs ", digest.hex(), "\n");
  }
  return lines;
}

const Certificate* TrustStore::Find(const Fingerprint& sha256) const {
  for (const std::unique_ptr<Trusted>& entry : state_->trusted) {
    if (entry->certificate.sha256 == sha256) return &entry->certificate;
  }
  return nullptr;
}

SignatureStanding TrustStore::Standing(absl::string_view pkcs7_der,
                                       absl::string_view content) const {
  const ErrorQueueGuard guard;
  SignatureStanding standing;
  absl::StatusOr<SignedData> data = ParsePkcs7(pkcs7_der);
  if (!data.ok()) {
    standing.state = SignatureState::kInvalid;
    standing.detail = std::string(data.status().message());
    return standing;
  }
  standing.state = SignatureState::kTrusted;
  std::vector<X509*> certificates;
  std::vector<X509Ptr> owners;
  for (PKCS7_SIGNER_INFO* info : SignersOf(*data->pkcs7)) {
    Finding finding = state_->Examine(*data, *info, content);
    // The enumeration is ordered from worst to best.
    if (finding.state < standing.state) {
      standing.state = finding.state;
      standing.detail = finding.detail;
    }
    certificates.push_back(finding.trusted.get());
    owners.push_back(std::move(finding.trusted));
    standing.signers.push_back(std::move(finding.signer));
  }
  if (standing.state == SignatureState::kTrusted &&
      !VerifiesWith(*data->pkcs7, certificates, content)) {
    standing.state = SignatureState::kInvalid;
    standing.detail = "the signatures do not verify together";
  }
  return standing;
}

}  // namespace extgate
