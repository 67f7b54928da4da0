// Which partitions are taken, and which sets of them are refused.
#include "engine/image/layout.h"

#include <set>
#include <string>
#include <vector>

#include "engine/image/partition_types.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr PartitionRole kData = PartitionRole::kData;
constexpr PartitionRole kVerity = PartitionRole::kVerity;
constexpr PartitionRole kSignature = PartitionRole::kSignature;
constexpr Designator kRoot = Designator::kRoot;
constexpr Designator kUsr = Designator::kUsr;
constexpr uint64_t kNoAuto = uint64_t{1} << 63;

// Entry `index` of a table, at a place of its own.
Partition Entry(uint32_t index, absl::string_view type) {
  Partition partition;
  partition.index = index;
  partition.type_guid = std::string(type);
  partition.uuid = "uuid-" + std::to_string(index);
  partition.range = {index * 4096, 4096};
  return partition;
}

PartitionTable Table(std::vector<Partition> partitions) {
  return {512, std::move(partitions)};
}

std::string X86(Designator designator, PartitionRole role) {
  return std::string(TypeGuid({designator, Architecture::kX8664, role}));
}
std::string Arm(Designator designator, PartitionRole role) {
  return std::string(TypeGuid({designator, Architecture::kArm64, role}));
}

TEST(PartitionTypesTest, EveryTypeIsFoundByItsGuid) {
  std::set<std::string> guids;
  for (const auto& [designator, unused] : Words<Designator>::kTable) {
    for (const auto& [architecture, word] : Words<Architecture>::kTable) {
      for (PartitionRole role : {kData, kVerity, kSignature}) {
        const ExtensionType type{designator, architecture, role};
        const absl::string_view guid = TypeGuid(type);
        ASSERT_EQ(guid.size(), 36u) << word;
        EXPECT_TRUE(guids.insert(std::string(guid)).second) << guid;
        EXPECT_EQ(FindExtensionType(guid), type) << guid;
        EXPECT_EQ(OtherDesignator(guid), "") << guid;
      }
    }
  }
  EXPECT_EQ(guids.size(), 126u);
  EXPECT_EQ(FindExtensionType("4f68bce3-e8cd-4db1-96e7-fbcaf984b70a"),
            std::nullopt);
}

TEST(PartitionTypesTest, WordsOfTheSpecification) {
  EXPECT_EQ(FindExtensionType("4f68bce3-e8cd-4db1-96e7-fbcaf984b709"),
            (ExtensionType{kRoot, Architecture::kX8664, kData}));
  EXPECT_EQ(FindExtensionType("6e11a4e7-fbca-4ded-b9e9-e1a512bb664e"),
            (ExtensionType{kUsr, Architecture::kArm64, kVerity}));
  EXPECT_EQ(FindExtensionType("efe0f087-ea8d-4469-821a-4c2a96a8386a"),
            (ExtensionType{kRoot, Architecture::kRiscv64, kSignature}));
  EXPECT_EQ(OtherDesignator("4d21b016-b534-45c2-a9fb-5c16e091fd2d"), "var");
}

TEST(LayoutTest, SignedRoot) {
  Partition data = Entry(0, X86(kRoot, kData));
  data.attributes = uint64_t{1} << 60;
  const auto evidence = ChooseLayout(Table(
      {data, Entry(1, X86(kRoot, kVerity)), Entry(2, X86(kRoot, kSignature))}));
  const Layout* layout = evidence.value();
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->designator, kRoot);
  EXPECT_EQ(layout->architecture, Architecture::kX8664);
  EXPECT_EQ(layout->data, (ByteRange{0, 4096}));
  EXPECT_EQ(layout->verity, (ByteRange{4096, 4096}));
  EXPECT_EQ(layout->signature, (ByteRange{8192, 4096}));
  EXPECT_EQ(layout->data_uuid, "uuid-0");
  EXPECT_EQ(layout->verity_uuid, "uuid-1");
  EXPECT_EQ(layout->data_attributes, uint64_t{1} << 60);
}

TEST(LayoutTest, UsrOfAnotherArchitectureInAnyOrder) {
  const auto evidence = ChooseLayout(
      Table({Entry(0, Arm(kUsr, kSignature)), Entry(1, Arm(kUsr, kVerity)),
             Entry(2, Arm(kUsr, kData))}));
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_EQ(evidence.value()->designator, kUsr);
  EXPECT_EQ(evidence.value()->architecture, Architecture::kArm64);
  EXPECT_EQ(evidence.value()->data.offset, 8192u);
}

TEST(LayoutTest, OtherDesignatorsAreListedOnceAndSorted) {
  constexpr char kSwap[] = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f";
  constexpr char kEsp[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
  const auto evidence =
      ChooseLayout(Table({Entry(0, kSwap), Entry(1, X86(kRoot, kData)),
                          Entry(2, kEsp), Entry(3, kSwap)}));
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_THAT(evidence.value()->other_designators, ElementsAre("esp", "swap"));
  EXPECT_EQ(evidence.value()->verity, std::nullopt);
}

TEST(LayoutTest, OneGenericPartitionIsRootWithoutVerity) {
  const auto evidence = ChooseLayout(Table({Entry(3, kLinuxGenericGuid)}));
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_EQ(evidence.value()->designator, kRoot);
  EXPECT_EQ(evidence.value()->architecture, std::nullopt);
  EXPECT_EQ(evidence.value()->data_uuid, "uuid-3");
}

TEST(LayoutTest, GenericBesideRootIsReadOver) {
  const auto evidence = ChooseLayout(
      Table({Entry(0, kLinuxGenericGuid), Entry(1, X86(kRoot, kData))}));
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_EQ(evidence.value()->data_uuid, "uuid-1");
}

struct Case {
  const char* name;
  std::vector<Partition> partitions;
  const char* why;
};

TEST(LayoutTest, RefusesWhatVersionsCouldSeeDifferently) {
  Partition no_auto = Entry(0, X86(kRoot, kData));
  no_auto.attributes = kNoAuto;
  Partition no_auto_verity = Entry(1, X86(kRoot, kVerity));
  no_auto_verity.attributes = kNoAuto;
  Partition no_auto_generic = Entry(0, kLinuxGenericGuid);
  no_auto_generic.attributes = kNoAuto;
  // systemd 252 and 257 take it, and rather than one labelled `a`: skipping it
  // let a signed usr vouch for another one.
  Partition empty_usr = Entry(5, X86(kUsr, kData));
  empty_usr.label = "_empty";
  Partition empty_verity = Entry(1, X86(kUsr, kVerity));
  empty_verity.label = "_empty";
  Partition empty_generic = Entry(0, kLinuxGenericGuid);
  empty_generic.label = "_empty";
  const Partition usr = Entry(0, X86(kUsr, kData));
  const Partition root = Entry(0, X86(kRoot, kData));
  const Partition verity = Entry(1, X86(kRoot, kVerity));
  const Partition signature = Entry(2, X86(kRoot, kSignature));
  const Case cases[] = {
      {"nothing", {}, "no root and no usr"},
      {"two roots",
       {root, Entry(1, X86(kRoot, kData))},
       "there are two root partitions, entry 0 and entry 1"},
      {"two verities",
       {root, verity, Entry(2, X86(kRoot, kVerity))},
       "two root-verity"},
      {"two signatures",
       {root, verity, signature, Entry(3, X86(kRoot, kSignature))},
       "two root-verity-sig"},
      {"roots of two architectures",
       {root, Entry(1, Arm(kRoot, kData))},
       "two root partitions"},
      {"verity of another architecture",
       {root, Entry(1, Arm(kRoot, kVerity))},
       "is for arm64"},
      {"signature of another architecture",
       {root, verity, Entry(2, Arm(kRoot, kSignature))},
       "is for arm64"},
      {"verity without data", {verity}, "without root"},
      {"signature without data", {signature}, "without root"},
      {"signature without verity", {root, signature}, "without root-verity"},
      {"usr-verity without usr", {Entry(0, X86(kUsr, kVerity))}, "without usr"},
      {"an unknown type",
       {root, Entry(1, "e3c9e316-0b5c-4db8-817d-f92df00215ae")},
       "is not known"},
      {"no-auto on data", {no_auto}, "no-auto"},
      {"no-auto on verity", {root, no_auto_verity}, "no-auto"},
      {"no-auto on a generic one", {no_auto_generic}, "no-auto"},
      {"a second usr labelled `_empty`",
       {usr, Entry(1, X86(kUsr, kVerity)), Entry(2, X86(kUsr, kSignature)),
        empty_usr},
       "entry 5: usr is labelled `_empty`"},
      {"a usr-verity labelled `_empty`", {usr, empty_verity}, "`_empty`"},
      {"a generic one labelled `_empty`", {empty_generic}, "`_empty`"},
      {"two generic ones",
       {Entry(0, kLinuxGenericGuid), Entry(1, kLinuxGenericGuid)},
       "no root and no usr"},
      {"only an ESP",
       {Entry(0, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b")},
       "no root and no usr"},
  };
  for (const Case& test : cases) {
    const auto evidence = ChooseLayout(Table(test.partitions));
    ASSERT_NE(evidence.malformed(), nullptr) << test.name;
    EXPECT_THAT(evidence.malformed()->why, HasSubstr(test.why)) << test.name;
  }
}

TEST(LayoutTest, OfRootAndUsrUsrIsOnTop) {
  Partition root = Entry(0, X86(kRoot, kData));
  root.attributes = uint64_t{1} << 60;
  const auto evidence = ChooseLayout(
      Table({root, Entry(1, X86(kUsr, kSignature)),
             Entry(2, X86(kUsr, kVerity)), Entry(3, X86(kUsr, kData))}));
  const Layout* layout = evidence.value();
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->designator, kUsr);
  EXPECT_EQ(layout->data_uuid, "uuid-3");
  EXPECT_EQ(layout->verity_uuid, "uuid-2");
  EXPECT_EQ(layout->signature, (ByteRange{4096, 4096}));
  ASSERT_TRUE(layout->root_below.has_value());
  EXPECT_EQ(*layout->root_below,
            (RootBelow{{0, 4096}, "uuid-0", uint64_t{1} << 60}));
}

TEST(LayoutTest, UsrBesideARootThatIsNotPlainIsRefused) {
  const char* const kTree = "no version of systemd merges both";
  const Case cases[] = {
      {"trees of both",
       {Entry(0, X86(kRoot, kData)), Entry(1, X86(kRoot, kVerity)),
        Entry(2, X86(kUsr, kData)), Entry(3, X86(kUsr, kVerity))},
       kTree},
      {"a tree of root",
       {Entry(0, X86(kUsr, kData)), Entry(1, X86(kRoot, kData)),
        Entry(2, X86(kRoot, kVerity))},
       kTree},
      {"a signature of root",
       {Entry(0, X86(kUsr, kData)), Entry(1, X86(kRoot, kData)),
        Entry(2, X86(kRoot, kSignature))},
       kTree},
      {"a tree without root",
       {Entry(0, X86(kUsr, kData)), Entry(1, X86(kRoot, kVerity))},
       "partition without root"},
      {"a tree without usr",
       {Entry(0, X86(kRoot, kData)), Entry(1, X86(kUsr, kVerity))},
       "partition without usr"},
      {"two architectures",
       {Entry(0, X86(kRoot, kData)), Entry(1, Arm(kUsr, kData))},
       "root is for x86-64, usr is for arm64"},
  };
  for (const Case& test : cases) {
    const auto evidence = ChooseLayout(Table(test.partitions));
    ASSERT_NE(evidence.malformed(), nullptr) << test.name;
    EXPECT_THAT(evidence.malformed()->why, HasSubstr(test.why)) << test.name;
  }
}

TEST(LayoutTest, BareFilesystemIsRoot) {
  const Layout layout = BareLayout(12345);
  EXPECT_EQ(layout.designator, kRoot);
  EXPECT_EQ(layout.data, (ByteRange{0, 12345}));
  EXPECT_EQ(layout.architecture, std::nullopt);
  EXPECT_EQ(layout.data_uuid, "");
}

}  // namespace
}  // namespace extgate
