// Images that cannot be taken as they lie: what is offered, what was taken for
// granted, and the lines that make them anew.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/image/filesystem_fixture.h"
#include "engine/image/image_builder.h"
#include "engine/image/partition_types.h"
#include "engine/remedy/explanation.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/one_image.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kAnything[] =
    "  image_policy: root=unprotected+absent:usr=unprotected+absent\n";

// What is offered for the one image of `host`.
Remedies RemediesFor(FakeHost& host) {
  auto explained = Explain(host.ports(), host.candidates, host);
  if (!explained.value.has_value() || explained.value->remedies.size() != 1) {
    ADD_FAILURE() << "not one image is explained";
    return {};
  }
  EXPECT_EQ(explained.value->remedies[0].trouble, "");
  return std::move(explained.value->remedies[0]);
}

Remedies RemediesFor(const OfferImage& offer, const std::string& policy = "") {
  FakeHost host = HostWith(policy);
  offer(host);
  return RemediesFor(host);
}

std::vector<std::string> KindsOf(const Remedies& remedies) {
  std::vector<std::string> all;
  for (const Offer& offer : remedies.offers) {
    std::vector<std::string> kinds;
    for (const Edit& edit : offer.edits) kinds.push_back(ToWord(edit.kind));
    all.push_back(absl::StrJoin(kinds, "+"));
  }
  return all;
}

std::string Lines(const Offer& offer) {
  return absl::StrJoin(offer.rebuild, "\n");
}

TestPartition DataPartition(Designator designator, Bytes content) {
  TestPartition partition;
  partition.type_guid = std::string(
      TypeGuid({designator, Architecture::kX8664, PartitionRole::kData}));
  partition.content = std::move(content);
  return partition;
}

// GoodImage() with one more data partition.
OfferImage Beside(Designator designator) {
  return With([designator](TestImage& image) {
    image.more = {DataPartition(
        designator, ErofsOf(kOneImageName, "_any",
                            designator == Designator::kUsr ? "" : "/usr"))};
  });
}

// A disk of these partitions alone.
std::string DiskOf(std::vector<TestPartition> partitions) {
  TestDisk disk;
  disk.partitions = std::move(partitions);
  return Text(BuildDisk(disk).bytes);
}

TEST(ReshapeTest, OfTwoRootsEachCouldBeMeant) {
  const Remedies remedies = RemediesFor(Beside(Designator::kRoot));
  ASSERT_THAT(KindsOf(remedies),
              ElementsAre("one-layout+sign", "one-layout+sign"));
  const Edit& first = remedies.offers[0].edits[0];
  EXPECT_THAT(first.what, HasSubstr("entry 0 of its table (`root`"));
  EXPECT_THAT(first.warning, HasSubstr("cannot be told"));
  EXPECT_THAT(first.assumed, HasSubstr("could not be read"));
  EXPECT_THAT(remedies.offers[1].edits[0].what, HasSubstr("entry 3"));
  for (const Offer& offer : remedies.offers) {
    const ByteRange& data = offer.edits[0].layout->data;
    EXPECT_THAT(Lines(offer), HasSubstr(absl::StrCat(" skip=", data.offset,
                                                     " count=", data.size)));
    // Its filesystem is taken as it is.
    EXPECT_THAT(Lines(offer), Not(HasSubstr("mkfs")));
  }
}

TEST(ReshapeTest, NothingIsSignedWhereNothingNeedsToBe) {
  const Remedies remedies = RemediesFor(Beside(Designator::kRoot), kAnything);
  ASSERT_THAT(KindsOf(remedies), ElementsAre("one-layout", "one-layout"));
  EXPECT_THAT(Lines(remedies.offers[0]), HasSubstr("' root >repart.d/1.conf"));
  EXPECT_THAT(Lines(remedies.offers[0]), Not(HasSubstr("erity")));
}

TEST(ReshapeTest, WhatWasNotSeenIsNotTakenToMeetARuleOnContent) {
  const Remedies remedies = RemediesFor(
      Beside(Designator::kRoot),
      "  rules:\n    - id: r\n      match: {name: [x]}\n      verdict: allow\n"
      "      content: {setuid: deny}\n");
  EXPECT_THAT(remedies.offers, IsEmpty());
}

TEST(ReshapeTest, ARootWithATreeBesideUsrMayBecomeOnePartition) {
  const Remedies remedies = RemediesFor(Beside(Designator::kUsr));
  ASSERT_THAT(
      KindsOf(remedies),
      ElementsAre("one-layout+sign", "one-layout+sign", "one-layout+sign"));
  EXPECT_THAT(remedies.offers[0].edits[0].what, HasSubstr("both trees"));
  const std::string lines = Lines(remedies.offers[0]);
  EXPECT_THAT(lines, HasSubstr("rm -rf tree/usr\nmv tree.usr tree/usr\n"
                               "mkfs.erofs -zlz4 data tree"));
  EXPECT_THAT(lines, HasSubstr("' root-verity-sig >"));
  EXPECT_THAT(Lines(remedies.offers[2]), HasSubstr("' usr-verity-sig >"));
}

// Nothing vouches for its root; both trees were read.
TEST(ReshapeTest, RootAndUsrAreSignedAsOnePartition) {
  FakeHost host = HostWith("");
  host.Offer(kOneImagePath,
             DiskOf({DataPartition(Designator::kRoot, ErofsOf("root")),
                     DataPartition(Designator::kUsr,
                                   ErofsOf(kOneImageName, "_any", ""))}));
  const Remedies remedies = RemediesFor(host);
  ASSERT_THAT(KindsOf(remedies), ElementsAre("sign", "add-rule"));
  EXPECT_EQ(remedies.offers[0].edits[0].assumed, "");
  const std::string lines = Lines(remedies.offers[0]);
  EXPECT_THAT(lines, HasSubstr("fsck.erofs --extract=tree root.data"));
  EXPECT_THAT(lines, HasSubstr("fsck.erofs --extract=tree.usr usr.data"));
  EXPECT_THAT(lines, HasSubstr("' root-verity-sig >"));
  EXPECT_THAT(remedies.offers[1].added.text,
              HasSubstr("image_policy: \"root=unprotected:usr=unprotected"));
}

// The root hash is of usr alone: a rule by it would admit any root.
TEST(ReshapeTest, RootBesideASignedUsrIsAllowedByTheWholeFile) {
  FakeHost host = HostWith("");
  TestImage image = GoodImage();
  image.designator = Designator::kUsr;
  image.data = ErofsOf(kOneImageName, "_any", "");
  image.more = {DataPartition(Designator::kRoot, ErofsOf("root"))};
  OfferBuilt(host, image);
  const Remedies remedies = RemediesFor(host);
  ASSERT_THAT(KindsOf(remedies), ElementsAre("sign", "add-rule"));
  EXPECT_THAT(remedies.offers[1].added.text, HasSubstr("sha256:"));
  EXPECT_THAT(remedies.offers[1].added.text, Not(HasSubstr("root_hash")));
}

TEST(ReshapeTest, AConfextWithBothBecomesOneRoot) {
  FakeHost host = HostWith(kAnything);
  const Bytes root =
      ErofsFrom({{"/etc/extension-release.d/extension-release.x", "ID=_any\n"},
                 {"/usr/hidden", "x"}});
  host.Offer("/src/x.confext.raw",
             DiskOf({DataPartition(Designator::kRoot, root),
                     DataPartition(Designator::kUsr, ErofsOf("y"))}),
             Place::kOffered, ImageClass::kConfext);
  const Remedies remedies = RemediesFor(host);
  ASSERT_THAT(KindsOf(remedies), ElementsAre("one-layout", "sign"));
  EXPECT_EQ(remedies.offers[0].edits[0].assumed, "");
}

TEST(ReshapeTest, ARootWithoutAUsrToMountOnIsGivenOne) {
  FakeHost host = HostWith(kAnything);
  host.Offer(kOneImagePath,
             DiskOf({DataPartition(Designator::kRoot,
                                   ErofsFrom({{"/opt/x/file", "x"}})),
                     DataPartition(Designator::kUsr,
                                   ErofsOf(kOneImageName, "_any", ""))}));
  const Remedies remedies = RemediesFor(host);
  ASSERT_THAT(KindsOf(remedies), ElementsAre("one-layout"));
  EXPECT_THAT(remedies.offers[0].edits[0].assumed, Not(IsEmpty()));
}

TEST(ReshapeTest, AFilesystemThatIsNotReadIsPutIntoAnother) {
  const std::string tree = NewTemporaryPath("tree");
  WriteSourceFile(tree + "/usr/lib/extension-release.d/extension-release.x",
                  "ID=_any\n");
  const std::string image = NewTemporaryPath("squashfs");
  const Remedies remedies = RemediesFor(With([&](TestImage& built) {
    built.data = MakeImage(
        absl::StrCat("mksquashfs ", tree, " ", image, " -comp lzo"), image);
  }));
  ASSERT_THAT(KindsOf(remedies), ElementsAre("supported-filesystem+sign"));
  const Edit& edit = remedies.offers[0].edits[0];
  EXPECT_THAT(edit.what, HasSubstr("lzo"));
  EXPECT_THAT(edit.assumed, Not(IsEmpty()));
  EXPECT_THAT(Lines(remedies.offers[0]),
              HasSubstr("unsquashfs -d tree data\nrm data\n"
                        "mkfs.erofs -zlz4 data tree"));
}

// Announces itself, no more.
OfferImage Announcing(uint64_t offset, const std::string& magic) {
  return With([=](TestImage& image) {
    image.data = Bytes(1 << 17);
    std::copy(magic.begin(), magic.end(),
              image.data.begin() + static_cast<ptrdiff_t>(offset));
  });
}

TEST(ReshapeTest, WhatHasNoToolIsMountedAndSaysSo) {
  const Remedies remedies = RemediesFor(Announcing(65600, "_BHRfS_M"));
  ASSERT_THAT(KindsOf(remedies), ElementsAre("supported-filesystem+sign"));
  const std::string lines = Lines(remedies.offers[0]);
  EXPECT_THAT(lines, HasSubstr("in a virtual machine"));
  EXPECT_THAT(lines, HasSubstr("mount -o ro,loop,nodev,nosuid,noexec data"));
}

TEST(ReshapeTest, NothingIsOfferedForWhatIsEncrypted) {
  const Remedies remedies =
      RemediesFor(Announcing(0, std::string("LUKS\xba\xbe\x00\x02", 8)));
  EXPECT_THAT(remedies.offers, IsEmpty());
  EXPECT_THAT(remedies.advice, SizeIs(1));
}

// The top block of the tree: every block of data contradicts it then.
uint64_t TopBlock(const BuiltImage& image) {
  return image.verity.offset + 4096;
}

TEST(ReshapeTest, TheSignatureTellsWhatAGoodCopyOfADamagedTreeIs) {
  const std::string root_hash = BuildImage(GoodImage()).root_hash;
  for (const OfferImage& offer :
       {Flipped([](const BuiltImage& image) { return image.verity.offset; }),
        Flipped(TopBlock)}) {
    const Remedies remedies = RemediesFor(offer);
    ASSERT_THAT(KindsOf(remedies), ElementsAre("good-copy"));
    EXPECT_THAT(remedies.offers[0].edits[0].what, HasSubstr(root_hash));
    EXPECT_THAT(remedies.offers[0].rebuild, IsEmpty());
  }
  // Behind the top block nothing could be read.
  EXPECT_THAT(RemediesFor(Flipped(TopBlock)).offers[0].edits[0].assumed,
              HasSubstr("could not be read"));
}

OfferImage FlippedTree(void (*change)(TestImage&)) {
  return [change](FakeHost& host) {
    TestImage options = GoodImage();
    change(options);
    const BuiltImage image = BuildImage(options);
    Bytes bytes = image.bytes();
    bytes[TopBlock(image)] ^= 1;
    host.Offer(kOneImagePath, Text(bytes));
  };
}

TEST(ReshapeTest, WithoutASignatureTheUuidsTellIt) {
  const OfferImage unsigned_tree =
      FlippedTree([](TestImage& image) { image.signer = nullptr; });
  EXPECT_THAT(KindsOf(RemediesFor(unsigned_tree,
                                  "  image_policy: root=verity+absent\n")),
              ElementsAre("good-copy"));
  // The good copy would be nobody's either.
  EXPECT_THAT(RemediesFor(unsigned_tree).offers, IsEmpty());
}

TEST(ReshapeTest, NothingIsOfferedWhereTheImageContradictsItself) {
  const OfferImage kOffers[] = {
      // Signature and UUIDs name two root hashes.
      FlippedTree([](TestImage& image) {
        image.verity_uuid = "00000000-0000-4000-8000-000000000001";
      }),
      // Nothing is known of the signature.
      FlippedTree([](TestImage& image) { image.signature_json = "{"; }),
      // Nobody trusted signed it.
      FlippedTree([](TestImage& image) { image.signer = &Stranger(); }),
  };
  for (const OfferImage& offer : kOffers) {
    const Remedies remedies = RemediesFor(offer);
    EXPECT_THAT(remedies.offers, IsEmpty());
    EXPECT_THAT(remedies.advice, Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace extgate
