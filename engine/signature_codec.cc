// Ways in: EncodeSignature, EncodeStanding and DecodeSignature.
#include "engine/signature_codec.h"

#include <optional>
#include <utility>

#include "engine/facts_fields.h"
#include "engine/word_decoder.h"
#include "policy/printable.h"

namespace extgate {
namespace {

void EncodeClaims(const SignatureClaims& claims, v1::SignatureClaims& out) {
  for (const SignerClaim& claim : claims.signers) {
    v1::SignerClaim* entry = out.add_signers();
    entry->set_issuer(claim.issuer);
    entry->set_serial(claim.serial);
    entry->set_issuer_and_serial(RecordedText(claim.issuer_and_serial));
    entry->set_digest(ToWord(claim.digest));
    entry->set_key(ToWord(claim.key));
    entry->set_signed_attributes(claim.signed_attributes);
    entry->set_signature(claim.signature);
    for (const EmbeddedCertificate& certificate : claim.certificates) {
      v1::EmbeddedCertificate* embedded = entry->add_certificates();
      embedded->set_subject(RecordedText(certificate.subject));
      embedded->set_sha256(certificate.sha256.hex());
      embedded->set_to_be_signed(certificate.to_be_signed.hex());
      embedded->set_proof(ToWord(certificate.proof));
    }
  }
}

SignatureClaims DecodeClaims(const v1::SignatureClaims& in,
                             absl::Status& status) {
  SignatureClaims claims;
  for (const v1::SignerClaim& entry : in.signers()) {
    SignerClaim claim;
    claim.issuer = entry.issuer();
    claim.serial = entry.serial();
    claim.issuer_and_serial = entry.issuer_and_serial();
    DecodeInto(entry.digest(), claim.digest, status);
    DecodeInto(entry.key(), claim.key, status);
    claim.signed_attributes = entry.signed_attributes();
    claim.signature = entry.signature();
    for (const v1::EmbeddedCertificate& embedded : entry.certificates()) {
      std::optional<Fingerprint> sha256;
      std::optional<FileDigest> to_be_signed;
      DecodeHex(embedded.sha256(), sha256, status);
      DecodeHex(embedded.to_be_signed(), to_be_signed, status);
      if (!sha256 || !to_be_signed) continue;
      EmbeddedCertificate certificate{embedded.subject(), *sha256,
                                      *to_be_signed};
      DecodeInto(embedded.proof(), certificate.proof, status);
      claim.certificates.push_back(std::move(certificate));
    }
    claims.signers.push_back(std::move(claim));
  }
  return claims;
}

}  // namespace

void EncodeSignature(const VeritySignature& signature,
                     v1::VeritySignature& out) {
  out.set_root_hash(signature.root_hash->hex());
  out.set_pkcs7(signature.pkcs7_der);
  if (const SignatureClaims* claims = signature.claims.value()) {
    EncodeClaims(*claims, *out.mutable_claims());
  }
}

void EncodeStanding(const SignatureStanding& standing,
                    v1::SignatureStanding& out) {
  out.set_state(ToWord(standing.state));
  out.set_detail(PrintableText(standing.detail));
  for (const Signer& signer : standing.signers) {
    v1::SignatureStanding::Signer* entry = out.add_signers();
    entry->set_subject(PrintableText(signer.subject));
    entry->set_issuer_and_serial(PrintableText(signer.issuer_and_serial));
    if (signer.sha256) entry->set_sha256(signer.sha256->hex());
    entry->set_trusted(signer.trusted);
    entry->set_revoked(signer.revoked);
    entry->set_origin(PrintableText(signer.origin));
  }
}

VeritySignature DecodeSignature(const v1::VeritySignature& in,
                                absl::Status& status) {
  VeritySignature signature;
  DecodeHex(in.root_hash(), signature.root_hash, status);
  signature.pkcs7_der = in.pkcs7();
  if (in.has_claims()) signature.claims = DecodeClaims(in.claims(), status);
  return signature;
}

}  // namespace extgate
