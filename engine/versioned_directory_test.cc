// Names and picks by cases, each version of systemd by its rules, and against
// systemd-vpick where one is at hand.
#include "engine/versioned_directory.h"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

HostFacts HostOf(int systemd_version,
                 std::optional<Architecture> own = Architecture::kX8664) {
  HostFacts host;
  host.systemd_version = systemd_version;
  host.architecture = own;
  return host;
}

TEST(ParseVersionedDirectoryTest, Names) {
  const struct {
    const char* text;
    const char* name;  // "": none of that kind
    const char* suffix;
    bool of_directories;
  } kCases[] = {
      {"k3s.raw.v", "k3s", ".raw", false},
      {"k3s.sysext.raw.v", "k3s", ".sysext.raw", false},
      {"k3s.confext.raw.v", "k3s.confext", ".raw", false},
      {"k3s.v", "k3s", "", true},
      {"k3s.sysext.v", "k3s", ".sysext", true},
      {"k3s.v.v", "k3s.v", "", true},
      {"k3s_1.raw.v", "k3s_1", ".raw", false},
      {"k3s.raw", "", "", false},
      {"k3s.raw.V", "", "", false},
      {".v", "", "", false},
      {".raw.v", "", "", false},
      {".sysext.raw.v", "", "", false},
      {".#k3s.raw.v", "", "", false},
      {"k3s\n.raw.v", "", "", false},
      {"v", "", "", false},
      {"", "", "", false},
  };
  for (const auto& c : kCases) {
    const auto parsed =
        ParseVersionedDirectory(c.text, ImageClass::kSysext, 257);
    ASSERT_EQ(parsed.has_value(), *c.name != '\0') << c.text;
    if (!parsed.has_value()) continue;
    EXPECT_EQ(parsed->name, c.name) << c.text;
    EXPECT_EQ(parsed->suffix, c.suffix) << c.text;
    EXPECT_EQ(parsed->of_directories, c.of_directories) << c.text;
    EXPECT_EQ(absl::StrCat(parsed->file_name, ".v"), c.text);
  }
}

TEST(ParseVersionedDirectoryTest, From256On) {
  for (int version : {252, 255}) {
    EXPECT_FALSE(
        ParseVersionedDirectory("a.raw.v", ImageClass::kSysext, version));
  }
  for (int version : {0, 256, 262}) {
    EXPECT_TRUE(
        ParseVersionedDirectory("a.raw.v", ImageClass::kSysext, version));
  }
}

TEST(ParseVersionedDirectoryTest, StacksFrom260On) {
  const auto parse = [](int version) {
    return *ParseVersionedDirectory("a.mstack.v", ImageClass::kSysext, version);
  };
  EXPECT_EQ(parse(259).name, "a.mstack");
  EXPECT_EQ(parse(260).name, "a");
  EXPECT_EQ(parse(260).suffix, ".mstack");
}

// The pick of systemd of `host` from `directory`; "" when there is none.
// Entries that begin with `!` are there under the rest of that name, but of
// another kind; with `?`, symlinks to nowhere.
std::string Pick(const std::string& directory,
                 const std::vector<std::string>& entries,
                 const HostFacts& host) {
  std::map<std::string, VersionKind> kinds;
  std::vector<std::string> names;
  for (std::string entry : entries) {
    VersionKind kind = VersionKind::kWanted;
    if (entry[0] == '!') kind = VersionKind::kOther;
    if (entry[0] == '?') kind = VersionKind::kMissing;
    if (kind != VersionKind::kWanted) entry.erase(0, 1);
    kinds[entry] = kind;
    names.push_back(entry);
  }
  const auto parsed = ParseVersionedDirectory(directory, ImageClass::kSysext,
                                              host.systemd_version);
  return PickVersion(*parsed, names, host,
                     [&](const std::string& name) { return kinds.at(name); })
      .value_or("");
}

struct PickCase {
  const char* rule;
  std::vector<std::string> entries;
  std::string want;
};

void ExpectPicks(const std::vector<PickCase>& cases, const HostFacts& host) {
  for (const PickCase& c : cases) {
    EXPECT_EQ(Pick("a.raw.v", c.entries, host), c.want)
        << c.rule << ", systemd " << host.systemd_version;
    const std::vector<std::string> backwards(c.entries.rbegin(),
                                             c.entries.rend());
    EXPECT_EQ(Pick("a.raw.v", backwards, host), c.want) << c.rule;
  }
}

TEST(PickVersionTest, TheSameOnAllVersionsOfSystemd) {
  const std::vector<PickCase> cases = {
      {"nothing", {}, ""},
      {"newer", {"a_9.raw", "a_10.raw", "a_1.11.raw"}, "a_10.raw"},
      {"other names",
       {"a.raw", "b_2.raw", "a_.raw", "a-3.raw", "ab_4.raw", "A_5.raw",
        "a_6.img", "a_7.raw.gz", "a_1.raw"},
       "a_1.raw"},
      {"own before sibling before none",
       {"a_1_x86-64.raw", "a_1_x86.raw", "a_1.raw"},
       "a_1_x86-64.raw"},
      {"sibling before none", {"a_1_x86.raw", "a_1.raw"}, "a_1_x86.raw"},
      {"version before architecture", {"a_1_x86-64.raw", "a_2.raw"}, "a_2.raw"},
      {"another architecture", {"a_2_arm64.raw", "a_1.raw"}, "a_1.raw"},
      {"one that no image has", {"a_2_sparc64.raw", "a_1.raw"}, "a_1.raw"},
      {"no architecture at all", {"a_2_amd64.raw", "a_1.raw"}, "a_2_amd64.raw"},
      {"without tries last",
       {"a_3+0.raw", "a_2+0-9.raw", "a_1+1.raw"},
       "a_1+1.raw"},
      {"without tries, but nothing else",
       {"a_1+0-3.raw", "a_2+0.raw"},
       "a_2+0.raw"},
      {"no counter before any", {"a_1.raw", "a_1+5.raw"}, "a_1.raw"},
      {"more tries left", {"a_1+2-9.raw", "a_1+3.raw"}, "a_1+3.raw"},
      {"fewer done", {"a_1+3-2.raw", "a_1+3-1.raw"}, "a_1+3-1.raw"},
      {"version before tries", {"a_1+9.raw", "a_2+1.raw"}, "a_2+1.raw"},
      {"a counter behind an architecture",
       {"a_1_x86-64+2.raw", "a_1.raw"},
       "a_1_x86-64+2.raw"},
      {"octal", {"a_1+010.raw", "a_1+9.raw"}, "a_1+9.raw"},
      {"the largest is none",
       {"a_1+4294967295.raw", "a_1+4.raw"},
       "a_1+4294967295.raw"},
      {"the later name", {"a_1.0.raw", "a_1.00.raw"}, "a_1.00.raw"},
      {"no version left",
       {"a_x_.raw", "a_+1.raw", "a__x86-64.raw"},
       "a_x_.raw"},
      {"what is no version", {"a_1 2.raw", "a_\xff.raw", "a_1:2.raw"}, ""},
  };
  for (int version : {0, 256, 257, 258, 261, 262}) {
    ExpectPicks(cases, HostOf(version));
  }
}

TEST(PickVersionTest, OtherHosts) {
  const std::vector<std::string> all = {"a_1.raw", "a_1_arm.raw",
                                        "a_1_arm64.raw", "a_1_riscv64.raw"};
  EXPECT_EQ(Pick("a.raw.v", all, HostOf(257, Architecture::kArm64)),
            "a_1_arm64.raw");
  EXPECT_EQ(Pick("a.raw.v", all, HostOf(257, Architecture::kArm)),
            "a_1_arm.raw");
  EXPECT_EQ(Pick("a.raw.v", all, HostOf(257, Architecture::kS390x)), "a_1.raw");
  EXPECT_EQ(Pick("a.raw.v", all, HostOf(257, std::nullopt)), "a_1.raw");
  const std::vector<std::string> ppc = {"a_1.raw", "a_1_ppc-le.raw"};
  EXPECT_EQ(Pick("a.raw.v", ppc, HostOf(257, Architecture::kPpc64Le)),
            "a_1_ppc-le.raw");
}

TEST(PickVersionTest, WhatTheDirectoryIsForIsSaidByItsName) {
  const HostFacts host = HostOf(257);
  EXPECT_EQ(Pick("a.sysext.raw.v", {"a_1.raw", "a_1.sysext.raw"}, host),
            "a_1.sysext.raw");
  EXPECT_EQ(Pick("a.v", {"a_1", "a_2"}, host), "a_2");
  EXPECT_EQ(Pick("a.sysext.v", {"a_1", "a_2.sysext"}, host), "a_2.sysext");
}

TEST(PickVersionTest, WhatIsOfAnotherKindUpTo257) {
  const std::vector<PickCase> cases = {
      {"the best is none", {"a_1.raw", "!a_2.raw"}, ""},
      {"the best leads nowhere", {"a_1.raw", "?a_2.raw"}, ""},
      {"one that is not the best",
       {"!a_1.raw", "?a_2.raw", "a_3.raw"},
       "a_3.raw"},
  };
  for (int version : {256, 257}) ExpectPicks(cases, HostOf(version));
}

TEST(PickVersionTest, WhatIsOfAnotherKindFrom258On) {
  const std::vector<PickCase> cases = {
      {"the best is none", {"a_1.raw", "!a_2.raw"}, "a_1.raw"},
      {"none is", {"!a_1.raw"}, ""},
      {"one leads nowhere", {"?a_1.raw", "a_2.raw"}, ""},
      {"one that does not count leads nowhere",
       {"?b_1.raw", "a_2.raw"},
       "a_2.raw"},
  };
  for (int version : {0, 258, 262}) ExpectPicks(cases, HostOf(version));
}

TEST(PickVersionTest, WhatAVersionMayHaveUpTo261) {
  const std::vector<PickCase> cases = {
      {"a plus", {"a_1+k3s1.raw", "a_0.raw"}, "a_1+k3s1.raw"},
      {"a bad counter", {"a_1+5-x.raw", "a_0.raw"}, "a_1+5-x.raw"},
      {"no octal", {"a_1+08.raw", "a_0.raw"}, "a_1+08.raw"},
      {"too many", {"a_1+4294967296.raw", "a_0.raw"}, "a_1+4294967296.raw"},
      {"an underscore", {"a_1_2_x86-64.raw", "a_0.raw"}, "a_1_2_x86-64.raw"},
      {"a comma", {"a_1,2.raw", "a_0.raw"}, "a_1,2.raw"},
      {"a tilde", {"a_1~rc1.raw", "a_0.raw"}, "a_0.raw"},
      {"a caret", {"a_1^post1.raw", "a_0.raw"}, "a_0.raw"},
  };
  for (int version : {256, 257, 261}) ExpectPicks(cases, HostOf(version));
}

TEST(PickVersionTest, WhatAVersionMayHaveFrom262On) {
  const std::vector<PickCase> cases = {
      {"a plus", {"a_1+k3s1.raw", "a_0.raw"}, "a_0.raw"},
      {"a bad counter", {"a_1+5-x.raw", "a_0.raw"}, "a_0.raw"},
      {"an underscore", {"a_1_2_x86-64.raw", "a_0.raw"}, "a_0.raw"},
      {"a comma", {"a_1,2.raw", "a_0.raw"}, "a_0.raw"},
      {"a tilde", {"a_1~rc1.raw", "a_0.raw"}, "a_1~rc1.raw"},
      {"a caret", {"a_1^post1.raw", "a_1.raw"}, "a_1^post1.raw"},
  };
  for (int version : {0, 262}) ExpectPicks(cases, HostOf(version));
}

// $EXTGATE_VPICK is a command that prints what systemd-vpick of version
// $EXTGATE_VPICK_VERSION picks in the directory it is given; of 257 in a chroot
// for example.
TEST(PickVersionTest, AgreesWithSystemdWhereThereIsOne) {
  const char* const command = std::getenv("EXTGATE_VPICK");
  const char* const version = std::getenv("EXTGATE_VPICK_VERSION");
  if (command == nullptr || version == nullptr) GTEST_SKIP();
  std::mt19937 random(3);
  const auto one_of = [&](const std::vector<const char*>& words) {
    return std::string(words[random() % words.size()]);
  };
  for (int i = 0; i < 300; ++i) {
    const std::string top =
        absl::StrCat(std::getenv("EXTGATE_VPICK_TMP"), "/a.raw.v");
    std::filesystem::remove_all(top);
    std::filesystem::create_directory(top);
    std::vector<std::string> entries;
    for (int n = static_cast<int>(random() % 6); n >= 0; --n) {
      const std::string name = absl::StrCat(
          one_of({"a_", "a_", "a_", "a_", "a", "b_"}),
          one_of(
              {"1", "2", "1.0", "10", "1~rc1", "1^1", "1-1", "1_2", "1,2", ""}),
          one_of({"", "", "_x86-64", "_x86", "_arm64", "_sparc", "_amd64"}),
          one_of({"", "", "+0", "+1", "+3-1", "+3-2", "+010", "+08", "+k3s1",
                  "+0-1", "+1-"}),
          one_of({".raw", ".raw", ".raw", ".raw", ".img"}));
      const std::string path = absl::StrCat(top, "/", name);
      if (std::filesystem::exists(std::filesystem::symlink_status(path))) {
        continue;
      }
      switch (random() % 12) {
        case 0:
          std::filesystem::create_directory(path);
          entries.push_back("!" + name);
          break;
        case 1:
          std::filesystem::create_symlink("nowhere", path);
          entries.push_back("?" + name);
          break;
        default:
          std::ofstream(path) << "x";
          entries.push_back(name);
      }
    }
    FILE* const pipe = popen(absl::StrCat(command, " 2>&1").c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string said;
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) {
      if (c != '\n') said += static_cast<char>(c);
    }
    if (pclose(pipe) != 0) said.clear();
    std::string all;
    for (const std::string& entry : entries) absl::StrAppend(&all, entry, " ");
    EXPECT_EQ(Pick("a.raw.v", entries, HostOf(std::atoi(version))), said)
        << all;
  }
}

}  // namespace
}  // namespace extgate
