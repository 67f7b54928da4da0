// Every reason code, from bytes to the report: what is offered, what policy
// says, and that it is withheld for that reason.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/image_builder.h"
#include "engine/image/partition_types.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/one_image.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/reason.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kZeros[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct Row {
  std::string name;
  ReasonCode code;
  Verdict verdict;
  std::function<void(FakeHost&)> offer;  // one image
  std::string policy = "";               // keys beside `mode` and `trust`
  std::vector<ReasonCode> besides = {};  // what else there is to say of it
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

// ---- what is offered --------------------------------------------------------

std::string ReleasePath(const std::string& name) {
  return "/usr/lib/extension-release.d/extension-release." + name;
}

std::function<void(FakeHost&)> WithRelease(const std::string& lines) {
  return Holding({{ReleasePath(kOneImageName), lines}});
}

// systemd takes a release file of another name where an attribute says so.
void OfferOfAnotherName(FakeHost& host) {
  const std::string tree = NewTemporaryPath("tree");
  const std::string release = tree + ReleasePath("inside");
  WriteSourceFile(release, "ID=_any\n");
  SetSourceXattr(release, "user.extension-release.strict", "0");
  TestImage image = GoodImage();
  image.data = ErofsFromTree(tree);
  OfferBuilt(host, image);
}

void OfferRevoked(FakeHost& host) {
  OfferGood(host);
  host.AddPolicy(absl::StrCat("extension_policy:\n  trust:\n    revoked: [",
                              "\"sha256:", Vendor().certificate().sha256.hex(),
                              "\"]\n"));
}

void OfferExpired(FakeHost& host) {
  OfferGood(host);
  host.AddPolicy("extension_policy: {trust: {require_unexpired: true}}\n");
  host.facts.date =
      UtcTime::FromSeconds(Vendor().certificate().not_after->seconds() + 1);
}

void OfferWhereOnlyACoverHelps(FakeHost& host) {
  host.Offer(kOneImagePath, ImageOf(kOneImageName, &Stranger()),
             Place::kOverriding);
  host.can_cover = false;
}

// A partition that the table has besides those of GoodImage().
TestPartition Another(Designator designator) {
  TestPartition partition;
  partition.type_guid = std::string(
      TypeGuid({designator, Architecture::kX8664, PartitionRole::kData}));
  partition.content = Bytes(4096);
  return partition;
}

Bytes Ext4Superblock() {
  Bytes data(4 * 4096);
  PutNumber(data, 1080, 0xef53, 2);
  return data;
}

std::string RuleFor(const std::string& match, const std::string& verdict) {
  return absl::StrCat("  rules:\n    - id: r\n      match: {name: [",
                      kOneImageName, "]", match, "}\n      verdict: ", verdict,
                      "\n");
}

// ---- the table --------------------------------------------------------------

std::vector<Row> Denials() {
  using R = ReasonCode;
  const Verdict deny = Verdict::kDeny;
  return {
      {"Unsigned", R::kUnsigned, deny,
       With([](TestImage& image) { image.signer = nullptr; })},
      {"UnsignedAndBare", R::kUnsigned, deny,
       [](FakeHost& host) {
         host.Offer(kOneImagePath, Text(ErofsOf(kOneImageName)));
       }},
      {"SignatureOfSomethingElse", R::kSignatureInvalid, deny,
       With([](TestImage& image) { image.signed_content = kZeros; })},
      {"SignatureThatIsNone",
       R::kSignatureInvalid,
       Verdict::kUnmergeable,
       With([](TestImage& image) { image.signature_json = "{"; }),
       "",
       {R::kVerityCorrupt}},
      {"SignerUntrusted", R::kSignerUntrusted, deny,
       With([](TestImage& image) { image.signer = &Stranger(); })},
      {"SignerUntrustedUsrOnly", R::kSignerUntrusted, deny,
       [](FakeHost& host) {
         host.Offer(kOneImagePath,
                    ImageOf(kOneImageName, &Stranger(), Designator::kUsr));
       }},
      {"SignerRevoked",
       R::kSignerRevoked,
       deny,
       OfferRevoked,
       "",
       {R::kSignerUntrusted}},
      {"SignerRevokedWhereNoneIsNeeded", R::kSignerRevoked, deny, OfferRevoked,
       "  image_policy: root=verity+signed+unprotected+absent\n"},
      {"SignerExpired", R::kSignerExpired, deny, OfferExpired},
      {"RootHashMismatch", R::kRootHashMismatch, deny,
       With([](TestImage& image) {
         image.data_uuid = "00000000-0000-4000-8000-000000000001";
       })},
      {"ImagePolicy", R::kImagePolicy, deny,
       [](FakeHost& host) {
         host.Offer(kOneImagePath,
                    ImageOf(kOneImageName, &Vendor(), Designator::kUsr));
       },
       "  image_policy: root=signed+absent:usr=absent\n"},
      {"DeniedByRule", R::kDeniedByRule, deny, OfferGood, RuleFor("", "deny")},
      {"NoMatchingRule", R::kNoMatchingRule, deny, OfferGood,
       "  default: deny\n"},
      {"VersionOutOfRange", R::kVersionOutOfRange, deny, OfferGood,
       "  rules:\n"
       "    - id: r\n"
       "      match: {name: [\"*\"], version: \">=1\"}\n"
       "      verdict: allow\n"},
      {"DigestMismatchOfTheTree", R::kDigestMismatch, deny, OfferGood,
       RuleFor(absl::StrCat(", root_hash: [\"", kZeros, "\"]"), "allow")},
      {"DigestMismatchOfTheFile", R::kDigestMismatch, deny, OfferGood,
       RuleFor(absl::StrCat(", sha256: [\"", kZeros, "\"]"), "allow")},
      {"NameMismatch", R::kNameMismatch, deny, OfferOfAnotherName},
      {"NameThatIsNone", R::kNameMismatch, deny,
       [](FakeHost& host) {
         host.Offer("/src/...raw", ImageOf(kOneImageName, &Vendor()));
       }},
      {"ForbiddenContent", R::kForbiddenContent, deny,
       Holding(
           {{ReleasePath(kOneImageName), "ID=_any\n"},
            {"/usr/lib/extgate/policy.d/99.yaml", "extension_policy: {}"}})},
      {"ForbiddenByARule", R::kForbiddenContent, deny, OfferGood,
       "  rules:\n"
       "    - id: r\n"
       "      match: {name: [x]}\n"
       "      verdict: allow\n"
       "      content: {deny: [\"/usr/share/**\"]}\n"},
      {"RequiredMissing",
       R::kRequiredMissing,
       deny,
       OfferGood,
       "  rules:\n"
       "    - id: r\n"
       "      match: {name: [\"x*\"], version: \">=2\"}\n"
       "      verdict: allow\n"
       "      required: true\n",
       {R::kVersionOutOfRange}},
      {"Bypass",
       R::kBypass,
       deny,
       OfferWhereOnlyACoverHelps,
       "",
       {R::kSignerUntrusted}},
  };
}

std::vector<Row> Unmergeable() {
  using R = ReasonCode;
  const Verdict unmergeable = Verdict::kUnmergeable;
  return {
      {"NotADiskImage", R::kNotADiskImage, unmergeable,
       [](FakeHost& host) {
         host.Offer(kOneImagePath, std::string(1 << 16, 'n'));
       }},
      {"EmptyFile", R::kNotADiskImage, unmergeable,
       [](FakeHost& host) { host.Offer(kOneImagePath, ""); }},
      {"PartitionTableInvalid", R::kPartitionTableInvalid, unmergeable,
       Flipped([](const BuiltImage&) { return 512 + 24; })},
      {"LayoutAmbiguous", R::kLayoutAmbiguous, unmergeable,
       With([](TestImage& image) {
         image.more = {Another(Designator::kRoot)};
       })},
      {"VerityCorruptData", R::kVerityCorrupt, unmergeable,
       Flipped([](const BuiltImage& image) {
         return image.data.offset + 1024;  // the superblock of the erofs
       })},
      {"VerityCorruptSuperblock", R::kVerityCorrupt, unmergeable,
       Flipped([](const BuiltImage& image) { return image.verity.offset; })},
      {"VerityCorruptTree",
       R::kVerityCorrupt,
       unmergeable,
       Flipped(
           [](const BuiltImage& image) { return image.verity.offset + 4096; }),
       "",
       {R::kRootHashMismatch}},
      {"FilesystemUnsupported", R::kFilesystemUnsupported, unmergeable,
       With([](TestImage& image) { image.data = Ext4Superblock(); })},
      {"FilesystemNone", R::kFilesystemUnsupported, unmergeable,
       With([](TestImage& image) { image.data = Bytes(4096); })},
      {"LayoutOfRootAndUsr", R::kLayoutAmbiguous, unmergeable,
       With(
           [](TestImage& image) { image.more = {Another(Designator::kUsr)}; })},
      {"ReleaseMissing", R::kReleaseMissing, unmergeable,
       Holding({{"/usr/share/x", "x"}})},
      {"ReleaseOfAnotherName", R::kReleaseMissing, unmergeable,
       Holding({{ReleasePath("inside"), "ID=_any\n"}})},
      {"ReleaseOfTheHost", R::kReleaseMissing, unmergeable,
       Holding({{ReleasePath(kOneImageName), "ID=_any\n"},
                {"/usr/lib/os-release", "ID=debian\n"}})},
  };
}

std::vector<Row> Others() {
  using R = ReasonCode;
  const Verdict elsewhere = Verdict::kNotApplicable;
  return {
      {"WrongEntry", R::kWrongEntry, elsewhere, OfferGood,
       "  entries:\n    - match: x\n      entries: [passive]\n"},
      {"ReleaseMismatch", R::kReleaseMismatch, elsewhere,
       WithRelease("ID=haiku\n")},
      {"ReleaseMismatchOfVersion", R::kReleaseMismatch, elsewhere,
       WithRelease("ID=debian\nVERSION_ID=12\n")},
      {"WrongArchitecture", R::kWrongArchitecture, elsewhere,
       WithRelease("ID=_any\nARCHITECTURE=arm64\n")},
      {"WrongArchitectureOfPartitions", R::kWrongArchitecture, elsewhere,
       With([](TestImage& image) {
         image.architecture = Architecture::kArm64;
       })},
      {"WrongScope", R::kWrongScope, elsewhere,
       WithRelease("ID=_any\nSYSEXT_SCOPE=initrd\n")},
      {"Unreadable", R::kUnreadable, Verdict::kUnreadable,
       [](FakeHost& host) {
         OfferGood(host);
         host.unreadable_files = {kOneImagePath};
       }},
  };
}

std::vector<Row> Rows() {
  std::vector<Row> rows = Denials();
  for (std::vector<Row> more : {Unmergeable(), Others()}) {
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  return rows;
}

// ---- the tests --------------------------------------------------------------

FakeHost EnforcingHost(const Row& row) {
  FakeHost host = HostWith("  mode: enforcing\n" + row.policy);
  row.offer(host);
  return host;
}

// All codes of a report: of its image, and of the machine.
std::set<ReasonCode> Fired(const Report& report) {
  std::set<ReasonCode> fired;
  for (const ReportedImage& image : report.images) {
    for (ReasonCode code : Codes(image)) fired.insert(code);
  }
  for (const Violation& violation : report.violations) {
    fired.insert(violation.code);
  }
  return fired;
}

class ReasonCodeTest : public testing::TestWithParam<Row> {};

TEST_P(ReasonCodeTest, EnforcingWithholdsForThatReason) {
  const Row& row = GetParam();
  FakeHost host = EnforcingHost(row);
  const Report report = MustApply(host);
  ASSERT_THAT(report.images, SizeIs(1));
  EXPECT_EQ(report.images[0].verdict, row.verdict);
  EXPECT_NE(report.images[0].action, Action::kStage);
  std::set<ReasonCode> wanted(row.besides.begin(), row.besides.end());
  wanted.insert(row.code);
  EXPECT_EQ(Fired(report), wanted);
  for (const Reason& reason : report.images[0].reasons) {
    EXPECT_NE(reason.detail, "") << ToWord(reason.code);
  }
  const bool violation =
      row.verdict == Verdict::kDeny || row.verdict == Verdict::kUnmergeable;
  EXPECT_EQ(report.outcome, violation ? Outcome::kViolations : Outcome::kOk);
  EXPECT_THAT(host.sets[ImageClass::kSysext], IsEmpty());
  EXPECT_THAT(host.copies, IsEmpty());
}

TEST_P(ReasonCodeTest, PermissiveAndCheckDecideAlike) {
  FakeHost host = EnforcingHost(GetParam());
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_FALSE(loaded.invalid);
  const Report enforcing = MustApply(host);
  Looks looks(host.candidates, host, host);
  const Report checked =
      Check(host.ports(), host.facts, loaded, looks, Mode::kEnforcing);
  host.AddPolicy("extension_policy: {mode: permissive}\n");
  const Report permissive = MustApply(host);
  EXPECT_EQ(permissive.mode, Mode::kPermissive);
  for (const Report& other : {permissive, checked}) {
    ASSERT_EQ(other.images.size(), enforcing.images.size());
    EXPECT_EQ(other.images[0].verdict, enforcing.images[0].verdict);
    EXPECT_EQ(other.images[0].reasons, enforcing.images[0].reasons);
  }
  EXPECT_NE(checked.images[0].action, Action::kStage);
}

INSTANTIATE_TEST_SUITE_P(All, ReasonCodeTest, testing::ValuesIn(Rows()),
                         [](const auto& parameter) {
                           return parameter.param.name;
                         });

TEST(ReasonCodesTest, WithoutAnyOfItTheImageIsStaged) {
  FakeHost host = HostWith("  mode: enforcing\n");
  OfferGood(host);
  const Report report = MustApply(host);
  EXPECT_THAT(Fired(report), IsEmpty());
  EXPECT_EQ(Find(report, kOneImageName).action, Action::kStage);
  EXPECT_THAT(Staged(host), testing::ElementsAre(kOneImageName));
}

TEST(ReasonCodesTest, EveryCodeOfTheRegistryHasARow) {
  const std::vector<Row> rows = Rows();
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    EXPECT_THAT(rows, Contains(Field(&Row::code, code))) << word;
  }
}

}  // namespace
}  // namespace extgate
