#include "adapters/efi_variables.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "adapters/unique_fd.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

constexpr char kGlobal[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr char kDatabase[] = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr char kShim[] = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr char kLoader[] = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const std::string kAttributes("\x06\x00\x00\x00", 4);

void Set(const TempRoot& root, absl::string_view name, absl::string_view vendor,
         absl::string_view content) {
  root.File(absl::StrCat("/sys/firmware/efi/efivars/", name, "-", vendor),
            content);
}

TEST(EfiVariables, SecureBootNeedsOneAndNoSetupMode) {
  const std::string zero = kAttributes + std::string(1, '\0');
  const std::string one = kAttributes + "\x01";
  const struct {
    const char* name;
    std::optional<std::string> secure_boot;
    std::optional<std::string> setup_mode;
    bool enforced;
  } kCases[] = {
      {"on", one, zero, true},
      {"off", zero, zero, false},
      {"setup mode", one, one, false},
      {"off and setup mode", zero, one, false},
      {"no firmware", std::nullopt, std::nullopt, false},
      {"no setup mode", one, std::nullopt, false},
      {"no secure boot", std::nullopt, zero, false},
      {"attributes alone", kAttributes, zero, false},
      {"too short", std::string("\x01"), zero, false},
      {"two bytes", one + "\x01", zero, false},
      {"another value", kAttributes + "\x02", zero, false},
  };
  for (const auto& c : kCases) {
    TempRoot root;
    if (c.secure_boot) Set(root, "SecureBoot", kGlobal, *c.secure_boot);
    if (c.setup_mode) Set(root, "SetupMode", kGlobal, *c.setup_mode);
    EXPECT_EQ(EfiVariables(root.places()).SecureBootEnforced(), c.enforced)
        << c.name;
  }
}

TEST(EfiVariables, ShimWithItsChecksOffIsNoSecureBoot) {
  const std::string zero = kAttributes + std::string(1, '\0');
  const std::string one = kAttributes + "\x01";
  for (const auto& [off, enforced] :
       {std::pair(zero, true), std::pair(one, false),
        std::pair(kAttributes, false), std::pair(zero + "x", false)}) {
    TempRoot root;
    Set(root, "SecureBoot", kGlobal, one);
    Set(root, "SetupMode", kGlobal, zero);
    Set(root, "MokSBStateRT", kShim, off);
    EXPECT_EQ(EfiVariables(root.places()).SecureBootEnforced(), enforced);
  }
}

TEST(EfiVariables, EachListHasItsVendor) {
  TempRoot root;
  Set(root, "PK", kGlobal, kAttributes + "pk");
  Set(root, "KEK", kGlobal, kAttributes + "kek");
  Set(root, "db", kDatabase, kAttributes + "db");
  Set(root, "dbx", kDatabase, kAttributes + "dbx");
  Set(root, "MokListRT", kShim, kAttributes + "mok");
  // Somebody else's variable of that name.
  Set(root, "db", kGlobal, kAttributes + "false");
  EfiVariables variables(root.places());
  EXPECT_EQ(*variables.Variable("PK"), "pk");
  EXPECT_EQ(*variables.Variable("KEK"), "kek");
  EXPECT_EQ(*variables.Variable("db"), "db");
  EXPECT_EQ(*variables.Variable("dbx"), "dbx");
  EXPECT_EQ(*variables.Variable("MOK"), "mok");
  // The kernel's own copy of shim's list has no attributes and comes first.
  root.File("/sys/firmware/efi/mok-variables/MokListRT", "whole");
  EXPECT_EQ(*variables.Variable("MOK"), "whole");
  EXPECT_EQ(variables.Variable("Boot0000").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(EfiVariables, MissingAndBrokenDiffer) {
  TempRoot root;
  Set(root, "dbx", kDatabase, "abc");
  root.Directory(absl::StrCat("/sys/firmware/efi/efivars/db-", kDatabase));
  EfiVariables variables(root.places());
  EXPECT_EQ(variables.Variable("PK").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(variables.Variable("dbx").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(variables.Variable("db").status().code(),
            absl::StatusCode::kUnavailable);
  Set(root, "KEK", kGlobal, kAttributes);
  EXPECT_EQ(*variables.Variable("KEK"), "");
}

TEST(EfiVariables, LoaderStringsAreUtf16) {
  TempRoot root;
  const auto set = [&root](absl::string_view name, absl::string_view data) {
    Set(root, name, kLoader, absl::StrCat(kAttributes, data));
  };
  set("LoaderEntrySelected", absl::string_view("a\0b\0\xe9\0\0\0", 8));
  set("NoNul", absl::string_view("x\0", 2));
  set("Odd", absl::string_view("x\0y", 3));
  set("Lone", absl::string_view("\x00\xd8", 2));
  EfiVariables variables(root.places());
  EXPECT_EQ(*variables.LoaderVariable("LoaderEntrySelected"), "ab\xc3\xa9");
  EXPECT_EQ(*variables.LoaderVariable("NoNul"), "x");
  for (const char* name : {"Odd", "Lone"}) {
    EXPECT_EQ(variables.LoaderVariable(name).status().code(),
              absl::StatusCode::kUnavailable)
        << name;
  }
  EXPECT_EQ(variables.LoaderVariable("StubInfo").status().code(),
            absl::StatusCode::kNotFound);
}

std::string FileOf(absl::string_view name) {
  return absl::StrCat("/sys/firmware/efi/efivars/", name, "-", kLoader);
}

TEST(EfiVariables, WhatIsSetIsKeptOverReboots) {
  TempRoot root;
  root.Directory("/sys/firmware/efi/efivars");
  EfiVariables variables(root.places());
  ASSERT_TRUE(
      variables.SetLoaderVariable("LoaderEntryOneShot", "a\xc3\xa9").ok());
  EXPECT_EQ(root.Read(FileOf("LoaderEntryOneShot")),
            std::string("\7\0\0\0a\0\xe9\0\0\0", 10));
  EXPECT_EQ(*variables.LoaderVariable("LoaderEntryOneShot"), "a\xc3\xa9");
  // Shorter than what was there.
  ASSERT_TRUE(variables.SetLoaderVariable("LoaderEntryOneShot", "").ok());
  EXPECT_EQ(root.Read(FileOf("LoaderEntryOneShot")),
            std::string("\7\0\0\0\0\0", 6));
  ASSERT_TRUE(variables.ClearLoaderVariable("LoaderEntryOneShot").ok());
  EXPECT_FALSE(root.Exists(FileOf("LoaderEntryOneShot")));
  EXPECT_TRUE(variables.ClearLoaderVariable("LoaderEntryOneShot").ok());
}

TEST(EfiVariables, WhatCannotBeSetIsNotTouched) {
  TempRoot root;
  EfiVariables variables(root.places());
  EXPECT_EQ(variables.SetLoaderVariable("LoaderEntryOneShot", "a").code(),
            absl::StatusCode::kNotFound);  // no EFI here
  EXPECT_TRUE(variables.ClearLoaderVariable("LoaderEntryOneShot").ok());
  Set(root, "LoaderEntryOneShot", kLoader, "before");
  EXPECT_EQ(variables.SetLoaderVariable("LoaderEntryOneShot", "\xff").code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(root.Read(FileOf("LoaderEntryOneShot")), "before");
  // Nothing is written through a link.
  root.File("/elsewhere", "mine");
  root.Symlink("/elsewhere", FileOf("LoaderEntryDefault"));
  EXPECT_FALSE(variables.SetLoaderVariable("LoaderEntryDefault", "a").ok());
  EXPECT_EQ(root.Read("/elsewhere"), "mine");
}

// As efivarfs has every variable of the loader.
TEST(EfiVariables, ImmutableOnesAreWrittenAndImmutableAfterwards) {
  TempRoot root;
  Set(root, "LoaderEntryOneShot", kLoader, "before");
  const std::string path = root.At(FileOf("LoaderEntryOneShot"));
  const auto flags = [&path](std::optional<int> set) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    int now = 0;
    if (ioctl(fd.get(), FS_IOC_GETFLAGS, &now) != 0) return -1;
    if (!set.has_value()) return now;
    return ioctl(fd.get(), FS_IOC_SETFLAGS, &*set);
  };
  const int before = flags(std::nullopt);
  if (before < 0 || flags(before | FS_IMMUTABLE_FL) != 0) {
    GTEST_SKIP() << "no immutable files here: no root, or another file system";
  }
  EXPECT_LT(open(path.c_str(), O_WRONLY | O_CLOEXEC), 0);
  EfiVariables variables(root.places());
  EXPECT_TRUE(variables.SetLoaderVariable("LoaderEntryOneShot", "after").ok());
  EXPECT_EQ(*variables.LoaderVariable("LoaderEntryOneShot"), "after");
  EXPECT_EQ(flags(std::nullopt), before | FS_IMMUTABLE_FL);
  EXPECT_TRUE(variables.ClearLoaderVariable("LoaderEntryOneShot").ok());
  EXPECT_FALSE(root.Exists(FileOf("LoaderEntryOneShot")));
}

}  // namespace
}  // namespace extgate
