#include "policy/hierarchies.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

using Texts = std::vector<std::string>;

// As systemd-sysext 252 took and refused them, run with each.
TEST(HierarchiesTest, TakesWhatSystemdTakes) {
  EXPECT_EQ(*ParseHierarchies("/usr/bin:/usr/share"),
            (Texts{"/usr/bin", "/usr/share"}));
  EXPECT_EQ(*ParseHierarchies("/usr/"), (Texts{"/usr"}));
  EXPECT_EQ(*ParseHierarchies("/usr:/usr"), (Texts{"/usr"}));
}

TEST(HierarchiesTest, RefusesWhatSystemdRefuses) {
  for (const char* value : {"", ":", "/usr:", ":/usr", "/usr//bin", "/", "usr",
                            "/a/../b", "//usr", "/usr/.", "/usr::/opt"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseHierarchies(value).status()))
        << value;
  }
}

TEST(HierarchiesTest, MergesEachWithWhatIsBelow) {
  const Texts some = {"/usr/bin", "/opt"};
  for (const char* path : {"usr/bin", "usr/bin/a", "opt", "opt/a/b"}) {
    EXPECT_TRUE(IsMerged(path, some)) << path;
  }
  for (const char* path :
       {"", "usr", "usr/lib", "usr/bin2", "etc", "optical"}) {
    EXPECT_FALSE(IsMerged(path, some)) << path;
  }
}

TEST(HierarchiesTest, WhatTheyLieInLeadsToThem) {
  const Texts some = {"/usr/lib/x", "/opt"};
  for (const char* path : {"usr", "usr/lib", "usr/lib/x", "opt"}) {
    EXPECT_TRUE(LeadsToMerged(path, some)) << path;
  }
  for (const char* path : {"us", "usr/lib/x/y", "usr/bin", "opt/a"}) {
    EXPECT_FALSE(LeadsToMerged(path, some)) << path;
  }
}

TEST(HierarchiesTest, EachClassHasItsOwn) {
  const Hierarchies usual;
  EXPECT_EQ(usual.Of(ImageClass::kSysext), (Texts{"/usr", "/opt"}));
  EXPECT_EQ(usual.Of(ImageClass::kConfext), (Texts{"/etc"}));
  EXPECT_STREQ(HierarchiesVariable(ImageClass::kSysext),
               "SYSTEMD_SYSEXT_HIERARCHIES");
  EXPECT_STREQ(HierarchiesVariable(ImageClass::kConfext),
               "SYSTEMD_CONFEXT_HIERARCHIES");
}

}  // namespace
}  // namespace extgate
