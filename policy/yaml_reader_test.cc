#include "policy/yaml_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/document.h"

namespace extgate {
namespace {

std::string Show(const Node& node) {
  const std::string at = absl::StrCat("@", node.line, ":", node.column);
  switch (node.kind) {
    case Node::Kind::kNull:
      return absl::StrCat("null", at);
    case Node::Kind::kAlias:
      return absl::StrCat("alias", at);
    case Node::Kind::kScalar: {
      const std::string text = absl::StrReplaceAll(node.text, {{"\n", "\\n"}});
      switch (node.style) {
        case ScalarStyle::kPlain:
          return absl::StrCat(text, at);
        case ScalarStyle::kQuoted:
          return absl::StrCat("'", text, "'", at);
        case ScalarStyle::kBlock:
          return absl::StrCat("|", text, "|", at, ">", node.text_line, ":",
                              node.text_column);
      }
      return "";
    }
    case Node::Kind::kList:
      return absl::StrCat(at, "[",
                          absl::StrJoin(node.items, " ",
                                        [](std::string* out, const Node& item) {
                                          absl::StrAppend(out, Show(item));
                                        }),
                          "]");
    case Node::Kind::kMap:
      return absl::StrCat(at, "{",
                          absl::StrJoin(node.pairs, " ",
                                        [](std::string* out, const auto& pair) {
                                          absl::StrAppend(out, Show(pair.key),
                                                          "=",
                                                          Show(pair.value));
                                        }),
                          "}");
  }
  return "";
}

// The tree, or the one diagnostic.
std::string ReadAndShow(absl::string_view text) {
  const auto [root, diagnostics] = ReadYaml(text, "f");
  if (root.has_value()) {
    EXPECT_TRUE(diagnostics.empty());
    return Show(*root);
  }
  EXPECT_EQ(diagnostics.size(), 1u);
  return diagnostics.empty() ? "" : ToString(diagnostics[0]);
}

struct Case {
  const char* name;
  absl::string_view text;
  const char* want;
};

TEST(YamlReaderTest, TreesAndPlaces) {
  const Case kCases[] = {
      {"nothing", "", "null@1:1"},
      {"only a comment", "# a\n", "null@1:1"},
      {"mapping", "a: b\nc: d\n", "@1:1{a@1:1=b@1:4 c@2:1=d@2:4}"},
      {"nested", "a:\n  - x\n  - y: z\n",
       "@1:1{a@1:1=@2:3[x@2:5 @3:5{y@3:5=z@3:8}]}"},
      {"document start", "---\na: b\n...\n", "@2:1{a@2:1=b@2:4}"},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "a: b",
       "@1:1{a@1:1=b@1:4}"},
      {"line ends of DOS", "a: b\r\nc: d\r\n", "@1:1{a@1:1=b@1:4 c@2:1=d@2:4}"},
      {"flow list", "a: [x, \"y\", 'z']",
       "@1:1{a@1:1=@1:4[x@1:5 'y'@1:8 'z'@1:13]}"},
      {"flow mapping", "{a: b, \"c\": d}", "@1:1{a@1:2=b@1:5 'c'@1:8=d@1:13}"},
      {"flow over lines", "a: [x,\n  y]", "@1:1{a@1:1=@1:4[x@1:5 y@2:3]}"},
      {"quoted key", "\"a b\": c", "@1:1{'a b'@1:1=c@1:8}"},
      {"columns are characters", "é: \"€\xF0\x9F\x94\x91\"\nx: [é, b]",
       "@1:1{é@1:1='€\xF0\x9F\x94\x91'@1:4 x@2:1=@2:4[é@2:5 b@2:8]}"},
      {"literal block", "a: |\n\n   x\n   y\nb: c",
       "@1:1{a@1:1=|\\nx\\ny\\n|@1:4>3:4 b@5:1=c@5:4}"},
      {"folded block in a list", "- >-\n  x\n  y\n", "@1:1[|x y|@1:3>2:3]"},
      {"empty block", "a: |\nb: c", "@1:1{a@1:1=||@1:4>1:4 b@2:1=c@2:4}"},
      {"missing values are where their key is", "a:\n\n\nb: ~\nc: null\n",
       "@1:1{a@1:1=null@1:1 b@4:1=null@4:1 c@5:1=null@5:1}"},
      {"empty documents behind it", "a: b\n---\n# c\n--- # d\r\n\n...\n  \t",
       "@1:1{a@1:1=b@1:4}"},
      {"a quoted null is a text", "a: \"null\"", "@1:1{a@1:1='null'@1:4}"},
      {"duplicate keys stay", "a: b\na: c", "@1:1{a@1:1=b@1:4 a@2:1=c@2:4}"},
      {"an alias stays where it is", "a: &x b\nc: *x",
       "@1:1{a@1:1=b@1:4 c@2:1=alias@2:4}"},
      {"quotes in quotes", "a: 'x''y'\nb: \"\\\"\"\nc: '\"'",
       "@1:1{a@1:1='x'y'@1:4 b@2:1='\"'@2:4 c@3:1='\"'@3:4}"},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(ReadAndShow(test.text), test.want) << test.name;
  }
}

TEST(YamlReaderTest, Refusals) {
  const std::string prefix = "error: not a YAML document that extgate reads: ";
  const Case kCases[] = {
      {"two documents", "a: b\n---\nc: d\n",
       "f:2:1: $more than one YAML document (yaml-syntax)"},
      {"second document without a marker", "a: b\n...\nc: d\n",
       "f:3:1: $more than one YAML document (yaml-syntax)"},
      {"second document behind an empty one", "a: b\n---\n---\n- c\n",
       "f:2:1: $more than one YAML document (yaml-syntax)"},
      {"second document is no mark", "a: b\n---\n---#\n",
       "f:2:1: $more than one YAML document (yaml-syntax)"},
      {"what no document begins with", "a: b\n---\n]\n",
       "f:2:1: $more than one YAML document (yaml-syntax)"},
      {"second document is an empty text", "a: b\n--- ''\n",
       "f:2:1: $more than one YAML document (yaml-syntax)"},
      {"second document is an anchor", "a: b\n--- &x\n",
       "f:2:1: $more than one YAML document (yaml-syntax)"},
      {"flow without end", "a:\n  [b,\n",
       "f:3:1: $end of sequence flow not found (yaml-syntax)"},
      {"key in a value", "a: b\né: c: d\n",
       "f:2:5: $illegal map value (yaml-syntax)"},
      {"double quote without end", "a: b\nc: \"d\ne: f\n",
       "f:2:4: $the closing quote is missing (yaml-syntax)"},
      {"single quote without end", "a: 'b''\n",
       "f:1:4: $the closing quote is missing (yaml-syntax)"},
      {"escaped quote is no end", "a: \"b\\\"\n",
       "f:1:4: $the closing quote is missing (yaml-syntax)"},
      {"unknown anchor", "a: *b",
       "f:1:4: $the referenced anchor is not defined (yaml-syntax)"},
      {"end of transmission", "a: b\nc: d\x04\ne: f",
       "f:2:5: $a byte that is no printable UTF-8 text (yaml-syntax)"},
      {"not UTF-8", "a: \xFF",
       "f:1:4: $a byte that is no printable UTF-8 text (yaml-syntax)"},
      {"tab for indentation", "a: b\n\tc: d\n",
       "f:2:1: $illegal tab when looking for indentation (yaml-syntax)"},
      {"tab below a key", "a:\n \tc: d\n",
       "f:2:2: $illegal tab when looking for indentation (yaml-syntax)"},
      {"list behind a tab", "a:\n\t- d\n\t- e\n",
       "f:2:1: $illegal tab when looking for indentation (yaml-syntax)"},
      {"tab between words is no indentation", "a:\n  b\tc: d: e\n",
       "f:2:9: $illegal map value (yaml-syntax)"},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(ReadAndShow(test.text),
              absl::StrReplaceAll(test.want, {{"$", prefix}}))
        << test.name;
  }
}

std::string Nested(int depth) {
  return absl::StrCat(std::string(static_cast<size_t>(depth), '['),
                      std::string(static_cast<size_t>(depth), ']'));
}

TEST(YamlReaderTest, DepthHasALimit) {
  EXPECT_TRUE(ReadYaml(Nested(kMaxYamlDepth), "f").value.has_value());
  EXPECT_EQ(ReadAndShow(Nested(kMaxYamlDepth + 1)),
            "f:1:33: error: not a YAML document that extgate reads: nested "
            "more than 32 deep (yaml-syntax)");
}

std::string ListOf(int items) {
  std::string text;
  for (int i = 0; i < items; ++i) text += "- a\n";
  return text;
}

TEST(YamlReaderTest, NodesHaveALimit) {
  // The list itself is a node too.
  EXPECT_TRUE(ReadYaml(ListOf(kMaxYamlNodes - 1), "f").value.has_value());
  EXPECT_EQ(ReadAndShow(ListOf(kMaxYamlNodes)),
            "f:100000:3: error: not a YAML document that extgate reads: more "
            "than 100000 keys and values (yaml-syntax)");
}

TEST(YamlReaderTest, BytesHaveALimit) {
  const std::string comment = "#" + std::string(kMaxPolicyBytes - 1, 'x');
  EXPECT_TRUE(ReadYaml(comment, "f").value.has_value());
  EXPECT_EQ(ReadAndShow(comment + "x"),
            "f: error: it has 4194305 bytes, more than the 4194304 that a "
            "policy may have (file-unreadable)");
}

// Hostile texts: each ends with a tree or one diagnostic,
// none by the stack or memory (the test's own limits are the check), and what
// a flow hoards is stopped by the meter.
TEST(YamlReaderTest, HostileTextsEnd) {
  for (absl::string_view unit :
       {"[",        "{",          "[\n",  "[]",  "- ", "? ", ": ",  "? ? : ",
        "&a ",      "!",          "!!a ", "*a ", "\"", "'",  "|\n", "a: |\n",
        "---\n",    "%TAG ! a\n", "a,",   "\t",  "\\", "#",  "a: ", "- - a\n",
        "<<: *a\n", "\n",         "\r\n", "a\n", ","}) {
    for (absl::string_view start : {"", "[", "a: \"", "a: &b [*b, "}) {
      std::string text(start);
      while (text.size() + unit.size() <= kMaxPolicyBytes / 16) {
        text.append(unit.data(), unit.size());
      }
      const auto [root, diagnostics] = ReadYaml(text, "f");
      EXPECT_EQ(root.has_value(), diagnostics.empty()) << start << unit;
      for (const Diagnostic& diagnostic : diagnostics) {
        EXPECT_GT(diagnostic.span.line, 0) << start << unit;
      }
    }
  }
}

TEST(YamlReaderTest, FlowOfTooManyTokensIsRefused) {
  std::string text = "[";
  for (int i = 0; i <= kMaxYamlNodes; ++i) text += "a,";
  EXPECT_NE(ReadAndShow(text).find("brackets and commas in one flow"),
            std::string::npos);
}

TEST(CheckPlainTest, FindsWhatAPolicyMayNotUse) {
  const auto [root, none] = ReadYaml(
      "a: &x 1\n"
      "b: [*x]\n"
      "c: !!binary y\n"
      "a: 2\n"
      "? [k]\n"
      ": {d: 1, d: 2, d: 3}\n"
      "<<: {e: 1}\n"
      "\"<<\": f\n",
      "f");
  ASSERT_TRUE(root.has_value());
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : CheckPlain(*root, "f")) {
    found.push_back(absl::StrCat(ToString(diagnostic.span), " ",
                                 ToWord(diagnostic.code), " ",
                                 diagnostic.message));
  }
  EXPECT_EQ(absl::StrJoin(found, "\n"),
            "f:1:4 yaml-alias an anchor is not allowed in a policy\n"
            "f:2:5 yaml-alias an alias is not allowed in a policy\n"
            "f:3:4 wrong-type the tag `tag:yaml.org,2002:binary` is not "
            "allowed in a policy\n"
            "f:4:1 duplicate-key the key `a` is given twice: first at line 1, "
            "column 1\n"
            "f:5:3 wrong-type a key must be a text, not a list\n"
            "f:6:10 duplicate-key the key `d` is given twice: first at line "
            "6, column 4\n"
            "f:6:16 duplicate-key the key `d` is given twice: first at line "
            "6, column 4\n"
            "f:7:1 yaml-alias a merge key `<<` is not allowed in a policy");
}

TEST(QuoteTest, IsPrintableAndShort) {
  EXPECT_EQ(Quote("é"), "`é`");
  EXPECT_EQ(Quote("a\nb\x1B"), "`a\\nb\\x1b`");
  EXPECT_EQ(Quote(std::string(79, 'a') + "é"),
            absl::StrCat("`", std::string(79, 'a'), "…`"));
}

}  // namespace
}  // namespace extgate
