#include "engine/host_comparison.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr FileType kFile = FileType::kRegular;
constexpr FileType kDirectory = FileType::kDirectory;
constexpr FileType kSymlink = FileType::kSymlink;

ImageFacts ImageWith(
    const std::vector<std::pair<std::string, FileType>>& files) {
  ImageFacts image;
  TreeFacts tree;
  for (const auto& [path, type] : files) {
    TreeFile file;
    file.path = path;
    file.type = type;
    tree.files.push_back(file);
  }
  image.tree = tree;
  return image;
}

HostOverlap Compared(const ImageFacts& image, FakeHost& host,
                     const Hierarchies& hierarchies = {}) {
  const Evidence<HostOverlap> overlap =
      CompareWithHost(image, host, hierarchies);
  EXPECT_NE(overlap.value(), nullptr);
  return overlap.value() != nullptr ? *overlap.value() : HostOverlap();
}

// The replaced /usr/sbin that made hosts unbootable, and its mirror images.
TEST(HostComparisonTest, TellsConflictsFromShadows) {
  FakeHost host;
  host.own_tree = {{"usr", kDirectory},     {"usr/bin", kDirectory},
                   {"usr/bin/ls", kFile},   {"usr/sbin", kSymlink},
                   {"usr/lib", kDirectory}, {"usr/lib/x", kDirectory},
                   {"usr/lib/y", kFile},    {"usr/lib/z", kSymlink}};
  const ImageFacts image = ImageWith({{"usr", kDirectory},
                                      {"usr/bin", kDirectory},
                                      {"usr/bin/ls", kFile},
                                      {"usr/bin/new", kFile},
                                      {"usr/lib", kDirectory},
                                      {"usr/lib/x", kSymlink},
                                      {"usr/lib/y", kDirectory},
                                      {"usr/lib/z", kFile},
                                      {"usr/sbin", kDirectory},
                                      {"usr/sbin/ls", kFile}});
  const HostOverlap overlap = Compared(image, host);
  EXPECT_THAT(overlap.conflicts,
              ElementsAre(TypeConflict{"usr/lib/x", kSymlink, kDirectory},
                          TypeConflict{"usr/lib/y", kDirectory, kFile},
                          TypeConflict{"usr/sbin", kDirectory, kSymlink}));
  EXPECT_THAT(overlap.shadowed, ElementsAre("usr/bin/ls", "usr/lib/z"));
}

TEST(HostComparisonTest, AsksOnlyWhereBothHaveTheDirectory) {
  FakeHost host;
  host.own_tree = {{"usr", kDirectory},
                   {"usr/a", kSymlink},
                   {"usr/a/b", kFile},
                   {"usr/new/b", kFile}};
  const ImageFacts image = ImageWith({{"usr", kDirectory},
                                      {"usr/a", kDirectory},
                                      {"usr/a/b", kFile},
                                      {"usr/new", kDirectory},
                                      {"usr/new/b", kFile}});
  EXPECT_THAT(Compared(image, host).shadowed, IsEmpty());
}

TEST(HostComparisonTest, AsksOnlyForWhatTheClassMerges) {
  FakeHost host;
  host.own_tree = {{"usr", kDirectory}, {"usr/a", kFile},
                   {"opt", kDirectory}, {"opt/a", kFile},
                   {"etc", kDirectory}, {"etc/a", kFile},
                   {"a", kFile}};
  ImageFacts image = ImageWith({{"a", kFile},
                                {"etc", kDirectory},
                                {"etc/a", kFile},
                                {"opt", kDirectory},
                                {"opt/a", kFile},
                                {"usr", kDirectory},
                                {"usr/a", kFile}});
  EXPECT_THAT(Compared(image, host).shadowed, ElementsAre("opt/a", "usr/a"));
  image.image_class = ImageClass::kConfext;
  EXPECT_THAT(Compared(image, host).shadowed, ElementsAre("etc/a"));
}

TEST(HostComparisonTest, AHierarchyThatIsNoDirectoryHidesWhatIsMerged) {
  FakeHost host;
  EXPECT_NE(
      CompareWithHost(ImageWith({{"usr", kSymlink}}), host, {}).malformed(),
      nullptr);
  EXPECT_EQ(
      CompareWithHost(ImageWith({{"etc", kSymlink}}), host, {}).malformed(),
      nullptr);
}

// As Kairos sets them.
TEST(HostComparisonTest, AsksOnlyBelowTheHierarchiesThatAreMerged) {
  FakeHost host;
  host.own_tree = {{"usr", kDirectory},     {"usr/a", kFile},
                   {"usr/bin", kDirectory}, {"usr/bin/a", kFile},
                   {"usr/lib", kDirectory}, {"usr/lib/a", kFile},
                   {"usr/sbin", kSymlink},  {"usr/sbin/a", kFile}};
  ImageFacts image = ImageWith({{"usr", kDirectory},
                                {"usr/a", kFile},
                                {"usr/bin", kDirectory},
                                {"usr/bin/a", kFile},
                                {"usr/lib", kDirectory},
                                {"usr/lib/a", kFile},
                                {"usr/sbin", kDirectory},
                                {"usr/sbin/a", kFile}});
  const Hierarchies some = {{"/usr/bin", "/usr/sbin"}, {"/etc"}};
  EXPECT_THAT(Compared(image, host, some).shadowed, ElementsAre("usr/bin/a"));
  EXPECT_THAT(Compared(image, host, some).conflicts,
              ElementsAre(TypeConflict{"usr/sbin", kDirectory, kSymlink}));
  image = ImageWith({{"usr", kSymlink}});
  EXPECT_NE(CompareWithHost(image, host, some).malformed(), nullptr);
}

TEST(HostComparisonTest, WhatCannotBeLookedAtIsNoEvidence) {
  FakeHost host;
  EXPECT_TRUE(CompareWithHost(ImageFacts(), host, {}).absent());
  host.own_tree_error = absl::PermissionDeniedError("not for you");
  EXPECT_EQ(CompareWithHost(ImageWith({{"usr", kDirectory}}), host, {}),
            Evidence<HostOverlap>(Malformed{"host", "not for you"}));
}

}  // namespace
}  // namespace extgate
