// Every reason code, from bytes to what is offered: offers that hold when they
// are written down, or what to do instead.
#include "engine/remedy/explanation.h"

#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/image_builder.h"
#include "engine/looks.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/one_image.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kRelease[] = "/usr/lib/extension-release.d/extension-release.x";

struct Row {
  std::string name;
  ReasonCode code;
  std::function<void(FakeHost&)> offer;  // one image
  std::string policy = "";               // keys beside `trust`
  // Offers, "change-release+sign"; none: advice on `code`.
  std::vector<std::string> offers = {};
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

void PutOfAnotherName(FakeHost& host) {
  const std::string tree = NewTemporaryPath("tree");
  const std::string release =
      tree + "/usr/lib/extension-release.d/extension-release.inside";
  WriteSourceFile(release, "ID=_any\n");
  SetSourceXattr(release, "user.extension-release.strict", "0");
  TestImage image = GoodImage();
  image.data = ErofsFromTree(tree);
  OfferBuilt(host, image);
}

std::string VendorPrint() {
  return absl::StrCat("sha256:", Vendor().certificate().sha256.hex());
}

std::string DenyOf(const std::string& match) {
  return absl::StrCat("  rules:\n    - id: r\n      match: {", match,
                      "}\n      verdict: deny\n      reason: CVE-1\n");
}

const char* const kSignOrRule[] = {"sign", "add-rule"};

std::vector<Row> Denials() {
  using R = ReasonCode;
  const std::vector<std::string> sign_or_rule(std::begin(kSignOrRule),
                                              std::end(kSignOrRule));
  return {
      {"Unsigned", R::kUnsigned,
       With([](TestImage& image) { image.signer = nullptr; }), "",
       sign_or_rule},
      {"Bare", R::kUnsigned,
       [](FakeHost& host) {
         host.Offer(kOneImagePath, Text(ErofsOf(kOneImageName)));
       },
       "", sign_or_rule},
      {"SignatureInvalid", R::kSignatureInvalid, With([](TestImage& image) {
         image.signed_content = std::string(64, '0');
       })},
      {"SignerUntrusted",
       R::kSignerUntrusted,
       With([](TestImage& image) { image.signer = &Stranger(); }),
       "",
       {"sign", "add-rule", "add-certificate"}},
      {"SignerUntrustedWithoutCertificate", R::kSignerUntrusted,
       With([](TestImage& image) {
         image.signer = &Stranger();
         image.signature.embed_certificate = false;
       }),
       "", sign_or_rule},
      {"SignerUntrustedUsrOnly",
       R::kSignerUntrusted,
       [](FakeHost& host) {
         host.Offer(kOneImagePath,
                    ImageOf(kOneImageName, &Stranger(), Designator::kUsr));
       },
       "",
       {"sign", "add-rule", "add-certificate"}},
      {"SignerRevoked", R::kSignerRevoked,
       [](FakeHost& host) {
         OfferGood(host);
         host.AddPolicy(
             absl::StrCat("extension_policy:\n  trust:\n    revoked: [\"",
                          VendorPrint(), "\"]\n"));
       }},
      {"SignerExpired",
       R::kSignerExpired,
       [](FakeHost& host) {
         OfferGood(host);
         host.AddPolicy(
             "extension_policy: {trust: {require_unexpired: true}}\n");
         host.facts.date = UtcTime::FromSeconds(
             Vendor().certificate().not_after->seconds() + 1);
       },
       "",
       {"add-rule"}},
      {"RootHashMismatch", R::kRootHashMismatch, With([](TestImage& image) {
         image.data_uuid = "00000000-0000-4000-8000-000000000001";
       })},
      {"ImagePolicy",
       R::kImagePolicy,
       [](FakeHost& host) {
         host.Offer(kOneImagePath,
                    ImageOf(kOneImageName, &Vendor(), Designator::kUsr));
       },
       "  image_policy: root=signed+absent:usr=absent\n",
       {"add-rule"}},
      {"DeniedByRule",
       R::kDeniedByRule,
       OfferGood,
       DenyOf("name: [x]"),
       {"remove-rule"}},
      {"DeniedAmongOthers",
       R::kDeniedByRule,
       OfferGood,
       DenyOf("name: [y, x], class: [sysext]"),
       {"narrow-rule", "remove-rule"}},
      {"NoMatchingRule",
       R::kNoMatchingRule,
       OfferGood,
       "  default: deny\n",
       {"add-rule"}},
      {"NoMatchingRuleButOfASigner",
       R::kNoMatchingRule,
       With([](TestImage& image) { image.signer = &Stranger(); }),
       absl::StrCat("  default: deny\n  rules:\n    - id: r\n      match: "
                    "{signer: [\"",
                    VendorPrint(), "\"]}\n      verdict: allow\n"),
       {"sign", "add-rule"}},
      {"VersionOutOfRange",
       R::kVersionOutOfRange,
       OfferGood,
       "  rules:\n    - id: r\n      match: {name: [\"*\"], version: "
       "\">=1\"}\n      verdict: allow\n",
       {"add-rule"}},
      {"DigestMismatch",
       R::kDigestMismatch,
       OfferGood,
       absl::StrCat("  rules:\n    - id: r\n      match: {name: [x], "
                    "root_hash: [\"",
                    std::string(64, '0'), "\"]}\n      verdict: allow\n"),
       {"add-rule"}},
      {"NameMismatch",
       R::kNameMismatch,
       PutOfAnotherName,
       "",
       {"rename-file", "change-release+sign"}},
      {"NameThatIsNone", R::kNameMismatch,
       [](FakeHost& host) {
         host.Offer("/src/...raw", ImageOf(kOneImageName, &Vendor()));
       }},
      {"ForbiddenContent",
       R::kForbiddenContent,
       Holding({{kRelease, "ID=_any\n"},
                {"/usr/lib/extgate/policy.d/99.yaml", "x"}}),
       "",
       {"remove-files+sign"}},
  };
}

std::vector<Row> Others() {
  using R = ReasonCode;
  return {
      {"NotADiskImage", R::kNotADiskImage,
       [](FakeHost& host) {
         host.Offer(kOneImagePath, std::string(1 << 16, 'n'));
       }},
      {"PartitionTableInvalid", R::kPartitionTableInvalid,
       Flipped([](const BuiltImage&) { return 512 + 24; })},
      {"LayoutAmbiguous",
       R::kLayoutAmbiguous,
       With([](TestImage& image) {
         image.more = {TestPartition()};
         image.more[0].type_guid = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
         image.more[0].content = Bytes(4096);
       }),
       "",
       {"one-layout+sign", "one-layout+sign"}},
      {"LayoutWithoutData", R::kLayoutAmbiguous, With([](TestImage& image) {
         image.verity_architecture = Architecture::kArm64;
         image.architecture = Architecture::kArm64;
         image.more = {TestPartition()};
         image.more[0].type_guid = "11111111-2222-4333-8444-555555555555";
         image.more[0].content = Bytes(4096);
       })},
      {"VerityCorruptPayload",
       R::kVerityCorrupt,
       Flipped([](const BuiltImage& image) {
         return image.data.offset + image.data.size - 1;
       }),
       "",
       {"good-copy"}},
      {"VerityCorruptTree",
       R::kVerityCorrupt,
       Flipped([](const BuiltImage& image) { return image.verity.offset; }),
       "",
       {"good-copy"}},
      {"FilesystemUnsupported", R::kFilesystemUnsupported,
       With([](TestImage& image) { image.data = Bytes(4096); })},
      {"ReleaseMissing",
       R::kReleaseMissing,
       Holding({{"/usr/share/x", "x"}}),
       "",
       {"change-release+sign"}},
      {"ReleaseOfTheHost",
       R::kReleaseMissing,
       Holding(
           {{kRelease, "ID=_any\n"}, {"/usr/lib/os-release", "ID=debian\n"}}),
       "",
       {"remove-files+sign"}},
      {"WrongEntry",
       R::kWrongEntry,
       OfferGood,
       "  entries:\n    - match: x\n      entries: [passive]\n",
       {"add-entry"}},
      {"WrongEntryAndStranger",
       R::kWrongEntry,
       With([](TestImage& image) { image.signer = &Stranger(); }),
       "  entries:\n    - match: x\n      entries: [passive]\n",
       {"sign+add-entry", "add-rule+add-entry", "add-entry+add-certificate"}},
      {"WrongEntryOfUnknown", R::kWrongEntry,
       [](FakeHost& host) {
         OfferGood(host);
         host.facts.entry = "";
       },
       "  entries:\n    - match: x\n      entries: [passive]\n"},
      {"ReleaseMismatch",
       R::kReleaseMismatch,
       Holding({{kRelease, "ID=haiku\n"}}),
       "",
       {"other-build", "change-release+sign"}},
      {"WrongArchitecture",
       R::kWrongArchitecture,
       With(
           [](TestImage& image) { image.architecture = Architecture::kArm64; }),
       "",
       {"other-build"}},
      {"WrongScope",
       R::kWrongScope,
       Holding({{kRelease, "ID=_any\nSYSEXT_SCOPE=initrd\n"}}),
       "",
       {"change-release+sign"}},
      {"Unreadable", R::kUnreadable,
       [](FakeHost& host) {
         OfferGood(host);
         host.unreadable_files = {kOneImagePath};
       }},
  };
}

std::vector<Row> Rows() {
  std::vector<Row> rows = Denials();
  for (Row& row : Others()) rows.push_back(std::move(row));
  return rows;
}

Explanation MustExplain(FakeHost& host) {
  auto explained = Explain(host.ports(), host.candidates, host);
  for (const Diagnostic& diagnostic : explained.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic);
  }
  return std::move(explained.value).value_or(Explanation());
}

std::string KindsOf(const Offer& offer) {
  return absl::StrJoin(offer.edits, "+",
                       [](std::string* out, const Edit& edit) {
                         absl::StrAppend(out, ToWord(edit.kind));
                       });
}

std::vector<std::string> KindsOf(const Remedies& remedies) {
  std::vector<std::string> kinds;
  for (const Offer& offer : remedies.offers) kinds.push_back(KindsOf(offer));
  return kinds;
}

const Offer& OfferOf(const Remedies& remedies, const std::string& kinds) {
  for (const Offer& offer : remedies.offers) {
    if (KindsOf(offer) == kinds) return offer;
  }
  ADD_FAILURE() << "no offer " << kinds;
  static const auto& none = *new Offer();
  return none;
}

// Writes what the offer says to its place.
void Write(const Offer& offer, FakeHost& host) {
  host.policy_texts.push_back({offer.added.path, offer.added.authority,
                               SourceKind::kPolicyFile, offer.added.text});
}

class ExplanationRowTest : public testing::TestWithParam<Row> {};

TEST_P(ExplanationRowTest, OffersWhatTurnsItOrSaysWhatElseToDo) {
  const Row& row = GetParam();
  FakeHost host = HostWith(row.policy);
  row.offer(host);
  const Explanation explanation = MustExplain(host);
  ASSERT_THAT(explanation.now.images, SizeIs(1));
  EXPECT_THAT(Codes(explanation.now.images[0]), Contains(row.code));
  ASSERT_THAT(explanation.remedies, SizeIs(1));
  const Remedies& remedies = explanation.remedies[0];
  EXPECT_EQ(KindsOf(remedies), row.offers);
  EXPECT_EQ(remedies.trouble, "");
  if (row.offers.empty()) {
    EXPECT_THAT(remedies.advice, Contains(Field(&Advice::code, row.code)));
  }
  // What is written where it is said to be turns the verdict on a machine that
  // knows nothing of trials.
  for (const Offer& offer : remedies.offers) {
    bool of_policy = true;
    for (const Edit& edit : offer.edits) of_policy &= AddsPolicy(edit.kind);
    if (!of_policy) continue;
    FakeHost mended = host;
    Write(offer, mended);
    Looks looks(mended.candidates, mended, mended);
    const LoadedPolicy loaded = LoadPolicy(mended.ports());
    const Report report =
        Check(mended.ports(), mended.facts, loaded, looks, Mode::kEnforcing);
    // `check` does not read every byte unless a rule asks for it.
    EXPECT_EQ(report.images[0].verdict, Verdict::kAllow) << offer.added.text;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExplanationRowTest, testing::ValuesIn(Rows()),
                         [](const auto& parameter) {
                           return parameter.param.name;
                         });

TEST(ExplanationTest, EveryCodeOfTheRegistryHasARowAndAdvice) {
  const std::vector<Row> rows = Rows();
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    EXPECT_NE(AdviceOn(code), "") << word;
    // Said by the plan, never by a decision about the image alone.
    if (code == ReasonCode::kBypass) continue;
    if (code == ReasonCode::kRequiredMissing) continue;
    EXPECT_THAT(rows, Contains(Field(&Row::code, code))) << word;
  }
}

TEST(ExplanationTest, AnAllowedImageNeedsNothing) {
  FakeHost host = HostWith("");
  OfferGood(host);
  const Explanation explanation = MustExplain(host);
  EXPECT_EQ(explanation.now.images[0].verdict, Verdict::kAllow);
  EXPECT_EQ(explanation.now.outcome, Outcome::kOk);
  EXPECT_THAT(explanation.remedies[0].offers, IsEmpty());
  EXPECT_THAT(explanation.remedies[0].advice, IsEmpty());
}

TEST(ExplanationTest, WhatIsNotListenedToUnderAFloorIsForTheVendor) {
  FakeHost host = HostWith("  mode_floor: enforcing\n");
  With([](TestImage& image) { image.signer = &Stranger(); })(host);
  const Remedies remedies = MustExplain(host).remedies[0];
  EXPECT_THAT(KindsOf(remedies),
              ElementsAre("sign", "add-rule", "add-certificate"));
  for (const char* kinds : {"add-rule", "add-certificate"}) {
    Offer offer = OfferOf(remedies, kinds);
    EXPECT_EQ(offer.added.authority, Authority::kVendor);
    EXPECT_EQ(offer.added.path, "/usr/lib/extgate/policy.d/90-x.yaml");
    FakeHost mended = host;
    Write(offer, mended);
    EXPECT_EQ(MustExplain(mended).now.images[0].verdict, Verdict::kAllow);
    // As a local file it does nothing.
    offer.added.authority = Authority::kLocal;
    FakeHost ignored = host;
    Write(offer, ignored);
    EXPECT_EQ(MustExplain(ignored).now.images[0].verdict, Verdict::kDeny);
  }
}

TEST(ExplanationTest, WhereARuleNamesATrustSetOneMayBePutIntoIt) {
  FakeHost host = HostWith(
      "  default: deny\n  rules:\n    - id: r\n      match: {signer: [acme]}\n"
      "      verdict: allow\n");
  host.AddPolicy(
      "extension_policy: {trust: {sets: {acme: {files: [/a.crt]}}}}\n");
  host.trust_files["/a.crt"] = Vendor().certificate().pem;
  With([](TestImage& image) { image.signer = &Stranger(); })(host);
  const Remedies remedies = MustExplain(host).remedies[0];
  // Trusted everywhere is not in the set, so that would be no help here.
  EXPECT_THAT(KindsOf(remedies), ElementsAre("sign", "add-rule", "add-to-set"));
  const Offer offer = OfferOf(remedies, "add-to-set");
  EXPECT_THAT(offer.edits[0].what, HasSubstr("to the trust set `acme`"));
  EXPECT_THAT(offer.edits[0].what,
              HasSubstr(Stranger().certificate().sha256.hex()));
  FakeHost mended = host;
  Write(offer, mended);
  EXPECT_EQ(MustExplain(mended).now.images[0].verdict, Verdict::kAllow);
  // The same key, where only a rule trusts it.
  FakeHost in_set = host;
  in_set.policy_texts[0].text =
      "extension_policy: {default: deny, rules: [{id: r, match: {signer: "
      "[acme]}, verdict: allow}]}\n";
  const Remedies without = MustExplain(in_set).remedies[0];
  EXPECT_THAT(OfferOf(without, "sign").edits[0].what,
              HasSubstr("which rules trust that name the set `acme`"));
}

TEST(ExplanationTest, ALocalDenyMayBeTakenBackUnderAFloor) {
  FakeHost host = HostWith("  mode_floor: enforcing\n");
  host.AddPolicy(absl::StrCat("extension_policy:\n", DenyOf("name: [x]")),
                 Authority::kLocal);
  OfferGood(host);
  const Remedies remedies = MustExplain(host).remedies[0];
  ASSERT_THAT(KindsOf(remedies), ElementsAre("remove-rule"));
  const Edit& edit = remedies.offers[0].edits[0];
  EXPECT_THAT(edit.what, HasSubstr("`r` at policy-1.yaml:3:11 (local)"));
  EXPECT_THAT(edit.warning, HasSubstr("CVE-1"));
  host.policy_texts.pop_back();
  EXPECT_EQ(MustExplain(host).now.images[0].verdict, Verdict::kAllow);
}

TEST(ExplanationTest, TwoDenyRulesAreTakenBackTogether) {
  FakeHost host = HostWith(DenyOf("name: [x]"));
  host.AddPolicy(
      "extension_policy:\n  rules:\n    - id: s\n      match: {class: "
      "[sysext]}\n      verdict: deny\n");
  OfferGood(host);
  EXPECT_THAT(KindsOf(MustExplain(host).remedies[0]),
              ElementsAre("remove-rule+remove-rule"));
}

// By its root hash a build is denied; a new one would have another.
TEST(ExplanationTest, ANewBuildIsNoWayRoundADenyRule) {
  FakeHost host = HostWith("");
  With([](TestImage& image) { image.signer = nullptr; })(host);
  const std::string root_hash = MustExplain(host).now.images[0].root_hash;
  host.AddPolicy(
      absl::StrCat("extension_policy:\n",
                   DenyOf(absl::StrCat("root_hash: [\"", root_hash, "\"]"))));
  EXPECT_THAT(KindsOf(MustExplain(host).remedies[0]),
              ElementsAre("sign+remove-rule", "add-rule+remove-rule"));
}

TEST(ExplanationTest, NothingIsOfferedForBrokenBytesButAGoodCopy) {
  FakeHost host = HostWith("");
  const BuiltImage image = [] {
    TestImage strangers = GoodImage();
    strangers.signer = &Stranger();
    return BuildImage(strangers);
  }();
  Bytes bytes = image.bytes();
  bytes[image.data.offset + image.data.size - 1] ^= 1;
  host.Offer(kOneImagePath, Text(bytes));
  const Remedies remedies = MustExplain(host).remedies[0];
  EXPECT_THAT(remedies.offers, IsEmpty()) << "a good copy is a stranger's too";
  EXPECT_THAT(remedies.advice,
              ElementsAre(Field(&Advice::code, ReasonCode::kVerityCorrupt)));
}

TEST(ExplanationTest, TheCertificateIsTheStrangersOwn) {
  FakeHost host = HostWith("");
  With([](TestImage& image) { image.signer = &Stranger(); })(host);
  const Offer offer = OfferOf(MustExplain(host).remedies[0], "add-certificate");
  const Certificate& certificate = Stranger().certificate();
  ASSERT_THAT(offer.edits[0].addition.trust.certificates, SizeIs(1));
  EXPECT_EQ(offer.edits[0].addition.trust.certificates[0].value,
            certificate.pem);
  EXPECT_THAT(offer.edits[0].what, HasSubstr(certificate.sha256.hex()));
  EXPECT_THAT(offer.edits[0].warning, HasSubstr("everything that this key"));
}

TEST(ExplanationTest, ARuleNamesOneContentAndNeverANameAlone) {
  for (const Row& row : Rows()) {
    FakeHost host = HostWith(row.policy);
    row.offer(host);
    const Explanation explanation = MustExplain(host);
    for (const Offer& offer : explanation.remedies[0].offers) {
      const Policy added = Additions(offer.edits);
      for (const Rule& rule : added.rules) {
        EXPECT_EQ(rule.match.root_hashes.size() + rule.match.sha256.size(), 1u);
        EXPECT_THAT(rule.match.names, IsEmpty());
      }
    }
  }
}

TEST(ExplanationTest, WithoutTheRequiredPolicyAnOfferOpensNothingElse) {
  FakeHost host = HostWith("");
  host.policy_texts.clear();
  host.command_line = "extgate.policy_required";
  OfferGood(host);
  const Offer offer = OfferOf(MustExplain(host).remedies[0], "add-rule");
  EXPECT_THAT(offer.added.text, HasSubstr("default: deny"));
  Write(offer, host);
  EXPECT_EQ(MustExplain(host).now.images[0].verdict, Verdict::kAllow);
  host.candidates.clear();
  host.Offer("/src/y.raw", ImageOf("y", nullptr));
  EXPECT_EQ(MustExplain(host).now.images[0].verdict, Verdict::kDeny);
}

TEST(ExplanationTest, ABrokenPolicyIsSaidAndNothingDecided) {
  FakeHost host = HostWith("");
  host.AddPolicy("extension_policy: {mode: lenient}\n");
  OfferGood(host);
  const auto explained = Explain(host.ports(), host.candidates, host);
  EXPECT_FALSE(explained.value.has_value());
  EXPECT_THAT(explained.diagnostics, Not(IsEmpty()));
}

TEST(ExplanationTest, AReaderThatFailsOffersNothing) {
  FakeHost host = HostWith("");
  With([](TestImage& image) { image.signer = nullptr; })(host);
  MustExplain(host);
  const int calls = host.calls;
  // Confined runs of an unsigned image: its filesystem, then the search.
  int searched = 0;
  for (int call = 1; call <= calls; ++call) {
    host.calls = 0;
    host.fail_call = call;
    const Explanation explanation = MustExplain(host);
    if (explanation.remedies[0].trouble.empty()) continue;
    ++searched;
    EXPECT_THAT(explanation.remedies[0].offers, IsEmpty());
    EXPECT_THAT(explanation.remedies[0].advice, Not(IsEmpty()));
  }
  EXPECT_EQ(searched, 1);
}

TEST(CandidatesCalledTest, TheReportComesFirstThenThePlaces) {
  FakeHost host = HostWith("");
  OfferGood(host);
  host.Offer("/src/y.raw", "y");
  Report last;
  ReportedImage image;
  image.name = "gone";
  image.path = "/src/gone.raw";
  last.images = {image};
  const auto paths = [&](const std::string& subject, const Report* report) {
    std::vector<std::string> found;
    for (const Candidate& candidate :
         CandidatesCalled(subject, report, host.ports())) {
      found.push_back(candidate.path);
    }
    return found;
  };
  EXPECT_THAT(paths("gone", &last), ElementsAre("/src/gone.raw"));
  EXPECT_THAT(paths("/src/gone.raw", &last), ElementsAre("/src/gone.raw"));
  EXPECT_THAT(paths("y", &last), ElementsAre("/src/y.raw"));
  EXPECT_THAT(paths("/src/y.raw", nullptr), ElementsAre("/src/y.raw"));
  EXPECT_THAT(paths("gone", nullptr), IsEmpty());
}

}  // namespace
}  // namespace extgate
