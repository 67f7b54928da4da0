#include "adapters/entry_files.h"

#include <fcntl.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kText[] = "title a\nefi /a.efi\n";
using Files = std::map<std::string, std::string>;  // by name

// One directory of entries on a file system that keeps names in order.
class Entries {
 public:
  explicit Entries(const Files& files) {
    root_.Directory("/e");
    for (const auto& [name, content] : files) {
      root_.File(absl::StrCat("/e/", name), content);
    }
  }

  EntryFiles Open(std::function<void()> after_change = [] {}) {
    return EntryFiles(*root_.places().root().OpenDirectory("/e"),
                      std::move(after_change));
  }

  absl::Status Rename(const std::string& from, const std::string& to) {
    return Open().Rename(*EntryName::Parse(from), to);
  }

  Files Now() const {
    Files files;
    for (const std::string& name : root_.Tree("/e")) {
      files[name] = root_.Read(absl::StrCat("/e/", name));
    }
    return files;
  }

 private:
  TempRoot root_;
};

// What is there after each change that renaming FROM to TO makes.
std::vector<Files> Prefixes(const Files& before, const std::string& from,
                            const std::string& to) {
  Entries entries(before);
  std::vector<Files> seen = {before};
  const absl::Status status =
      entries.Open([&] { seen.push_back(entries.Now()); })
          .Rename(*EntryName::Parse(from), to);
  EXPECT_TRUE(status.ok()) << status;
  return seen;
}

TEST(EntryFilesTest, ADescriptionIsWholeAfterEachChangeAndRepaired) {
  const struct {
    const char* from;
    const char* to;
  } cases[] = {{"a+2-1.conf", "a.conf"},
               {"a+2-1.conf", "a+0-1.conf"},
               {"a.conf", "a+3.conf"}};
  for (const auto& c : cases) {
    const auto prefixes = Prefixes({{c.from, kText}}, c.from, c.to);
    // Created, written, synced, directory synced, removed, directory synced.
    ASSERT_THAT(prefixes, SizeIs(7));
    EXPECT_EQ(prefixes[1].at(c.to), "");
    EXPECT_EQ(prefixes[4].size(), 2u);
    EXPECT_EQ(prefixes.back(), (Files{{c.to, kText}}));
    for (const Files& files : prefixes) {
      Entries entries(files);
      ASSERT_TRUE(entries.Open().Repair().ok());
      const Files repaired = entries.Now();
      ASSERT_EQ(repaired.size(), 1u);
      EXPECT_EQ(repaired.begin()->second, kText);
      // And the change can be made again.
      EXPECT_TRUE(entries.Rename(c.from, c.to).ok());
      EXPECT_EQ(entries.Now(), (Files{{c.to, kText}})) << c.from << c.to;
    }
  }
}

TEST(EntryFilesTest, AUkiIsMovedInOneCall) {
  const auto prefixes = Prefixes({{"a+2-1.efi", "MZ"}}, "a+2-1.efi", "a.efi");
  EXPECT_THAT(prefixes,
              ElementsAre(Files{{"a+2-1.efi", "MZ"}}, Files{{"a.efi", "MZ"}},
                          Files{{"a.efi", "MZ"}}));
}

TEST(EntryFilesTest, OnlyWhatIsSafeToRemoveIsRemoved) {
  const struct {
    const char* name;
    Files before;
    Files after;
  } cases[] = {
      {"one alone", {{"a+0-3.conf", kText}}, {{"a+0-3.conf", kText}}},
      {"one alone, empty", {{"a+2.conf", ""}}, {{"a+2.conf", ""}}},
      {"all empty",
       {{"a+2.conf", ""}, {"a.conf", ""}},
       {{"a+2.conf", ""}, {"a.conf", ""}}},
      {"an empty one beside a whole one",
       {{"a+2-1.conf", kText}, {"a.conf", ""}},
       {{"a+2-1.conf", kText}}},
      {"the counted one stays",
       {{"a+2-1.conf", kText}, {"a.conf", kText}},
       {{"a+2-1.conf", kText}}},
      {"fewer tries stay",
       {{"a+2-1.conf", kText}, {"A+0-1.conf", kText}, {"a.conf", kText}},
       {{"A+0-1.conf", kText}}},
      {"of equally many those with more done",
       {{"a+2-1.conf", kText}, {"a+2.conf", kText}},
       {{"a+2-1.conf", kText}}},
      {"of other content",
       {{"a+2-1.conf", kText}, {"a.conf", "efi /b.efi\n"}},
       {{"a+2-1.conf", kText}, {"a.conf", "efi /b.efi\n"}}},
      {"other entries",
       {{"a.conf", kText}, {"b.conf", kText}, {"a.efi", ""}},
       {{"a.conf", kText}, {"b.conf", kText}, {"a.efi", ""}}},
      {"two ukis",
       {{"a+2.efi", "MZ"}, {"a.efi", "MZ"}},
       {{"a+2.efi", "MZ"}, {"a.efi", "MZ"}}},
      {"an empty uki", {{"a+2.efi", "MZ"}, {"a.efi", ""}}, {{"a+2.efi", "MZ"}}},
      {"no entries",
       {{".a.conf", ""}, {"notes", ""}},
       {{".a.conf", ""}, {"notes", ""}}},
  };
  for (const auto& c : cases) {
    Entries entries(c.before);
    const auto done = entries.Open().Repair();
    ASSERT_TRUE(done.ok()) << c.name << done.status();
    EXPECT_EQ(entries.Now(), c.after) << c.name;
    EXPECT_EQ(done->size(), c.before.size() - c.after.size()) << c.name;
  }
}

TEST(EntryFilesTest, ItSaysWhatItRemoved) {
  Entries entries(
      Files{{"a+2-1.conf", kText}, {"a.conf", kText}, {"a+3.conf", ""}});
  EXPECT_THAT(*entries.Open().Repair(),
              ElementsAre("removed `/e/a+3.conf`: it is empty, and another is "
                          "whole",
                          "removed `/e/a.conf`: it is a copy of `a+2-1.conf`"));
}

TEST(EntryFilesTest, ANameIsFoundHoweverItIsSpelled) {
  Entries entries(Files{{"a+02-0.conf", kText}});
  EXPECT_TRUE(entries.Rename("a+2.conf", "a+1-1.conf").ok());
  EXPECT_EQ(entries.Now(), (Files{{"a+1-1.conf", kText}}));
  EXPECT_TRUE(entries.Rename("a+1-1.conf", "a+1-1.conf").ok());
  EXPECT_TRUE(entries.Rename("a+2.conf", "a+1-1.conf").ok());
}

TEST(EntryFilesTest, WhatCannotBeDoneChangesNothing) {
  const struct {
    Files files;
    const char* from;
    const char* to;
    absl::StatusCode code;
    const char* why;
  } cases[] = {
      {{{"b.conf", kText}},
       "a.conf",
       "a+3.conf",
       absl::StatusCode::kNotFound,
       "`/e/a.conf` is gone"},
      {{{"a+1.conf", ""}},
       "a+1.conf",
       "a.conf",
       absl::StatusCode::kNotFound,
       "is empty"},
      {{{"a+1.conf", kText}, {"A.conf", "x"}},
       "a+1.conf",
       "a.conf",
       absl::StatusCode::kFailedPrecondition,
       "`a+1.conf` and `A.conf` are both there, and not alike"},
      {{{"a+1.efi", "MZ"}, {"a+2.efi", "MZ"}},
       "a+1.efi",
       "a.efi",
       absl::StatusCode::kFailedPrecondition,
       "run fsck.vfat"},
  };
  for (const auto& c : cases) {
    Entries entries(c.files);
    const absl::Status status = entries.Rename(c.from, c.to);
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why));
    EXPECT_EQ(entries.Now(), c.files);
  }
}

}  // namespace
}  // namespace extgate
