#include "engine/pcr/signed_policy.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/filesystem_fixture.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(SignedPolicy, SetsOfRegisters) {
  EXPECT_EQ(*ParsePcrSet("13"), PcrSet({13}));
  EXPECT_EQ(*ParsePcrSet("13+11"), PcrSet({11, 13}));
  EXPECT_EQ(*ParsePcrSet("0,7"), PcrSet({0, 7}));
  EXPECT_EQ(PcrSetText({13, 11}), "11+13");
  for (const char* bad :
       {"", "+", "11+", "24", "-1", "a", "11+11", "007", "1 "}) {
    EXPECT_FALSE(ParsePcrSet(bad).ok()) << bad;
  }
}

// Of the three images of the stub, and by tpm2_policypcr of a TPM of swtpm,
// where `hello` was extended into 11 and `world` into 13.
TEST(SignedPolicy, DigestsOfOthers) {
  const auto pcr = [](const char* hex) { return absl::HexStringToBytes(hex); };
  const std::string none(32, '\0');
  const std::string of_11 =
      pcr("9851312028952521510e8eaab5be94e7dc24b5fc292b2e9781173cf11ffa9878");
  const std::string of_13 =
      pcr("91e4b42e70693c15589cd7f152b57af57e17540736fe47afb86115ec3174283b");
  const auto digest = [](PcrBank bank,
                         const std::map<int, std::string>& values) {
    return absl::BytesToHexString(PcrPolicyDigest(bank, values));
  };
  EXPECT_EQ(digest(PcrBank::kSha256, {{11, of_11}, {13, of_13}}),
            "9c9df110100f532e027158a27a5a9c082e51eeeedd27389922401d181452bbbb");
  EXPECT_EQ(
      digest(PcrBank::kSha256,
             {{0, none}, {7, none}, {11, of_11}, {13, of_13}, {23, none}}),
      "a12372b1619d74cf4aff75938a18508394fe28099e27ceb31859b08630361651");
  EXPECT_EQ(digest(PcrBank::kSha1,
                   {{11, pcr("00629997206c7d587b4ed79aabc3db58c32e1492")}}),
            "35f5a763f7a6f39cc23ad0af67357233bf9d3465d21c2c9749fb5c4d45c9321b");
  EXPECT_EQ(
      digest(PcrBank::kSha256,
             {{13, pcr("4e464c2f0b259dc98fe2a1a6d1d1bd05a82dcb5325a8a61e6f3aeb"
                       "c50aee0b16")}}),
      "5b2284c8bc6df6d017982f8e92f31672245b02fda94f9fa90702887fb5ab1fc1");
}

SignedPolicy Policy(PcrSet pcrs, char key, char digest) {
  return {PcrBank::kSha256, std::move(pcrs), std::string(32, key),
          std::string(32, digest), "signature"};
}

TEST(SignedPolicy, WhatIsAddedIsRead) {
  const std::vector<SignedPolicy> policies = {Policy({13}, 'k', 'a'),
                                              Policy({11, 13}, 'l', 'b')};
  const auto json = AddSignedPolicies("", policies);
  ASSERT_TRUE(json.ok()) << json.status();
  const auto again = ReadSignedPolicies(*json);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(*again == policies);
  EXPECT_EQ(*json, R"({
 "sha256": [
  {
   "pcrs": [
    13
   ],
   "pkfp": ")" + absl::BytesToHexString(std::string(32, 'k')) +
                       R"(",
   "pol": ")" + absl::BytesToHexString(std::string(32, 'a')) +
                       R"(",
   "sig": "c2lnbmF0dXJl"
  },
  {
   "pcrs": [
    11,
    13
   ],
   "pkfp": ")" + absl::BytesToHexString(std::string(32, 'l')) +
                       R"(",
   "pol": ")" + absl::BytesToHexString(std::string(32, 'b')) +
                       R"(",
   "sig": "c2lnbmF0dXJl"
  }
 ]
}
)");
  EXPECT_EQ(*AddSignedPolicies(*json, policies), *json);
}

// Of those a machine takes the first.
TEST(SignedPolicy, ANewSignatureComesBeforeThoseOfTheFile) {
  SignedPolicy good = Policy({13}, 'k', 'a');
  SignedPolicy bad = good;
  bad.signature = "bad";
  const SignedPolicy first = Policy({13}, 'k', 'x');
  const SignedPolicy last = Policy({13}, 'l', 'a');
  const auto added = [](const std::vector<SignedPolicy>& before,
                        const std::vector<SignedPolicy>& more) {
    return *ReadSignedPolicies(
        *AddSignedPolicies(*AddSignedPolicies("", before), more));
  };
  using Policies = std::vector<SignedPolicy>;
  const Policies mended = {first, good, bad, last};
  EXPECT_EQ(added({first, bad, last}, {good}), mended);
  EXPECT_EQ(added({first, bad, good, last}, {good}), mended);
  EXPECT_EQ(added(mended, {good}), mended);
  // What is given first counts for more than what is given later.
  EXPECT_EQ(added({first, bad, last}, {good, first, bad, last}), mended);
  EXPECT_EQ(added({}, {first, good, bad, last}), mended);
  // Fields that are not known here go with their statement.
  std::string odd = *AddSignedPolicies("", {{bad}});
  odd.insert(odd.find("\"pcrs\""), "\"any\": \"thing\",");
  const std::string both = *AddSignedPolicies(odd, {{good}});
  EXPECT_GT(both.find("\"any\": \"thing\""),
            both.find(absl::Base64Escape(good.signature)));
}

TEST(SignedPolicy, NothingOfAFileIsDropped) {
  const std::string pkfp(64, '1');
  const std::string pol(64, '2');
  const std::string before = absl::StrCat(
      R"({"sm3_256":[{"any":"thing"}],"sha1":[{"pcrs":[11],"pkfp":")", pkfp,
      R"(","pol":")", pol, R"(","sig":"QUJD","ref":"later"}]})");
  const auto json = AddSignedPolicies(before, {{Policy({13}, 'k', 'a')}});
  ASSERT_TRUE(json.ok()) << json.status();
  for (const char* kept : {"sm3_256", "\"any\": \"thing\"",
                           "\"ref\": \"later\"", "QUJD", "\"sha256\""}) {
    EXPECT_TRUE(absl::StrContains(*json, kept)) << kept;
  }
  EXPECT_EQ(ReadSignedPolicies(*json)->size(), 2u);
}

// What systemd-measure of 262 writes with --policyref=initrd.
TEST(SignedPolicy, AReferenceIsKept) {
  const auto bytes = ReadHostFile("testdata/pcr/nvpcr.signature");
  const std::string theirs(bytes.begin(), bytes.end());
  const auto policies = ReadSignedPolicies(theirs);
  ASSERT_TRUE(policies.ok()) << policies.status();
  ASSERT_EQ(policies->size(), 1u);
  EXPECT_EQ(policies->front().reference, "initrd");
  EXPECT_EQ(*AddSignedPolicies("", *policies), *AddSignedPolicies(theirs, {}));
}

TEST(SignedPolicy, WithAReferenceItIsAnother) {
  const SignedPolicy plain = Policy({11}, 'k', 'a');
  SignedPolicy of_initrd = plain;
  of_initrd.reference = "initrd";
  const auto json = AddSignedPolicies("", {{of_initrd, plain, of_initrd}});
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_TRUE(absl::StrContains(*json, "\"ref\": \"initrd\"")) << *json;
  EXPECT_EQ(*ReadSignedPolicies(*json),
            (std::vector<SignedPolicy>{of_initrd, plain}));

  const std::string key(32, 'k');
  EXPECT_TRUE(MaySignFor({13}, key, {{of_initrd}}).ok());
  EXPECT_FALSE(MaySignFor({13}, key, {{of_initrd, plain}}).ok());
}

TEST(SignedPolicy, OtherShapesAreErrors) {
  const std::string ok64(64, '1');
  const auto entry = [&](const std::string& pcrs, const std::string& pkfp,
                         const std::string& pol, const std::string& sig) {
    return absl::StrCat(R"({"sha256":[{"pcrs":)", pcrs, R"(,"pkfp":")", pkfp,
                        R"(","pol":")", pol, R"(","sig":)", sig, "}]}");
  };
  ASSERT_TRUE(ReadSignedPolicies(entry("[13]", ok64, ok64, R"("QUJD")")).ok());
  const struct {
    const char* name;
    std::string json;
    const char* why;
  } kCases[] = {
      {"no JSON", "hello", "not a file of signatures"},
      {"empty", "", "not a file of signatures"},
      {"an array", "[]", "not a file of signatures"},
      {"a bank that is no list", R"({"sha256":{}})", "sha256: it is no list"},
      {"an unknown one", R"({"x":1})", "x: it is no list"},
      {"no object", R"({"sha256":[1]})", "sha256[0]: it is no object"},
      {"two that are no lists", R"({"b":1,"sha1":[],"a":{}})", "a: it is no"},
      {"no registers", R"({"sha256":[{}]})", "`pcrs` is no list"},
      {"a register below 0", entry("[-1]", ok64, ok64, R"("QUJD")"), "`pcrs`"},
      {"register 24", entry("[24]", ok64, ok64, R"("QUJD")"), "`pcrs`"},
      {"half a register", entry("[1.5]", ok64, ok64, R"("QUJD")"), "`pcrs`"},
      {"one twice", entry("[1,1]", ok64, ok64, R"("QUJD")"), "`pcrs`"},
      {"a word", entry(R"(["1"])", ok64, ok64, R"("QUJD")"), "`pcrs`"},
      {"a short key", entry("[13]", "11", ok64, R"("QUJD")"), "`pkfp`"},
      {"no hex", entry("[13]", ok64, std::string(64, 'g'), R"("QUJD")"),
       "`pol`"},
      {"no signature", entry("[13]", ok64, ok64, R"("")"), "`sig`"},
      {"no base64", entry("[13]", ok64, ok64, R"("***")"), "`sig`"},
      {"a number", entry("[13]", ok64, ok64, "3"), "`sig`"},
      {"a reference", entry("[13]", ok64, ok64, R"("QUJD","ref":1)"), "`ref`"},
  };
  for (const auto& c : kCases) {
    const auto policies = ReadSignedPolicies(c.json);
    EXPECT_EQ(policies.status().code(), absl::StatusCode::kInvalidArgument)
        << c.name;
    EXPECT_TRUE(absl::StrContains(policies.status().message(), c.why))
        << c.name << ": " << policies.status();
  }
}

TEST(SignedPolicy, OneKeySignsForOneSet) {
  const std::string key(32, 'k');
  const SignedPolicy before[] = {Policy({11}, 'k', 'a')};
  EXPECT_TRUE(MaySignFor({11}, key, before).ok());
  EXPECT_TRUE(MaySignFor({11, 13}, std::string(32, 'l'), before).ok());
  EXPECT_TRUE(MaySignFor({11, 13}, key, {}).ok());
  const absl::Status status = MaySignFor({11, 13}, key, before);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "11+13"));
}

}  // namespace
}  // namespace extgate
