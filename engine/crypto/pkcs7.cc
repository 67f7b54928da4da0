// Way in: ParsePkcs7; the rest works on what it accepted.
#include "engine/crypto/pkcs7.h"

#include <climits>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/crypto/der.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

constexpr int kMaxSigners = 32;

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

std::string AlgorithmName(const X509_ALGOR& algorithm) {
  char name[80];
  const int size = OBJ_obj2txt(name, sizeof(name), algorithm.algorithm, 0);
  return size > 0 ? std::string(name) : "unknown";
}

// The encoding that a name was parsed from.
absl::string_view DerOf(X509_NAME& name) {
  const unsigned char* der = nullptr;
  size_t size = 0;
  if (X509_NAME_get0_der(&name, &der, &size) != 1) return "";
  return absl::string_view(reinterpret_cast<const char*>(der), size);
}

// Parameters say nothing in the algorithms that are accepted here.
bool HasParameters(const X509_ALGOR& algorithm) {
  return algorithm.parameter != nullptr &&
         ASN1_TYPE_get(algorithm.parameter) != V_ASN1_NULL;
}

int NidOf(const X509_ALGOR& algorithm) {
  return OBJ_obj2nid(algorithm.algorithm);
}

bool IsSha2(int nid) {
  return nid == NID_sha224 || nid == NID_sha256 || nid == NID_sha384 ||
         nid == NID_sha512;
}

// The type of key that `algorithm` speaks of together with `digest_nid`:
// EVP_PKEY_RSA or EVP_PKEY_EC; nullopt when it is another, or speaks of another
// digest.
std::optional<int> KeyType(const X509_ALGOR& algorithm, int digest_nid) {
  const int nid = NidOf(algorithm);
  if (HasParameters(algorithm)) return std::nullopt;
  if (nid == NID_rsaEncryption) return EVP_PKEY_RSA;
  if (nid == NID_X9_62_id_ecPublicKey) return EVP_PKEY_EC;
  int digest = NID_undef;
  int key = NID_undef;
  if (OBJ_find_sigid_algs(nid, &digest, &key) != 1 || digest != digest_nid) {
    return std::nullopt;
  }
  if (key == NID_rsaEncryption) return EVP_PKEY_RSA;
  if (key == NID_X9_62_id_ecPublicKey) return EVP_PKEY_EC;
  return std::nullopt;
}

absl::Status CheckSigner(const PKCS7_SIGNER_INFO& signer) {
  if (ASN1_INTEGER_get(signer.version) != 1) {
    return Invalid("a signer's version is not 1");
  }
  const X509_ALGOR& digest = *signer.digest_alg;
  if (!IsSha2(NidOf(digest)) || HasParameters(digest)) {
    return Invalid(absl::StrCat("digest ", AlgorithmName(digest),
                                " is not of the SHA-2 family"));
  }
  if (!KeyType(*signer.digest_enc_alg, NidOf(digest))) {
    return Invalid(absl::StrCat("signature algorithm ",
                                AlgorithmName(*signer.digest_enc_alg),
                                " is not read here"));
  }
  return absl::OkStatus();
}

// Frees the filters of a chain in front of `last`, which stays.
void FreeUpTo(BIO* chain, const BIO* last) {
  while (chain != nullptr && chain != last) {
    BIO* const next = BIO_pop(chain);
    BIO_free(chain);
    chain = next;
  }
}

absl::Status CheckDigests(const PKCS7_SIGNED& sign) {
  for (int i = 0; i < sk_X509_ALGOR_num(sign.md_algs); ++i) {
    const X509_ALGOR& digest = *sk_X509_ALGOR_value(sign.md_algs, i);
    if (!IsSha2(NidOf(digest)) || HasParameters(digest)) {
      return Invalid(absl::StrCat("digest ", AlgorithmName(digest),
                                  " is not of the SHA-2 family"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSignedData(PKCS7& pkcs7) {
  if (!PKCS7_type_is_signed(&pkcs7) || pkcs7.d.sign == nullptr) {
    return Invalid("the PKCS#7 is not signedData");
  }
  const PKCS7_SIGNED& sign = *pkcs7.d.sign;
  if (ASN1_INTEGER_get(sign.version) != 1) {
    return Invalid("the version of signedData is not 1");
  }
  if (sign.contents == nullptr || !PKCS7_type_is_data(sign.contents)) {
    return Invalid("the signed content is not of type data");
  }
  if (sign.contents->d.ptr != nullptr) {
    return Invalid("the signature carries content of its own");
  }
  const int signers = sk_PKCS7_SIGNER_INFO_num(sign.signer_info);
  if (signers <= 0) return Invalid("there is no signer");
  if (signers > kMaxSigners) {
    return Invalid(absl::StrCat("there are ", signers, " signers, more than ",
                                kMaxSigners));
  }
  return CheckDigests(sign);
}

// Reads one PKCS#7 at `*cursor` and moves it behind what was read. `context` is
// where OpenSSL looks for the keys of the certificates inside; nullptr: its
// default one. nullptr when it does not parse.
Pkcs7Ptr DecodePkcs7(const unsigned char** cursor, const unsigned char* end,
                     OSSL_LIB_CTX* context) {
  PKCS7* target = context != nullptr ? PKCS7_new_ex(context, nullptr) : nullptr;
  // Frees the target when it fails.
  return Pkcs7Ptr(d2i_PKCS7(target != nullptr ? &target : nullptr, cursor,
                            static_cast<long>(end - *cursor)));
}

// Splits off the certificates. What is left is read anew, since a PKCS#7
// computes with the algorithms of the context it was read in.
absl::StatusOr<SignedData> TakeApart(Pkcs7Ptr whole) {
  SignedData data;
  STACK_OF(X509)*& stack = whole->d.sign->cert;
  while (sk_X509_num(stack) > 0) {
    data.certificates.emplace_back(sk_X509_shift(stack));
  }
  sk_X509_free(stack);
  stack = nullptr;
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS7(whole.get(), &bytes);
  const SslBytesPtr owner(bytes);
  if (size <= 0) return Invalid("the PKCS#7 cannot be encoded again");
  const unsigned char* cursor = bytes;
  data.pkcs7 = DecodePkcs7(&cursor, bytes + size, nullptr);
  if (data.pkcs7 == nullptr) return Invalid("the PKCS#7 cannot be read again");
  return data;
}

}  // namespace

absl::StatusOr<SignedData> ParsePkcs7(absl::string_view der) {
  if (der.empty() || der.size() > INT_MAX) return Invalid("not a PKCS#7");
  const auto* cursor = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = cursor + der.size();
  Pkcs7Ptr whole = DecodePkcs7(&cursor, end, NoAlgorithms());
  if (whole == nullptr) return Invalid("not a PKCS#7");
  if (cursor != end) {
    return Invalid(
        absl::StrCat(end - cursor, " bytes follow the end of the PKCS#7"));
  }
  if (absl::Status status = CheckSignedData(*whole); !status.ok()) {
    return status;
  }
  // d2i takes BER too, in which one signature has many forms.
  if (!IsDer(BytesOf(der))) {
    return Invalid("the PKCS#7 is not in DER");
  }
  for (PKCS7_SIGNER_INFO* signer : SignersOf(*whole)) {
    if (absl::Status status = CheckSigner(*signer); !status.ok()) {
      return status;
    }
  }
  return TakeApart(std::move(whole));
}

std::vector<PKCS7_SIGNER_INFO*> SignersOf(PKCS7& pkcs7) {
  STACK_OF(PKCS7_SIGNER_INFO)* const stack = PKCS7_get_signer_info(&pkcs7);
  std::vector<PKCS7_SIGNER_INFO*> signers;
  for (int i = 0; i < sk_PKCS7_SIGNER_INFO_num(stack); ++i) {
    signers.push_back(sk_PKCS7_SIGNER_INFO_value(stack, i));
  }
  return signers;
}

bool Names(const PKCS7_SIGNER_INFO& signer, const X509& x509) {
  const PKCS7_ISSUER_AND_SERIAL& name = *signer.issuer_and_serial;
  return ASN1_INTEGER_cmp(name.serial, X509_get0_serialNumber(&x509)) == 0 &&
         DerOf(*name.issuer) == DerOf(*X509_get_issuer_name(&x509));
}

std::vector<X509*> EmbeddedCertificates(const SignedData& data,
                                        const PKCS7_SIGNER_INFO& signer) {
  std::vector<X509*> found;
  for (const X509Ptr& x509 : data.certificates) {
    if (Names(signer, *x509)) found.push_back(x509.get());
  }
  return found;
}

bool MadeSignature(PKCS7& pkcs7, PKCS7_SIGNER_INFO& signer, X509& x509,
                   absl::string_view content) {
  const EVP_PKEY* const key = X509_get0_pubkey(&x509);
  if (key == nullptr ||
      KeyType(*signer.digest_enc_alg, NidOf(*signer.digest_alg)) !=
          EVP_PKEY_get_base_id(key)) {
    return false;
  }
  const BioPtr in = ReadOnlyBio(content);
  if (in == nullptr) return false;
  BIO* const chain = PKCS7_dataInit(&pkcs7, in.get());
  if (chain == nullptr) return false;
  char buffer[4096];
  while (BIO_read(chain, buffer, sizeof(buffer)) > 0) {
  }
  const bool verified =
      PKCS7_signatureVerify(chain, &pkcs7, &signer, &x509) == 1;
  FreeUpTo(chain, in.get());
  return verified;
}

bool VerifiesWith(PKCS7& pkcs7, const std::vector<X509*>& certificates,
                  absl::string_view content) {
  const BioPtr in = ReadOnlyBio(content);
  const X509StackPtr stack(sk_X509_new_null());
  if (in == nullptr || stack == nullptr) return false;
  for (X509* x509 : certificates) {
    if (sk_X509_push(stack.get(), x509) <= 0) return false;
  }
  return PKCS7_verify(&pkcs7, stack.get(), nullptr, in.get(), nullptr,
                      PKCS7_NOINTERN | PKCS7_NOVERIFY) == 1;
}

}  // namespace extgate
