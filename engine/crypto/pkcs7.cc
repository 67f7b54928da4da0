// Ways in: ReadPkcs7, whose functions follow the definitions of RFC 2315, one
// each, and ask of every field what OpenSSL and the kernel would; and
// ProveEmbedded.
#include "engine/crypto/pkcs7.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/certificate_fields.h"
#include "engine/crypto/der.h"
#include "engine/crypto/name_text.h"
#include "engine/crypto/signature_algorithms.h"
#include "engine/crypto/signer_proof.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr size_t kMaxSigners = 32;
constexpr size_t kMaxCertificates = 8;  // looked at, of one signer
constexpr uint8_t kVersion1[] = {1};

// Object identifiers, their content. 1.2.840.113549.1.7.1 and .2, RFC 2315, 14.
constexpr absl::string_view kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
constexpr absl::string_view kSignedData =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

// [0] and [1] of a context, constructed.
constexpr uint8_t kTag0 = kDerContext0;
constexpr uint8_t kTag1 = kDerContext0 + 1;

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

absl::Status NotOne() { return Invalid("not a PKCS#7"); }

// DigestAlgorithmIdentifiers: what the signedData announces.
absl::StatusOr<std::vector<SignatureDigest>> ReadDigests(
    absl::Span<const uint8_t> content) {
  std::vector<SignatureDigest> digests;
  DerFields fields(content);
  while (!fields.Done()) {
    const auto digest = ReadDigest(fields.Take(kDerSequence).content);
    if (!digest.ok()) return digest.status();
    digests.push_back(*digest);
  }
  return digests;
}

// The signed content, which must be absent (detached).
absl::Status CheckContent(absl::Span<const uint8_t> content) {
  DerFields fields(content);
  const absl::string_view type =
      TextOf(fields.Take(kDerObjectIdentifier).content);
  const bool has_content = fields.TakeIf(kTag0).has_value();
  if (!fields.Done()) return NotOne();
  if (type != kData) return Invalid("the signed content is not of type data");
  if (has_content) return Invalid("the signature carries content of its own");
  return absl::OkStatus();
}

// Attributes (RFC 2315, 9.2): a type and a SET of values each.
bool AreAttributes(absl::Span<const uint8_t> content) {
  DerFields attributes(content);
  while (!attributes.Done()) {
    DerFields fields(attributes.Take(kDerSequence).content);
    fields.Take(kDerObjectIdentifier);
    fields.Take(kDerSet);
    if (!fields.Done()) return false;
  }
  return true;
}

// `attributes`, which are [0] IMPLICIT, as the SET that is signed.
std::string AsSet(const DerElement& attributes) {
  if (attributes.content.empty()) return "";
  std::string set(TextOf(attributes.whole));
  set[0] = static_cast<char>(kDerSet);
  return set;
}

bool Contains(const std::vector<SignatureDigest>& digests,
              SignatureDigest digest) {
  for (const SignatureDigest known : digests) {
    if (known == digest) return true;
  }
  return false;
}

// IssuerAndSerialNumber.
absl::Status ReadName(absl::Span<const uint8_t> content, SignerClaim& claim) {
  DerFields fields(content);
  const DerElement issuer = fields.Take(kDerSequence);
  const DerElement serial = fields.Take(kDerInteger);
  if (!fields.Done()) return NotOne();
  std::optional<std::string> text =
      IssuerAndSerialText(issuer.whole, serial.content);
  if (!text) return Invalid("a signer is named by what is no name");
  claim.issuer = std::string(TextOf(issuer.whole));
  claim.serial = std::string(TextOf(serial.whole));
  claim.issuer_and_serial = *std::move(text);
  return absl::OkStatus();
}

// SignerInfo.
absl::StatusOr<SignerClaim> ReadSigner(
    absl::Span<const uint8_t> content,
    const std::vector<SignatureDigest>& announced) {
  DerFields fields(content);
  const DerElement version = fields.Take(kDerInteger);
  const DerElement name = fields.Take(kDerSequence);
  const DerElement digest_algorithm = fields.Take(kDerSequence);
  const std::optional<DerElement> attributes = fields.TakeIf(kTag0);
  const DerElement key_algorithm = fields.Take(kDerSequence);
  const DerElement signature = fields.Take(kDerOctetString);
  const std::optional<DerElement> unsigned_attributes = fields.TakeIf(kTag1);
  if (!fields.Done() || (attributes && !AreAttributes(attributes->content)) ||
      (unsigned_attributes && !AreAttributes(unsigned_attributes->content))) {
    return NotOne();
  }
  if (version.content != absl::MakeConstSpan(kVersion1)) {
    return Invalid("a signer's version is not 1");
  }
  SignerClaim claim;
  if (absl::Status status = ReadName(name.content, claim); !status.ok()) {
    return status;
  }
  const auto digest = ReadDigest(digest_algorithm.content);
  if (!digest.ok()) return digest.status();
  if (!Contains(announced, *digest)) {
    return Invalid("a signer's digest is not among those of the signedData");
  }
  const auto key = ReadKey(key_algorithm.content, *digest);
  if (!key.ok()) return key.status();
  claim.digest = *digest;
  claim.key = *key;
  if (attributes) claim.signed_attributes = AsSet(*attributes);
  claim.signature = std::string(TextOf(signature.content));
  return claim;
}

// One certificate inside.
struct Embedded {
  absl::Span<const uint8_t> der;
  CertificateFields fields;
};

absl::StatusOr<std::vector<Embedded>> ReadCertificates(
    absl::Span<const uint8_t> content) {
  std::vector<Embedded> found;
  DerFields certificates(content);
  while (!certificates.Done()) {
    const DerElement certificate = certificates.Take(kDerSequence);
    std::optional<CertificateFields> fields =
        ReadCertificateFields(certificate.whole);
    if (!fields) return Invalid("a certificate inside is none");
    found.push_back({certificate.whole, *std::move(fields)});
  }
  return found;
}

// Lists the certificates inside that `claim` names.
void AddCertificates(const std::vector<Embedded>& certificates,
                     SignerClaim& claim) {
  for (const auto& [der, fields] : certificates) {
    if (claim.certificates.size() == kMaxCertificates) return;
    if (TextOf(fields.issuer) != claim.issuer ||
        TextOf(fields.serial) != claim.serial) {
      continue;
    }
    claim.certificates.push_back({fields.subject, FingerprintOf(der),
                                  DigestOfToBeSigned(fields.to_be_signed)});
  }
}

// The fields of a SignedData, in their order.
struct SignedData {
  DerElement version;
  DerElement digests;
  DerElement content;
  std::optional<DerElement> certificates;
  DerElement signers;
};

// Everything else of a PKCS#7 is around its SignedData.
absl::StatusOr<SignedData> OpenSignedData(absl::string_view der) {
  absl::Span<const uint8_t> rest = BytesOf(der);
  const std::optional<DerElement> whole = TakeDerElement(rest);
  if (!whole || whole->tag != kDerSequence) return NotOne();
  DerFields info(whole->content);
  const absl::string_view type =
      TextOf(info.Take(kDerObjectIdentifier).content);
  const DerElement wrapped = info.Take(kTag0);
  if (!info.ok() && type != kSignedData) return NotOne();
  if (!rest.empty()) {
    return Invalid(
        absl::StrCat(rest.size(), " bytes follow the end of the PKCS#7"));
  }
  if (type != kSignedData) return Invalid("the PKCS#7 is not signedData");
  // In BER one signature has many forms.
  if (!IsDer(BytesOf(der))) return Invalid("the PKCS#7 is not in DER");
  DerFields inside(wrapped.content);
  DerFields fields(inside.Take(kDerSequence).content);
  SignedData found;
  found.version = fields.Take(kDerInteger);
  found.digests = fields.Take(kDerSet);
  found.content = fields.Take(kDerSequence);
  found.certificates = fields.TakeIf(kTag0);
  if (fields.TakeIf(kTag1)) {
    return Invalid("there are revocation lists inside, which are not read");
  }
  found.signers = fields.Take(kDerSet);
  if (!fields.Done() || !inside.Done() || !info.Done()) return NotOne();
  return found;
}

absl::StatusOr<std::vector<SignerClaim>> ReadSigners(
    absl::Span<const uint8_t> content,
    const std::vector<SignatureDigest>& announced) {
  std::vector<absl::Span<const uint8_t>> infos;
  DerFields fields(content);
  while (!fields.Done()) {
    infos.push_back(fields.Take(kDerSequence).content);
    if (!fields.ok()) return NotOne();
  }
  if (infos.empty()) return Invalid("there is no signer");
  if (infos.size() > kMaxSigners) {
    return Invalid(absl::StrCat("there are ", infos.size(),
                                " signers, more than ", kMaxSigners));
  }
  std::vector<SignerClaim> signers;
  for (const absl::Span<const uint8_t> info : infos) {
    absl::StatusOr<SignerClaim> claim = ReadSigner(info, announced);
    if (!claim.ok()) return claim.status();
    signers.push_back(*std::move(claim));
  }
  return signers;
}

absl::StatusOr<SignatureClaims> ReadClaims(const SignedData& data) {
  if (data.version.content != absl::MakeConstSpan(kVersion1)) {
    return Invalid("the version of signedData is not 1");
  }
  if (absl::Status status = CheckContent(data.content.content); !status.ok()) {
    return status;
  }
  const auto announced = ReadDigests(data.digests.content);
  if (!announced.ok()) return announced.status();
  auto signers = ReadSigners(data.signers.content, *announced);
  if (!signers.ok()) return signers.status();
  if (data.certificates) {
    const auto certificates = ReadCertificates(data.certificates->content);
    if (!certificates.ok()) return certificates.status();
    for (SignerClaim& claim : *signers) AddCertificates(*certificates, claim);
  }
  return SignatureClaims{*std::move(signers)};
}

// Those in `der`; none where there is something amiss with it.
std::vector<Embedded> CertificatesIn(absl::string_view der) {
  const absl::StatusOr<SignedData> data = OpenSignedData(der);
  if (!data.ok() || !data->certificates) return {};
  auto certificates = ReadCertificates(data->certificates->content);
  return certificates.ok() ? *std::move(certificates) : std::vector<Embedded>();
}

}  // namespace

Evidence<SignatureClaims> ReadPkcs7(absl::string_view der) {
  const absl::StatusOr<SignedData> data = OpenSignedData(der);
  absl::StatusOr<SignatureClaims> claims =
      data.ok() ? ReadClaims(*data) : data.status();
  if (claims.ok()) return *std::move(claims);
  return Malformed{"PKCS#7", std::string(claims.status().message())};
}

void ProveEmbedded(absl::string_view der, absl::string_view content,
                   SignatureClaims& claims) {
  for (const auto& [certificate, fields] : CertificatesIn(der)) {
    const Fingerprint sha256 = FingerprintOf(certificate);
    for (SignerClaim& claim : claims.signers) {
      for (EmbeddedCertificate& listed : claim.certificates) {
        if (listed.sha256 != sha256) continue;
        listed.proof = Proves(claim, TextOf(fields.public_key), content)
                           ? EmbeddedProof::kMade
                           : EmbeddedProof::kNotMade;
      }
    }
  }
}

std::optional<std::string> CertificateInside(absl::string_view der,
                                             const Fingerprint& sha256) {
  for (const Embedded& embedded : CertificatesIn(der)) {
    if (FingerprintOf(embedded.der) == sha256) {
      return std::string(TextOf(embedded.der));
    }
  }
  return std::nullopt;
}

}  // namespace extgate
