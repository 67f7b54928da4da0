#include "policy/diff/name_cells.h"

#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/glob.h"
#include "policy/path_glob.h"

namespace extgate {
namespace {

std::vector<NameLanguage> LanguagesOf(const std::vector<std::string>& globs) {
  std::vector<NameLanguage> languages;
  for (const std::string& glob : globs) {
    auto language = LanguageOfGlob(glob);
    EXPECT_TRUE(language.has_value()) << glob;
    languages.push_back(std::move(language).value_or(NameLanguage()));
  }
  return languages;
}

std::vector<uint32_t> Matching(const std::vector<std::string>& globs,
                               const std::string& name) {
  std::vector<uint32_t> matching;
  for (uint32_t i = 0; i < globs.size(); ++i) {
    const auto glob = Glob::Parse(globs[i]);
    if (glob.ok() && glob->Matches(name)) matching.push_back(i);
  }
  return matching;
}

// Every cell is what it says; returns what there is.
std::set<std::vector<uint32_t>> Cells(const std::vector<std::string>& globs,
                                      const std::vector<uint32_t>& focus = {}) {
  std::set<std::vector<uint32_t>> cells;
  const NameCells found = FindNameCells(LanguagesOf(globs), focus);
  EXPECT_TRUE(found.complete);
  for (const NameCell& cell : found.cells) {
    EXPECT_EQ(Matching(globs, cell.name), cell.matched) << cell.name;
    if (cell.inside != cell.name) continue;
    EXPECT_TRUE(cells.insert(cell.matched).second) << cell.name;
  }
  return cells;
}

using Set = std::set<std::vector<uint32_t>>;

TEST(FindNameCells, OfFewGlobs) {
  EXPECT_EQ(Cells({}), (Set{{}}));
  EXPECT_EQ(Cells({"a"}), (Set{{}, {0}}));
  EXPECT_EQ(Cells({"*"}), (Set{{0}}));
  EXPECT_EQ(Cells({"a*", "*b"}), (Set{{}, {0}, {1}, {0, 1}}));
  EXPECT_EQ(Cells({"a*", "ab*"}), (Set{{}, {0}, {0, 1}}));
  EXPECT_EQ(Cells({"[a-c]", "b", "[!a-c]"}), (Set{{}, {0}, {0, 1}, {2}}));
  EXPECT_EQ(Cells({"?", "??*"}), (Set{{0}, {1}}));
  EXPECT_EQ(Cells({"\xc3\xbc*", "[\xc3\xa0-\xc3\xbf]*"}),
            (Set{{}, {1}, {0, 1}}));
}

TEST(FindNameCells, WithinAFocus) {
  EXPECT_EQ(Cells({"a*", "*b", "c"}, {0}), (Set{{0}, {0, 1}}));
  EXPECT_EQ(Cells({"a*", "*b", "c"}, {2}), (Set{{2}}));
}

// Whatever a random name matches is a cell.
TEST(FindNameCells, NoRandomNameIsInNone) {
  std::mt19937 random(7);
  const auto draw = [&](const std::vector<std::string>& from, size_t length) {
    std::string text;
    while (length-- > 0) text += from[random() % from.size()];
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> globs;
    for (size_t n = random() % 5; n > 0; --n) {
      globs.push_back(draw({"a", "b", "*", "?", "[ab]", "[!b]", "[a-z]"},
                           1 + random() % 4));
    }
    const Set cells = Cells(globs);
    for (int i = 0; i < 200; ++i) {
      const std::string name = draw({"a", "b", "c", "7"}, 1 + random() % 6);
      EXPECT_TRUE(cells.contains(Matching(globs, name))) << name;
    }
  }
}

// The name inside and outside.
TEST(FindNameCells, NorIsAPairOfNames) {
  std::mt19937 random(8);
  const auto draw = [&](const std::vector<std::string>& from, size_t length) {
    std::string text;
    while (length-- > 0) text += from[random() % from.size()];
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> globs;
    for (size_t n = random() % 4; n > 0; --n) {
      globs.push_back(
          draw({"a", "b", "*", "?", "_", "[!b]"}, 1 + random() % 4));
    }
    std::set<std::pair<std::vector<uint32_t>, std::vector<uint32_t>>> pairs;
    for (const NameCell& cell : FindNameCells(LanguagesOf(globs), {}).cells) {
      if (cell.inside == cell.name) continue;
      EXPECT_EQ(cell.inside,
                cell.name.substr(0, cell.name.find_first_of("_+")));
      pairs.emplace(Matching(globs, cell.inside), cell.matched);
    }
    for (int i = 0; i < 100; ++i) {
      const std::string inside = draw({"a", "b", "c"}, 1 + random() % 3);
      const std::string outside = absl::StrCat(
          inside, draw({"_", "+"}, 1), draw({"a", "b", "_"}, random() % 3));
      EXPECT_TRUE(
          pairs.contains({Matching(globs, inside), Matching(globs, outside)}))
          << outside;
    }
  }
}

TEST(FindNameCells, OfThousands) {
  std::vector<std::string> globs;
  for (int i = 0; i < 300; ++i) {
    globs.push_back(absl::StrCat("app-", 100000 + i, "-*"));
  }
  globs.push_back("*-debug");
  EXPECT_EQ(Cells(globs).size(), 602u);
  EXPECT_EQ(Cells(globs, {5}).size(), 2u);
}

TEST(FindNameCells, OfExpressionsBesideGlobs) {
  std::vector<NameLanguage> languages = LanguagesOf({"k3s*", "*1"});
  languages.push_back(*LanguageOfExpression("k3s[0-9]+"));
  languages.push_back(*LanguageOfExpression("k3s[0-9]*"));
  Set cells;
  for (const NameCell& cell : FindNameCells(languages, {3}).cells) {
    if (cell.inside == cell.name) cells.insert(cell.matched);
  }
  EXPECT_EQ(cells, (Set{{0, 3}, {0, 2, 3}, {0, 1, 2, 3}}));
}

// Each combination of patterns that some random path meets is a cell.
TEST(FindPathCells, NoRandomPathIsInNone) {
  const std::vector<std::string> all = {
      "/usr/**",     "/usr/*", "/**/a", "/usr/[ab]*", "/*/[!a]",
      "/usr/**/b/a", "/**",    "/a?",   "/.?",        "/**/b/**"};
  std::mt19937 random(9);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> globs;
    std::vector<NameLanguage> languages;
    for (size_t n = random() % 5; n > 0; --n) {
      globs.push_back(all[random() % all.size()]);
      languages.push_back(*LanguageOfPathGlob(globs.back()));
    }
    const auto matching = [&](const std::string& path) {
      std::vector<uint32_t> places;
      for (uint32_t i = 0; i < globs.size(); ++i) {
        if (PathGlob::Parse(globs[i])->Matches(path)) places.push_back(i);
      }
      return places;
    };
    const NameCells found = FindPathCells(languages);
    EXPECT_TRUE(found.complete);
    Set cells;
    for (const NameCell& cell : found.cells) {
      EXPECT_EQ(matching(cell.name.substr(1)), cell.matched) << cell.name;
      cells.insert(cell.matched);
    }
    for (int i = 0; i < 100; ++i) {
      std::string path;
      for (size_t n = 1 + random() % 4; n > 0; --n) {
        static const char* const kParts[] = {"usr", "a", "b", "ab", ".x", "c"};
        path += (path.empty() ? "" : "/") + std::string(kParts[random() % 6]);
      }
      EXPECT_TRUE(cells.contains(matching(path))) << path;
    }
  }
}

TEST(FindPathCells, PartsAreNamesOfFiles) {
  for (const NameCell& cell :
       FindPathCells({*LanguageOfPathGlob("/[.]*"), *LanguageOfPathGlob("/?")})
           .cells) {
    EXPECT_NE(cell.name, "/.");
    EXPECT_NE(cell.name, "/..");
    EXPECT_EQ(cell.name.find("//"), std::string::npos);
  }
}

TEST(FindNameCells, SaysWhenItIsTooMuch) {
  std::vector<std::string> globs;
  for (int i = 0; i < 24; ++i) {
    globs.push_back(absl::StrCat("*", std::string(1, 'a' + i), "*"));
  }
  EXPECT_FALSE(FindNameCells(LanguagesOf(globs), {}).complete);
}

}  // namespace
}  // namespace extgate
