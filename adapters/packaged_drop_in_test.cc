#include "adapters/packaged_drop_in.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// Path of the drop-in of the sysext unit below `parent`.
std::string In(absl::string_view parent) {
  return absl::StrCat(
      parent, "/systemd/system/systemd-sysext.service.d/zzz-extgate.conf");
}

// What the package installs for `image_class`.
std::string Packaged(ImageClass image_class) {
  std::ifstream file(absl::StrCat("packaging/systemd-", ToWord(image_class),
                                  ".service.d/zzz-extgate.conf"));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(PackagedDropIn, IsKnownWhereverItIsInstalled) {
  for (const char* parent : {"/etc", "/usr/local/lib", "/usr/lib"}) {
    TempRoot root;
    EXPECT_FALSE(HasPackagedDropIn(root.places(), ImageClass::kSysext));
    root.File(In(parent), Packaged(ImageClass::kSysext));
    EXPECT_TRUE(HasPackagedDropIn(root.places(), ImageClass::kSysext))
        << parent;
    EXPECT_FALSE(HasPackagedDropIn(root.places(), ImageClass::kConfext))
        << parent;
    root.File(absl::StrCat(parent,
                           "/systemd/system/systemd-confext.service.d/"
                           "zzz-extgate.conf"),
              Packaged(ImageClass::kConfext));
    EXPECT_TRUE(HasPackagedDropIn(root.places(), ImageClass::kConfext))
        << parent;
  }
}

// Whatever stands in /run is replaced or removed by apply itself.
TEST(PackagedDropIn, IsNotWhatLiesInRun) {
  TempRoot root;
  root.File(In("/run"), Packaged(ImageClass::kSysext));
  EXPECT_FALSE(HasPackagedDropIn(root.places(), ImageClass::kSysext));
  root.Remove(In("/run"));
  root.Symlink("/dev/null", In("/run"));
  root.File(In("/usr/lib"), Packaged(ImageClass::kSysext));
  EXPECT_TRUE(HasPackagedDropIn(root.places(), ImageClass::kSysext));
}

TEST(PackagedDropIn, IsHiddenByWhatComesFirst) {
  const std::string packaged = Packaged(ImageClass::kSysext);
  const struct {
    const char* name;
    void (*hide)(const TempRoot& root);
  } kCases[] = {
      {"mask",
       [](const TempRoot& root) { root.Symlink("/dev/null", In("/etc")); }},
      {"empty file", [](const TempRoot& root) { root.File(In("/etc")); }},
      {"somebody else's",
       [](const TempRoot& root) {
         root.File(In("/etc"), "[Service]\nExecStart=\nExecStart=true\n");
       }},
      {"dangling link",
       [](const TempRoot& root) { root.Symlink("gone", In("/etc")); }},
      {"directory", [](const TempRoot& root) { root.Directory(In("/etc")); }},
      {"mask in /usr/local/lib",
       [](const TempRoot& root) {
         root.Symlink("/dev/null", In("/usr/local/lib"));
       }},
  };
  for (const auto& c : kCases) {
    TempRoot root;
    root.File(In("/usr/lib"), packaged);
    ASSERT_TRUE(HasPackagedDropIn(root.places(), ImageClass::kSysext));
    c.hide(root);
    EXPECT_FALSE(HasPackagedDropIn(root.places(), ImageClass::kSysext))
        << c.name;
  }
}

TEST(PackagedDropIn, RunsMergeInPlaceOfTheUnitsOwnCommand) {
  const struct {
    const char* name;
    const char* text;
    bool is;
  } kCases[] = {
      {"plain",
       "[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge sysext", true},
      {"by name", "[Service]\nExecStart=\nExecStart=extgate merge sysext\n",
       true},
      {"prefix, blanks, options",
       " [Service] \nExecStart = \n"
       "ExecStart =  -/opt/bin/extgate\t--json merge sysext ; true\n",
       true},
      {"continued",
       "[Service]\nExecStart=\nExecStart=/usr/bin/extgate \\\n merge sysext\n",
       true},
      {"without reset", "[Service]\nExecStart=/usr/bin/extgate merge sysext\n",
       false},
      {"reset after it",
       "[Service]\nExecStart=/usr/bin/extgate merge sysext\nExecStart=\n",
       false},
      {"other section",
       "[Service]\nExecStart=\n[X-Mine]\n"
       "ExecStart=/usr/bin/extgate merge sysext\n",
       false},
      {"no section", "ExecStart=\nExecStart=/usr/bin/extgate merge sysext\n",
       false},
      {"comment",
       "[Service]\nExecStart=\n#ExecStart=/usr/bin/extgate merge sysext\n",
       false},
      {"other setting",
       "[Service]\nExecStart=\nExecStartPre=/usr/bin/extgate merge sysext\n",
       false},
      {"part of another line",
       "[Service]\nExecStart=\nEnvironment=A=B \\\n"
       "ExecStart=/usr/bin/extgate merge sysext\n",
       false},
      {"other class",
       "[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge confext\n",
       false},
      {"other verb",
       "[Service]\nExecStart=\nExecStart=/usr/bin/extgate status\n", false},
      {"other program",
       "[Service]\nExecStart=\nExecStart=/usr/bin/noextgate merge sysext\n",
       false},
      {"as an argument",
       "[Service]\nExecStart=\nExecStart=echo extgate merge sysext\n", false},
  };
  for (const auto& c : kCases) {
    TempRoot root;
    root.File(In("/usr/lib"), c.text);
    EXPECT_EQ(HasPackagedDropIn(root.places(), ImageClass::kSysext), c.is)
        << c.name;
  }
}

}  // namespace
}  // namespace extgate
