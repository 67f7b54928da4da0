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

TEST(NamesInPlaceTest, VersionedDirectoriesFrom256On) {
  EXPECT_THAT(Tree("a.raw.v", 255), ElementsAre("a.raw.v"));
  EXPECT_THAT(Tree("a.raw.v", 256), ElementsAre("a.raw.v", "a"));
  EXPECT_THAT(Tree("a.sysext.raw.v", 257), ElementsAre("a.sysext.raw.v", "a"));
  EXPECT_THAT(Tree("a.v", 257), ElementsAre("a.v", "a"));
  EXPECT_THAT(Tree("a.raw.v", 0), ElementsAre("a.raw.v", "a"));
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
