#include "policy/path_glob.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

PathGlob Parsed(const std::string& pattern) {
  absl::StatusOr<PathGlob> glob = PathGlob::Parse(pattern);
  EXPECT_TRUE(glob.ok()) << glob.status();
  return *std::move(glob);
}

TEST(PathGlobTest, Matches) {
  struct Row {
    const char* pattern;
    std::vector<std::string> yes;
    std::vector<std::string> no;
  };
  const Row rows[] = {
      {"/usr/lib/systemd/**",
       {"usr/lib/systemd/x", "usr/lib/systemd/system/x.service"},
       {"usr/lib/systemd", "usr/lib/systemd2/x", "usr/lib",
        "x/usr/lib/systemd/x"}},
      {"/usr/bin/su",
       {"usr/bin/su"},
       {"usr/bin/sudo", "usr/bin/su/x", "usr/bin"}},
      {"/usr/*/su", {"usr/bin/su", "usr/sbin/su"}, {"usr/su", "usr/a/b/su"}},
      {"/usr/**/su", {"usr/su", "usr/a/su", "usr/a/b/su"}, {"su", "usr/a"}},
      {"/**", {"x", "x/y"}, {}},
      {"/**/*.so", {"x.so", "usr/lib/x.so"}, {"x.so/y", "x.so.1"}},
      {"/usr/**/**/x", {"usr/x", "usr/a/b/x"}, {"usr/a"}},
      {"/a/**/b/**", {"a/b/c", "a/x/b/c/d", "a/b/b"}, {"a/b", "a/x/b"}},
      {"/usr/[ab]?", {"usr/ax", "usr/b\xc3\xa4"}, {"usr/a", "usr/cx"}},
  };
  for (const Row& row : rows) {
    const PathGlob glob = Parsed(row.pattern);
    EXPECT_EQ(glob.text(), row.pattern);
    for (const std::string& path : row.yes) {
      EXPECT_TRUE(glob.Matches(path)) << row.pattern << " " << path;
    }
    for (const std::string& path : row.no) {
      EXPECT_FALSE(glob.Matches(path)) << row.pattern << " " << path;
    }
  }
}

TEST(PathGlobTest, MayMatchBelow) {
  struct Row {
    const char* pattern;
    std::vector<std::string> yes;
    std::vector<std::string> no;
  };
  const Row rows[] = {
      {"/usr/lib/systemd/**",
       {"usr", "usr/lib", "usr/lib/systemd", "usr/lib/systemd/x"},
       {"opt", "usr/bin", "usr/lib/systemd2"}},
      {"/usr/bin/su", {"usr", "usr/bin"}, {"usr/bin/su", "usr/lib"}},
      {"/usr/**/su", {"usr", "usr/a", "usr/su"}, {"opt"}},
  };
  for (const Row& row : rows) {
    const PathGlob glob = Parsed(row.pattern);
    for (const std::string& path : row.yes) {
      EXPECT_TRUE(glob.MayMatchBelow(path)) << row.pattern << " " << path;
    }
    for (const std::string& path : row.no) {
      EXPECT_FALSE(glob.MayMatchBelow(path)) << row.pattern << " " << path;
    }
  }
}

TEST(PathGlobTest, Refuses) {
  std::string long_one;
  for (int i = 0; i < 63; ++i) long_one += "/x";
  for (const std::string& pattern :
       {std::string(""), std::string("usr/**"), std::string("/"),
        std::string("/usr/"), std::string("/usr//x"), std::string("/usr/./x"),
        std::string("/usr/../x"), std::string("/usr/**x"),
        std::string("/usr/x**/y"), std::string("/usr/[a"), long_one}) {
    EXPECT_FALSE(PathGlob::Parse(pattern).ok()) << pattern;
  }
  EXPECT_TRUE(PathGlob::Parse(long_one.substr(2)).ok());
}

}  // namespace
}  // namespace extgate
