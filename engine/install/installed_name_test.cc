#include "engine/install/installed_name.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

TEST(InstalledNameTest, SaysItsClassAndIsNoShortName) {
  const struct {
    const char* given;
    ImageClass image_class;
    const char* installed;
  } cases[] = {
      {"k3s.raw", ImageClass::kSysext, "k3s.sysext.raw"},
      {"k3s.sysext.raw", ImageClass::kSysext, "k3s.sysext.raw"},
      {"site.confext.raw", ImageClass::kConfext, "site.confext.raw"},
      {"site.raw", ImageClass::kConfext, "site.confext.raw"},
      {"k3sv1.30.0+k3s1.raw", ImageClass::kSysext,
       "k3sv1.30.0+k3s1.sysext.raw"},
      {"a b.raw", ImageClass::kSysext, "a b.sysext.raw"},
  };
  for (const auto& one : cases) {
    const auto name = InstalledName(one.given, one.image_class);
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(*name, one.installed);
  }
}

TEST(InstalledNameTest, RefusesWhatNoPlaceKeepsOrNobodyTakes) {
  const struct {
    std::string given;
    const char* why;
  } cases[] = {
      {"k3s.img", "`.raw`"},      {"k3s.RAW", "`.raw`"},
      {".raw", "no name"},        {".sysext.raw", "no name"},
      {".hidden.raw", "no name"}, {"a/b.raw", "character"},
      {"a:b.raw", "character"},   {"a*.raw", "character"},
      {"a\\b.raw", "character"},  {"caf\xc3\xa9.raw", "character"},
      {"a\nb.raw", "character"},  {"a .raw", "character"},
      {"a..raw", "character"},    {std::string(250, 'a') + ".raw", "too long"},
  };
  for (const auto& one : cases) {
    const auto name = InstalledName(one.given, ImageClass::kSysext);
    ASSERT_FALSE(name.ok()) << one.given;
    EXPECT_TRUE(absl::IsInvalidArgument(name.status()));
    EXPECT_THAT(std::string(name.status().message()), HasSubstr(one.why))
        << one.given;
  }
}

}  // namespace
}  // namespace extgate
