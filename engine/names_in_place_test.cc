#include "engine/names_in_place.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> File(const std::string& name, int version) {
  Candidate candidate;
  candidate.file_name = name;
  return NamesInPlace(candidate, version);
}

std::vector<std::string> Tree(const std::string& name, int version) {
  Candidate candidate;
  candidate.file_name = name;
  candidate.kind = Container::kDirectory;
  return NamesInPlace(candidate, version);
}

TEST(NamesInPlaceTest, TheClassSuffixBelongsToTheNameUpTo254) {
  EXPECT_THAT(File("a.sysext.raw", 252), ElementsAre("a.sysext"));
  EXPECT_THAT(File("a.sysext.raw", 254), ElementsAre("a.sysext"));
  EXPECT_THAT(File("a.sysext.raw", 255), ElementsAre("a"));
  EXPECT_THAT(File("a.sysext.raw", 0), ElementsAre("a.sysext", "a"));
  EXPECT_THAT(Tree("a.sysext", 254), ElementsAre("a.sysext"));
  EXPECT_THAT(Tree("a.sysext", 257), ElementsAre("a"));
}

TEST(NamesInPlaceTest, OnlyTheSuffixOfItsOwnClass) {
  EXPECT_THAT(File("a.confext.raw", 257), ElementsAre("a.confext"));
  Candidate confext;
  confext.file_name = "a.confext.raw";
  confext.image_class = ImageClass::kConfext;
  EXPECT_THAT(NamesInPlace(confext, 257), ElementsAre("a"));
}

TEST(NamesInPlaceTest, OfAVersionWhatItStandsFor) {
  // kDirectory, since a version of `a.sysext.v` is one.
  EXPECT_THAT(Tree("a.sysext", 256), ElementsAre("a"));
  EXPECT_THAT(File("a.sysext.raw", 256), ElementsAre("a"));
  // Up to 255 it is a plain directory.
  EXPECT_THAT(Tree("a.raw.v", 255), ElementsAre("a.raw.v"));
}

TEST(NamesInPlaceTest, StacksFrom260On) {
  EXPECT_THAT(Tree("a.mstack", 259), ElementsAre("a.mstack"));
  EXPECT_THAT(Tree("a.mstack", 260), ElementsAre("a"));
  EXPECT_THAT(Tree("a.sysext.mstack", 262), ElementsAre("a"));
}

TEST(NamesInPlaceTest, OfABlockDeviceTheWholeFileName) {
  Candidate candidate;
  candidate.block_device = true;
  for (const char* name : {"a", "a.raw", "a.sysext.raw"}) {
    candidate.file_name = name;
    for (int version : {0, 252, 257, 262}) {
      EXPECT_THAT(NamesInPlace(candidate, version), ElementsAre(name));
    }
  }
}

// A directory of that name in the set is called as it should be.
TEST(NamesInPlaceTest, AnEntryOfTheSetIsCalledAsItShould) {
  for (const char* name : {"a", "a.raw", "a.sysext", "a.confext", "a.v",
                           "a.raw.v", "a.mstack", "a.sysext.sysext"}) {
    for (int version : {252, 254, 255, 256, 257, 260, 262}) {
      const auto entries = NamesInSet(name, ImageClass::kSysext, version);
      ASSERT_EQ(entries.size(), 1) << name << " " << version;
      EXPECT_THAT(Tree(entries[0], version), ElementsAre(name)) << version;
      EXPECT_THAT(File(entries[0] + ".raw", version), ElementsAre(name));
    }
    EXPECT_EQ(NamesInSet(name, ImageClass::kSysext, 254)[0], name);
  }
  EXPECT_THAT(NamesInSet("a", ImageClass::kSysext, 0), ElementsAre("a"));
  EXPECT_THAT(NamesInSet("a.v", ImageClass::kSysext, 0),
              ElementsAre("a.v", "a.v.sysext"));
  EXPECT_THAT(NamesInSet("a.v", ImageClass::kConfext, 257),
              ElementsAre("a.v.confext"));
}

TEST(NamesInPlaceTest, WhatIsNoNameIsNotLookedAt) {
  EXPECT_THAT(File("a.img", 257), IsEmpty());
  EXPECT_THAT(File(".raw", 257), IsEmpty());
  EXPECT_THAT(File(".#a.raw", 257), IsEmpty());
  EXPECT_THAT(File("a\n.raw", 257), IsEmpty());
  EXPECT_THAT(File(".sysext.raw", 257), IsEmpty());
}

}  // namespace
}  // namespace extgate
