// Directories made byte by byte: what no tool writes.
#include "engine/image/fat_directory.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/image/byte_cursor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

constexpr char kAlias[] = "KAIROS~1EFI";

// An 8.3 entry; `name` has 11 characters.
std::string Entry(absl::string_view name, uint8_t attributes = 0x20,
                  uint8_t case_bits = 0) {
  std::string entry(32, '\0');
  entry.replace(0, 11, std::string(name));
  entry[11] = static_cast<char>(attributes);
  entry[12] = static_cast<char>(case_bits);
  entry[26] = 9;  // cluster
  entry[28] = 5;  // bytes
  return entry;
}

uint8_t ChecksumOf(absl::string_view name) {
  uint8_t sum = 0;
  for (char c : name) {
    sum = static_cast<uint8_t>(((sum & 1) << 7) + (sum >> 1) +
                               static_cast<uint8_t>(c));
  }
  return sum;
}

// The piece `ordinal`, from 1, of a long name in front of `alias`.
std::string Piece(const std::u16string& name, size_t ordinal,
                  absl::string_view alias) {
  const size_t pieces = (name.size() + 12) / 13;
  std::string piece(32, '\0');
  piece[0] = static_cast<char>(ordinal | (ordinal == pieces ? 0x40 : 0));
  piece[11] = 0x0f;
  piece[13] = static_cast<char>(ChecksumOf(alias));
  for (size_t i = 0; i < 13; ++i) {
    const size_t from = 13 * (ordinal - 1) + i;
    const char16_t unit = from < name.size()    ? name[from]
                          : from == name.size() ? u'\0'
                                                : u'\xffff';
    const size_t at = i < 5 ? 1 + 2 * i : i < 11 ? 4 + 2 * i : 6 + 2 * i;
    piece[at] = static_cast<char>(unit & 0xff);
    piece[at + 1] = static_cast<char>(unit >> 8);
  }
  return piece;
}

// A long name and its 8.3 entry.
std::string LongEntry(const std::u16string& name,
                      absl::string_view alias = kAlias) {
  std::string entries;
  for (size_t ordinal = (name.size() + 12) / 13; ordinal > 0; --ordinal) {
    entries += Piece(name, ordinal, alias);
  }
  return entries + Entry(alias);
}

absl::StatusOr<std::vector<FatEntry>> Parsed(absl::string_view bytes) {
  return ParseFatDirectory(BytesOf(bytes), FatType::kFat16);
}

// The names in `bytes`, long ones with a `*` behind; or the error.
std::vector<std::string> Names(absl::string_view bytes) {
  const auto entries = Parsed(bytes);
  if (!entries.ok()) return {std::string(entries.status().message())};
  std::vector<std::string> names;
  for (const FatEntry& entry : *entries) {
    names.push_back(absl::StrCat(entry.name, entry.has_long_name ? "*" : ""));
  }
  return names;
}

TEST(FatDirectoryTest, WhatIsNoFileIsLeftOut) {
  EXPECT_THAT(Names(Entry(".          ", 0x10) + Entry("..         ", 0x10) +
                    Entry("LABEL      ", 0x08) + Entry("LABEL2     ", 0x18) +
                    Entry("\xe5"
                          "GONE      ") +
                    Entry("A       TXT") + std::string(64, '\0') +
                    Entry("\xe5"
                          "GONE      ")),
              ElementsAre("A.TXT"));
  EXPECT_THAT(Names(""), ElementsAre());
  EXPECT_THAT(Names(std::string(32, '\0')), ElementsAre());
}

TEST(FatDirectoryTest, AnEntryBehindTheEndIsAnError) {
  EXPECT_THAT(Names(Entry("A          ") + std::string(32, '\0') +
                    Entry("B          ")),
              ElementsAre("entry 2: it stands behind the directory's end"));
  EXPECT_THAT(Names(std::string(32, '\0') + Entry("LABEL      ", 0x08)),
              ElementsAre("entry 1: it stands behind the directory's end"));
}

TEST(FatDirectoryTest, AShortNameIsShownAsItsBitsSay) {
  struct {
    absl::string_view stored;
    uint8_t case_bits;
    const char* shown;
  } const cases[] = {
      {"A       TXT", 0x00, "A.TXT"},
      {"A       TXT", 0x08, "a.TXT"},
      {"A       TXT", 0x10, "A.txt"},
      {"A       TXT", 0x18, "a.txt"},
      {"A       TXT", 0xe7, "A.TXT"},
      {"ABCDEFGHIJK", 0x08, "abcdefgh.IJK"},
      {"NOEXT      ", 0x18, "noext"},
      {"A B     C D", 0x00, "A B.C D"},
      {"\x05       E  ", 0, "\xc3\xa5.E"},
      {"\x8e       E  ", 0x18, "\xc2\x8e.e"},
      {"+,;=[]  '!~", 0x00, "+,;=[].'!~"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Names(Entry(c.stored, 0x20, c.case_bits)), ElementsAre(c.shown))
        << c.stored;
  }
}

TEST(FatDirectoryTest, AShortNameThatIsNoneIsAnError) {
  for (const char* stored :
       {"        TXT", " A      TXT", "A.B     TXT", "A       T.X",
        "A/B     TXT", "A\\B     TXT", "A\x01      TXT", "A\x7f      TXT",
        "A*      TXT", ".A      TXT", "...        "}) {
    EXPECT_THAT(Names(Entry(stored)), ElementsAre("entry 0: `` is no name"))
        << stored;
    // But a long name may have one beside.
    EXPECT_THAT(Names(LongEntry(u"name", stored)), ElementsAre("name*"));
  }
  std::string nul = Entry("A       TXT");
  nul[3] = '\0';
  EXPECT_THAT(Names(nul), ElementsAre("entry 0: `` is no name"));
}

TEST(FatDirectoryTest, ALongNameIsOfAnyLengthUpTo255) {
  for (size_t length : {1, 12, 13, 14, 25, 26, 27, 247, 248, 254, 255}) {
    EXPECT_THAT(Names(LongEntry(std::u16string(length, u'n'))),
                ElementsAre(std::string(length, 'n') + "*"));
  }
  for (size_t length : {256, 259, 260}) {
    EXPECT_THAT(
        Names(LongEntry(std::u16string(length, u'n'))),
        ElementsAre("entry 20: its long name has more than 255 characters"));
  }
  // Linux and EDK2 look no farther either.
  EXPECT_THAT(Names(LongEntry(std::u16string(261, u'n'))),
              ElementsAre("KAIROS~1.EFI"));
}

TEST(FatDirectoryTest, ALongNameIsOfAnyScript) {
  EXPECT_THAT(Names(LongEntry(u"ä 日本 \U0001f600.efi")),
              ElementsAre("ä 日本 \xf0\x9f\x98\x80.efi*"));
  const auto entries = Parsed(LongEntry(u"Kairos 4.efi"));
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ((*entries)[0].short_name, "KAIROS~1.EFI");
  EXPECT_EQ((*entries)[0].size_bytes, 5u);
  EXPECT_EQ((*entries)[0].first_cluster, 9u);
}

TEST(FatDirectoryTest, ALongNameThatIsNoneIsAnError) {
  for (const std::u16string& name :
       {u"."s, u".."s, u"a/b"s, u"a\\b"s, u"a\x01"s, u"a\x7f"s, u"a:b"s, u"a*"s,
        u"a?"s, u"a\"b"s, u"a<b"s, u"a>b"s, u"a|b"s, u"\0"s + u"ab"}) {
    EXPECT_THAT(Names(LongEntry(name)), ElementsAre(HasSubstr("is no name")));
  }
  std::u16string half = u"half";
  half.push_back(u'\xd83d');
  EXPECT_THAT(Names(LongEntry(half)),
              ElementsAre("entry 1: its long name is not UTF-16"));
}

// Names of 3 pieces, which stand at 0, 1 and 2, and their 8.3 entry.
TEST(FatDirectoryTest, ALongNameThatIsNotWholeCountsForNothing) {
  const std::u16string name(30, u'n');
  const auto put = [](size_t at, char byte) {
    return [at, byte](std::string& bytes) { bytes[at] = byte; };
  };
  struct {
    const char* what;
    std::function<void(std::string&)> change;
  } const cases[] = {
      {"checksum of the first piece", put(13, 1)},
      {"checksum of the last piece", put(64 + 13, 1)},
      {"another 8.3 name", put(96, 'X')},
      {"deleted", put(0, '\xe5')},
      {"deleted within", put(32, '\xe5')},
      {"out of order", put(32, 1)},
      {"no end", put(0, 3)},
      {"a number too high", put(0, 0x44)},
      {"no piece but a label", put(32 + 11, 0x08)},
      {"attributes beside", put(64 + 11, 0x4f)},
      {"a cluster", put(32 + 26, 1)},
      {"a cluster's upper half", put(32 + 27, 1)},
      {"first missing", [](std::string& b) { b.erase(0, 32); }},
      {"one missing", [](std::string& b) { b.erase(32, 32); }},
      {"last missing", [](std::string& b) { b.erase(64, 32); }},
      {"an 8.3 entry between",
       [](std::string& b) { b.insert(64, Entry("B          ")); }},
      {"a label between",
       [](std::string& b) { b.insert(96, Entry("B          ", 8)); }},
      {"something deleted between",
       [](std::string& b) { b.insert(96, Entry("\xe5          ")); }},
  };
  ASSERT_THAT(Names(LongEntry(name)), ElementsAre(std::string(30, 'n') + "*"));
  for (const auto& c : cases) {
    std::string bytes = LongEntry(name);
    c.change(bytes);
    const std::vector<std::string> names = Names(bytes);
    EXPECT_THAT(names.back(), testing::AnyOf("KAIROS~1.EFI", "XAIROS~1.EFI"))
        << c.what;
  }
  // Pieces of nothing, and those of another name in front.
  EXPECT_THAT(Names(Piece(name, 3, kAlias) + Piece(name, 2, kAlias)),
              ElementsAre());
  EXPECT_THAT(Names(Piece(name, 3, kAlias) + LongEntry(u"own")),
              ElementsAre("own*"));
}

TEST(FatDirectoryTest, TheUpperHalfOfAClusterIsOfFat32) {
  std::string bytes = Entry("A          ") + Entry("D          ", 0x10);
  bytes[20] = '\x34';
  bytes[21] = '\xf2';
  const auto narrow = ParseFatDirectory(BytesOf(bytes), FatType::kFat12);
  ASSERT_TRUE(narrow.ok());
  EXPECT_EQ((*narrow)[0].first_cluster, 9u);
  const auto wide = ParseFatDirectory(BytesOf(bytes), FatType::kFat32);
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ((*wide)[0].first_cluster, 0xf2340009u);
  EXPECT_FALSE((*wide)[0].directory);
  EXPECT_TRUE((*wide)[1].directory);
  EXPECT_EQ((*wide)[1].size_bytes, 0u) << "a directory has none";
}

TEST(FatDirectoryTest, CutAnywhereItEndsWithAnAnswer) {
  const std::string bytes = LongEntry(std::u16string(30, u'n'));
  for (size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(Names(absl::string_view(bytes).substr(0, size)).size(),
              size / 128);
  }
}

TEST(FatDirectoryTest, AnyByteMayBeAnything) {
  const std::string bytes = LongEntry(u"A long name.efi") +
                            Entry("D          ", 0x10) + std::string(32, '\0');
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      const auto entries = Parsed(changed);
      if (!entries.ok()) {
        EXPECT_EQ(entries.status().code(), absl::StatusCode::kDataLoss);
        continue;
      }
      EXPECT_LE(entries->size(), 4u);
      for (const FatEntry& entry : *entries) {
        EXPECT_NE(entry.name, "");
        EXPECT_EQ(entry.name.find('/'), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace extgate
