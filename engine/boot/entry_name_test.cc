#include "engine/boot/entry_name.h"

#include <string>

#include "gtest/gtest.h"

namespace extgate {
namespace {

struct NameCase {
  const char* file_name;
  const char* stem;
  std::optional<Tries> tries;
};

TEST(EntryNameTest, CountersAreTakenApartAsTheBootLoaderDoes) {
  const NameCase cases[] = {
      {"active.conf", "active", std::nullopt},
      {"active+3.conf", "active", Tries{3, 0}},
      {"active+2-1.efi", "active", Tries{2, 1}},
      {"active+4-0.efi", "active", Tries{4, 0}},
      {"active+0-3.EFI", "active", Tries{0, 3}},
      {"active+0.conf", "active", Tries{0, 0}},
      {"active+003.conf", "active", Tries{3, 0}},
      {"a+1+2.conf", "a+1", Tries{2, 0}},
      {"kairos+k3s+3.efi", "kairos+k3s", Tries{3, 0}},
      {"kairos+k3s.efi", "kairos+k3s", std::nullopt},
      {"active+3-.conf", "active+3-", std::nullopt},
      {"active+-3.conf", "active+-3", std::nullopt},
      {"active++.conf", "active++", std::nullopt},
      {"active+.conf", "active+", std::nullopt},
      {"active+3-1-1.conf", "active+3-1-1", std::nullopt},
      {"active+3x.conf", "active+3x", std::nullopt},
      {"active+3.0.conf", "active+3.0", std::nullopt},
      {"active+2147483647.conf", "active", Tries{2147483647, 0}},
      {"active+2147483648.conf", "active+2147483648", std::nullopt},
      {"active+99999999999999999999.conf", "active+99999999999999999999",
       std::nullopt},
      {"active+1-2147483648.conf", "active+1-2147483648", std::nullopt},
      {"+3.conf", "", Tries{3, 0}},
  };
  for (const NameCase& c : cases) {
    const auto name = EntryName::Parse(c.file_name);
    ASSERT_TRUE(name.has_value()) << c.file_name;
    EXPECT_EQ(name->stem(), c.stem) << c.file_name;
    EXPECT_EQ(name->tries(), c.tries) << c.file_name;
  }
}

TEST(EntryNameTest, OtherFilesAreNoEntries) {
  for (const char* file_name :
       {"", ".", ".conf", ".active.conf", "active", "active.txt", "conf",
        "active.conf~", "active.efi.extra.d"}) {
    EXPECT_FALSE(EntryName::Parse(file_name).has_value()) << file_name;
  }
}

TEST(EntryNameTest, OnlyWithoutTriesLeftIsItBad) {
  EXPECT_TRUE(EntryName::Parse("a+0-3.efi")->IsBad());
  EXPECT_TRUE(EntryName::Parse("a+0.efi")->IsBad());
  EXPECT_FALSE(EntryName::Parse("a+1-2.efi")->IsBad());
  EXPECT_FALSE(EntryName::Parse("a.efi")->IsBad());
}

TEST(EntryNameTest, WithOtherTriesItIsTheSameEntry) {
  const EntryName name = *EntryName::Parse("a+b+2-1.CONF");
  EXPECT_EQ(name.With(Tries{0, 3}), "a+b+0-3.CONF");
  EXPECT_EQ(name.With(Tries{3, 0}), "a+b+3.CONF");
  EXPECT_EQ(name.With(std::nullopt), "a+b.CONF");
  for (const Tries& tries : {Tries{0, 0}, Tries{3, 0}, Tries{1, 2}}) {
    const auto read_back = EntryName::Parse(name.With(tries));
    ASSERT_TRUE(read_back.has_value());
    EXPECT_EQ(read_back->tries(), tries);
    EXPECT_EQ(read_back->WithoutTries(), "a+b.CONF");
  }
}

TEST(EntryNameTest, WhatBelongsToAUkiLiesWhereTheStubLooks) {
  struct {
    const char* file_name;
    int stub_version;
    const char* directory;
  } const cases[] = {
      {"active.efi", 257, "active.efi.extra.d"},
      {"active+3.efi", 257, "active.efi.extra.d"},
      {"active+2-1.efi", 255, "active.efi.extra.d"},
      {"active+2-1.efi", 254, "active+2-1.efi.extra.d"},
      {"kairos+k3s+3.efi", 257, "kairos+k3s+3.efi.extra.d"},
      {"a+1+2.efi", 257, "a+1+2.efi.extra.d"},
      {"a+3-.efi", 257, "a+3-.efi.extra.d"},
      {"a+3.0.efi", 257, "a.0.efi.extra.d"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ExtraDirectoryOf(c.file_name, c.stub_version), c.directory)
        << c.file_name << " by " << c.stub_version;
  }
}

}  // namespace
}  // namespace extgate
