#include "engine/image/release_file.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using Fields = std::map<std::string, std::string>;

struct GoodCase {
  std::string name;
  std::string text;
  Fields fields;
};

TEST(ReleaseFileTest, ReadsAsSystemdDoes) {
  const GoodCase kCases[] = {
      {"empty", "", {}},
      {"plain",
       "ID=debian\nVERSION_ID=13\n",
       {{"ID", "debian"}, {"VERSION_ID", "13"}}},
      {"no newline at the end", "ID=debian", {{"ID", "debian"}}},
      {"carriage returns",
       "ID=a\r\nB=b\rC=c\n",
       {{"ID", "a"}, {"B", "b"}, {"C", "c"}}},
      {"comments", "# ID=no\n; ID=no\n  # indented\nID=a\n", {{"ID", "a"}}},
      {"no comment behind a value", "ID=a # b\n", {{"ID", "a # b"}}},
      {"last one wins", "ID=a\nID=b\n", {{"ID", "b"}}},
      {"empty value", "ID=\nB=\"\"\n", {{"ID", ""}, {"B", ""}}},
      {"white space", "  ID \t= \t a b \t\nB=x\n", {{"ID", "a b"}, {"B", "x"}}},
      {"double quotes",
       "A=\"a b\"\nB=\"x\\\"y\\\\z\\$\\`\\n\"\n",
       {{"A", "a b"}, {"B", "x\"y\\z$`\\n"}}},
      {"single quotes", "A='a \"b\" \\n'\n", {{"A", "a \"b\" \\n"}}},
      {"quoted space is kept", "A=\" a \"  \n", {{"A", " a "}}},
      {"parts join", "A=\"a\"'b'c\n", {{"A", "abc"}}},
      {"parts join over space", "A=\"a\" 'b' c\n", {{"A", "abc"}}},
      {"quotes inside a bare value", "A=a\"b\"\n", {{"A", "a\"b\""}}},
      {"backslash", "A=a\\ \\b\\\\\n", {{"A", "a b\\"}}},
      {"joined lines", "A=a\\\nb\nB=c\n", {{"A", "ab"}, {"B", "c"}}},
      {"joined lines in quotes", "A=\"a\\\nb\nc\"\n", {{"A", "ab\nc"}}},
      {"backslash at the end", "A=a \\", {{"A", "a "}}},
      {"line without =", "nothing\nA=a\n", {{"A", "a"}}},
      {"= in a value", "A=b=c\n", {{"A", "b=c"}}},
      {"= in front", "=x\n==y\nA=a\n", {{"=", "y"}, {"A", "a"}}},
      {"UTF-8",
       "NAME=\"Gr\xc3\xbc\xc3\x9f\"\n",
       {{"NAME", "Gr\xc3\xbc\xc3\x9f"}}},
      {"not UTF-8 in a comment", "# \xff\nA=a\n", {{"A", "a"}}},
  };
  for (const GoodCase& good : kCases) {
    SCOPED_TRACE(good.name);
    absl::StatusOr<Fields> fields = ParseReleaseFile(good.text);
    ASSERT_TRUE(fields.ok()) << fields.status();
    EXPECT_EQ(*fields, good.fields);
  }
}

struct BadCase {
  std::string name;
  std::string text;
  std::string message;
};

TEST(ReleaseFileTest, RefusesWithTheLine) {
  const BadCase kCases[] = {
      {"NUL", std::string("A=a\nB=\0b\n", 9), "line 2: a NUL byte"},
      {"NUL in a comment", std::string("#\0\n", 3), "line 1: a NUL byte"},
      {"key not UTF-8", "A=a\nK\xff=b\n", "line 2: not UTF-8"},
      {"value not UTF-8", "A=\xc3\n", "line 1: not UTF-8"},
      {"open double quote", "A=a\nB=\"b\nC=c\n", "line 2: a quote"},
      {"open single quote", "\r\n\r\nA='a", "line 3: a quote"},
      {"open after backslash", "A=\"a\\", "line 1: a quote"},
      {"comment that would go on", "A=a\n# b\\\nID=evil\n",
       "line 2: a comment"},
  };
  for (const BadCase& bad : kCases) {
    SCOPED_TRACE(bad.name);
    absl::Status status = ParseReleaseFile(bad.text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
  }
}

// Every truncation and every byte value at every place ends in a status or a
// map, and never invents a key that no line has.
TEST(ReleaseFileTest, EveryMutationComesBack) {
  const std::string text =
      "ID=\"a\\\"b\"\n# c\nVERSION_ID='1 2'x\\ y\\\n3\r\n;\nLAST=z \n";
  for (size_t length = 0; length <= text.size(); ++length) {
    absl::StatusOr<Fields> fields = ParseReleaseFile(text.substr(0, length));
    if (fields.ok()) {
      EXPECT_LE(fields->size(), 3u);
    }
  }
  for (size_t at = 0; at < text.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string mutated = text;
      mutated[at] = static_cast<char>(value);
      absl::StatusOr<Fields> fields = ParseReleaseFile(mutated);
      if (fields.ok()) {
        EXPECT_LE(fields->size(), 5u);
      } else {
        EXPECT_TRUE(absl::IsInvalidArgument(fields.status()));
      }
    }
  }
}

}  // namespace
}  // namespace extgate
