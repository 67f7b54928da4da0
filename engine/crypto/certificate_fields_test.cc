// Our reading of certificates and names against OpenSSL's.
#include "engine/crypto/certificate_fields.h"

#include <openssl/x509.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/der.h"
#include "engine/crypto/name_text.h"
#include "engine/crypto/testing/ssl_ptr.h"
#include "engine/crypto/testing/test_signer.h"
#include "engine/image/byte_cursor.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using NamePtr = SslOwner<X509_NAME, X509_NAME_free>;

std::string OpensslText(const X509_NAME& name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  EXPECT_GE(X509_NAME_print_ex(bio.get(), &name, 0, XN_FLAG_RFC2253), 0);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// What one of OpenSSL's i2d functions writes; empty where it cannot.
template <auto kEncode, typename T>
std::string DerOf(const T& value) {
  unsigned char* bytes = nullptr;
  const int size = kEncode(&value, &bytes);
  const SslBytesPtr owner(bytes);
  if (size <= 0) return "";
  return std::string(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
}

std::string DerOfName(const X509_NAME& name) {
  return DerOf<i2d_X509_NAME>(name);
}

// nullptr unless OpenSSL reads one certificate and nothing else.
X509Ptr OpensslCertificate(const std::string& der) {
  const unsigned char* cursor = BytesOf(der).data();
  X509Ptr x509(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  ERR_clear_error();
  return cursor == BytesOf(der).data() + der.size() ? std::move(x509) : nullptr;
}

// Every attribute that has a name here, by OpenSSL's number of it.
constexpr int kTypes[] = {
    NID_commonName,
    NID_surname,
    NID_serialNumber,
    NID_countryName,
    NID_localityName,
    NID_stateOrProvinceName,
    NID_streetAddress,
    NID_organizationName,
    NID_organizationalUnitName,
    NID_title,
    NID_description,
    NID_businessCategory,
    NID_postalCode,
    NID_givenName,
    NID_initials,
    NID_dnQualifier,
    NID_pseudonym,
    NID_organizationIdentifier,
    NID_userId,
    NID_domainComponent,
    NID_pkcs9_emailAddress,
    NID_jurisdictionLocalityName,
    NID_jurisdictionStateOrProvinceName,
    NID_jurisdictionCountryName,
};

// Adds an attribute to the last part of the name, or as a part of its own;
// false where OpenSSL refuses it.
bool Add(X509_NAME& name, const ASN1_OBJECT* type, int string_type,
         const std::string& value, bool same_part) {
  return X509_NAME_add_entry_by_OBJ(
             &name, type, string_type, BytesOf(value).data(),
             static_cast<int>(value.size()), -1, same_part ? -1 : 0) == 1;
}

TEST(NameTextTest, AgreesWithOpensslOnEveryTypeItNames) {
  for (const int type : kTypes) {
    const NamePtr name(X509_NAME_new());
    ASSERT_TRUE(Add(*name, OBJ_nid2obj(type), V_ASN1_UTF8STRING, "ab", false));
    EXPECT_EQ(NameText(BytesOf(DerOfName(*name))), OpensslText(*name));
  }
}

TEST(NameTextTest, AgreesWithOpensslOnRandomNames) {
  StartCrypto();
  std::mt19937 random(7);
  const int strings[] = {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING,
                         V_ASN1_T61STRING,  V_ASN1_IA5STRING,
                         V_ASN1_BMPSTRING,  V_ASN1_UNIVERSALSTRING,
                         V_ASN1_BIT_STRING};
  const std::string characters =
      absl::StrCat(" #,+\"\\<>;=abc\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                   std::string(1, '\0'));
  int read = 0;
  for (int round = 0; round < 20000; ++round) {
    const NamePtr name(X509_NAME_new());
    const int entries = random() % 4;
    for (int i = 0; i < entries; ++i) {
      std::string value;
      for (size_t n = random() % 9; n > 0; --n) {
        value += characters[random() % characters.size()];
      }
      // OpenSSL 3.0 leaves a value that is `#` alone as it is, wide or not.
      if (value.size() <= 4 && absl::EndsWith(value, "#")) continue;
      Add(*name, OBJ_nid2obj(kTypes[random() % std::size(kTypes)]),
          strings[random() % std::size(strings)], value, random() % 3 == 0);
    }
    // As OpenSSL reads it back: text in a wrong encoding is no name.
    const std::string der = DerOfName(*name);
    const unsigned char* cursor = BytesOf(der).data();
    const NamePtr again(
        d2i_X509_NAME(nullptr, &cursor, static_cast<long>(der.size())));
    const std::optional<std::string> ours = NameText(BytesOf(der));
    if (ours.has_value()) {
      ++read;
      ASSERT_NE(again, nullptr) << *ours;
      EXPECT_EQ(*ours, OpensslText(*again));
    } else if (again != nullptr) {
      ADD_FAILURE() << OpensslText(*again) << " "
                    << absl::BytesToHexString(der);
    }
  }
  EXPECT_GT(read, 5000);
}

TEST(NameTextTest, ATypeWithoutANameIsInHex) {
  const NamePtr name(X509_NAME_new());
  const SslOwner<ASN1_OBJECT, ASN1_OBJECT_free> type(
      OBJ_txt2obj("2.999.300.1", 1));
  ASSERT_TRUE(Add(*name, type.get(), V_ASN1_UTF8STRING, "ab", false));
  EXPECT_EQ(NameText(BytesOf(DerOfName(*name))), "2.999.300.1=#0C026162");
  EXPECT_EQ(NameText(BytesOf(DerOfName(*name))), OpensslText(*name));
}

TEST(NameTextTest, ALongNameIsCut) {
  const NamePtr name(X509_NAME_new());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Add(*name, OBJ_nid2obj(NID_organizationName), V_ASN1_UTF8STRING,
                    std::string(64, 'a'), false));
  }
  const std::optional<std::string> text = NameText(BytesOf(DerOfName(*name)));
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->size(), 1024u + 3);
}

TEST(IssuerAndSerialTextTest, Table) {
  const NamePtr name(X509_NAME_new());
  ASSERT_TRUE(
      Add(*name, OBJ_nid2obj(NID_commonName), V_ASN1_UTF8STRING, "CA", false));
  const std::string der = DerOfName(*name);
  const auto text = [&](const std::string& serial) {
    return IssuerAndSerialText(BytesOf(der), BytesOf(serial)).value_or("none");
  };
  EXPECT_EQ(text("\x07"), "CN=CA, serial 07");
  EXPECT_EQ(text(std::string("\0\xff", 2)), "CN=CA, serial ff");
  EXPECT_EQ(text(std::string("\0", 1)), "CN=CA, serial 00");
  EXPECT_EQ(text(std::string(65, 'a')), "CN=CA, serial too long to show");
  EXPECT_EQ(IssuerAndSerialText(BytesOf("\x04\x01x"), BytesOf("x")),
            std::nullopt);
}

// What is read as a certificate OpenSSL reads as one, and finds the same in it;
// the certificate itself is read.
TEST(CertificateFieldsTest, WithEveryBitFlippedItAgreesWithOpenssl) {
  const TestSigner rsa({"rsa", "Some CA", 0x1234567890, TestKey::kRsa2048});
  for (const TestSigner* signer : {&SharedTestSigner(), &rsa}) {
    std::string der = signer->certificate().der;
    ASSERT_TRUE(ReadCertificateFields(BytesOf(der)).has_value());
    int refused = 0;
    for (size_t bit = 0; bit < 8 * der.size(); ++bit) {
      der[bit / 8] ^= 1 << bit % 8;
      const auto fields = ReadCertificateFields(BytesOf(der));
      const X509Ptr x509 = OpensslCertificate(der);
      refused += x509 == nullptr;
      if (fields.has_value() && IsDer(BytesOf(der))) {
        EXPECT_NE(x509, nullptr) << "bit " << bit;
        if (x509 == nullptr) break;
        EXPECT_EQ(TextOf(fields->issuer),
                  DerOfName(*X509_get_issuer_name(x509.get())));
        EXPECT_EQ(TextOf(fields->serial),
                  DerOf<i2d_ASN1_INTEGER>(*X509_get0_serialNumber(x509.get())));
        // A type without a name is in hex, where OpenSSL may know one.
        if (absl::StartsWith(fields->subject, "CN=")) {
          EXPECT_EQ(fields->subject,
                    OpensslText(*X509_get_subject_name(x509.get())));
        }
      }
      der[bit / 8] ^= 1 << bit % 8;
    }
    EXPECT_GT(refused, 100);
  }
}

TEST(CertificateFieldsTest, WhatIsNoCertificate) {
  const std::string der = SharedTestSigner().certificate().der;
  EXPECT_FALSE(ReadCertificateFields({}).has_value());
  EXPECT_FALSE(ReadCertificateFields(BytesOf(der + '\0')).has_value());
  EXPECT_FALSE(ReadCertificateFields(BytesOf(der).subspan(4)).has_value());
  for (size_t size = 0; size < der.size(); ++size) {
    ASSERT_FALSE(ReadCertificateFields(BytesOf(der).first(size)).has_value());
  }
}

}  // namespace
}  // namespace extgate
