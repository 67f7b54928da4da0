// What is wrong with a policy in textproto, binary protobuf or JSON, and where.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy_reader.h"
#include "policy/yaml_reader.h"
#include "proto/policy.pb.h"

namespace extgate {
namespace {

std::string Read(absl::string_view text, SourceKind kind) {
  std::string lines;
  for (const Diagnostic& diagnostic :
       ReadPolicyText(text, "p", kind).diagnostics) {
    absl::StrAppend(&lines, ToString(diagnostic.span), " ",
                    ToWord(diagnostic.severity), " ", ToWord(diagnostic.code),
                    ": ", diagnostic.message, "; ", diagnostic.help, "\n");
  }
  return lines;
}

struct Case {
  const char* name;
  const char* text;
  std::vector<const char*> said;  // parts of what is said; none: nothing is
};

void ExpectSaid(const std::vector<Case>& cases, SourceKind kind) {
  for (const Case& test : cases) {
    const std::string said = Read(test.text, kind);
    for (const char* part : test.said) {
      EXPECT_TRUE(absl::StrContains(said, part))
          << test.name << ": " << part << "\n"
          << said;
    }
    if (test.said.empty()) {
      EXPECT_EQ(said, "") << test.name;
    }
  }
}

TEST(TextprotoTest, Said) {
  ExpectSaid(
      {
          {"empty message", "extension_policy {}", {}},
          {"all forms",
           "# c\nextension_policy: < mode: 'enf' \"orcing\"; critical: "
           "[\"a\", 'b'], trust { require_unexpired: t "
           "sets: [{key: 'acme' value {files: '/a'}}] } "
           "measure { pcr: 14 } >",
           {}},
          {"nothing", "", {"p:1:1 error missing-key"}},
          {"two unknown keys",
           "extension_policy {\n  mde: \"x\"\n  rules { idd: 1 }\n}",
           {"p:2:3 error unknown-key: the key `mde`", "did you mean `mode`",
            "p:3:11 error unknown-key: the key `idd`", "did you mean `id`"}},
          {"beside",
           "extension_policy {} other: 1",
           {"p:1:21 error unknown-key: the key `other`"}},
          {"twice",
           "extension_policy {\n  mode: \"enforcing\"\n  mode: \"a\"\n}",
           {"p:3:3 error duplicate-key: the key `mode` is given twice: first "
            "at line 2, column 3"}},
          {"message twice",
           "extension_policy { trust {} trust {} }",
           {"p:1:29 error duplicate-key: the key `trust`"}},
          {"the root twice",
           "extension_policy {}\nextension_policy {}",
           {"p:2:1 error duplicate-key"}},
          {"a set twice",
           "extension_policy { trust { sets { key: 'acme' value { files: '/a' "
           "} } sets { key: 'acme' value { files: '/b' } } } }",
           {"error duplicate-key: the key `acme`"}},
          {"no quotes",
           "extension_policy { mode: enforcing }",
           {"p:1:26 error wrong-type: `mode` must be a text in quotes, not "
            "`enforcing`; write \"enforcing\""}},
          {"a word that is none",
           "extension_policy { mode: \"enforcin\" }",
           {"p:1:26 error unknown-value: `enforcin`", "did you mean"}},
          {"number in quotes",
           "extension_policy { version: \"1\" }",
           {"error wrong-type: `version` must be a number"}},
          {"version 0x1",
           "extension_policy { version: 0x1 }",
           {"error wrong-type: `version` must be a number"}},
          {"version 01",
           "extension_policy { version: 01 }",
           {"error bad-version"}},
          {"truth in quotes",
           "extension_policy { trust { require_unexpired: \"true\" } }",
           {"error wrong-type: `require_unexpired` must be true or false"}},
          {"a list of one that is none",
           "extension_policy { mode: [\"a\"] }",
           {"error wrong-type: `mode` must be a text, not a list"}},
          {"text for a message",
           "extension_policy { trust: \"x\" }",
           {"error wrong-type: `trust` must be a mapping"}},
          {"message for a text",
           "extension_policy { mode {} }",
           {"error wrong-type: `mode` must be a text, not a mapping"}},
          {"an entry without a key",
           "extension_policy { trust { sets { value {} } } }",
           {"p:1:33 error missing-key: an entry has no `key`"}},
          {"an entry with more",
           "extension_policy { trust { sets { key: 'acme' valu {} } } }",
           {"p:1:47 error unknown-key: the key `valu`"}},
          {"not closed",
           "extension_policy {",
           {"p:1:19 error textproto-syntax", "`}` is missing here"}},
          {"closed twice",
           "extension_policy {}}",
           {"p:1:20 error textproto-syntax"}},
          {"quote",
           "extension_policy { mode: \"enf\n\" }",
           {"p:1:26 error textproto-syntax", "closing quote"}},
          {"escape",
           "extension_policy { mode: \"\\q\" }",
           {"p:1:27 error textproto-syntax", "an escape that is none"}},
          {"surrogate",
           "extension_policy { mode: \"\\ud83d\\ude00\" }",
           {"error textproto-syntax"}},
          {"not UTF-8",
           "extension_policy { mode: \"\\377\" }",
           {"error textproto-syntax", "not UTF-8"}},
          {"bytes",
           "extension_policy { mode: \"\x01\" }",
           {"p:1:27 error textproto-syntax"}},
          {"extension", "[a.b] { }", {"p:1:1 error textproto-syntax"}},
          {"no colon",
           "extension_policy { version 1 }",
           {"p:1:28 error textproto-syntax", "`:` is missing here"}},
          {"newer",
           "extension_policy { version: 9 quorum { a: 1 a: 2 } }",
           {"p:1:31 warning unknown-key: the key `quorum`"}},
          {"newer, critical",
           "extension_policy { version: 9 critical: 'quorum' quorum: 2 }",
           {"p:1:50 error unknown-key: the key `quorum`"}},
          {"newer, in match",
           "extension_policy { version: 9 rules { id: 'a' verdict: 'deny' "
           "match { name: '*' colour: 'red' } } }",
           {"error unknown-key: the key `colour`"}},
      },
      SourceKind::kTextproto);
}

TEST(JsonTest, Said) {
  ExpectSaid(
      {
          {"empty", "{\"extension_policy\":{}}", {}},
          {"tabs and surrogates",
           "\t{\t\"extension_policy\"\t:\t{\"rules\":[{\"id\":"
           "\"\\ud83d\\ude00\\/"
           "\",\"verdict\":\"deny\",\"match\":{\"name\":\"*\"},"
           "\"reason\":\"\\u0000\\b\\f\\n\\r\\t\\\\\\\"\"}]}}\r\n",
           {}},
          {"twice",
           "{\"extension_policy\": {\"mode\": \"permissive\",\n\"mode\": "
           "\"enforcing\"}}",
           {"p:2:1 error duplicate-key: the key `mode` is given twice: first "
            "at line 1, column 23"}},
          {"unknown",
           "{\"extension_policy\": {\"mde\": 1}}",
           {"p:1:23 error unknown-key", "did you mean `mode`"}},
          {"a merge key in quotes is a key",
           "{\"extension_policy\": {\"<<\": {}}}",
           {"p:1:23 error unknown-key: the key `<<`"}},
          {"null", "{\"extension_policy\": null}", {"error wrong-type"}},
          {"not a mapping", "[]", {"p:1:1 error wrong-type"}},
          {"nothing", " ", {"p:1:2 error json-syntax", "a value is missing"}},
      },
      SourceKind::kJson);
}

// After the cases of JSONTestSuite (Nicolas Seriot), n_*.json.
TEST(JsonTest, RefusesWhatIsNoJson) {
  for (const char* text : {"[1,]",
                           "[,1]",
                           "[1 true]",
                           "[\"a\",\n4\n,1,",
                           "[1,,2]",
                           "[\"\"",
                           "[",
                           "]",
                           "{",
                           "}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\" b}",
                           "{a: \"b\"}",
                           "{'a':0}",
                           "{\"a\":0,}",
                           "{\"a\":0}}",
                           "{\"a\":0} #",
                           "/**/{}",
                           "{,}",
                           "[+1]",
                           "[-]",
                           "[01]",
                           "[-01]",
                           "[1.]",
                           "[.1]",
                           "[1e]",
                           "[1e+]",
                           "[0x1]",
                           "[NaN]",
                           "[Infinity]",
                           "[nul]",
                           "[tru]",
                           "[True]",
                           "[\"\\x00\"]",
                           "[\"\\u00A\"]",
                           "[\"\\uD800\"]",
                           "[\"\\uD800\\u0041\"]",
                           "[\"\\uDC00\"]",
                           "[\"\\\"]",
                           "[\"a\nb\"]",
                           "[\"\t\"]",
                           "[\"\xFF\"]",
                           "['a']",
                           "[a]",
                           "[1]x",
                           "\"",
                           "{\"a\":1 \"b\":2}",
                           "&a {}",
                           "*",
                           "- a",
                           "a: b",
                           "---\n{}",
                           "\f[]"}) {
    EXPECT_TRUE(absl::StrContains(Read(text, SourceKind::kJson), "json-syntax"))
        << text << Read(text, SourceKind::kJson);
  }
}

// And y_*.json, as what an unknown key holds.
TEST(JsonTest, ReadsWhatIsJson) {
  for (const char* text : {"[[] ]",
                           "[\"\"]",
                           "[]",
                           "[\"a\"]",
                           "[false]",
                           "[null, 1, \"1\", {}]",
                           "[1\n]",
                           " [1]",
                           "[1,null,null,null,2]",
                           "[2] ",
                           "[123e65]",
                           "[0e+1]",
                           "[0e1]",
                           "[-0]",
                           "[1E22]",
                           "[1E-2]",
                           "[123.456e78]",
                           "{\"a\":\"b\"}",
                           "{\"\":0}",
                           "{\"a\":[]}",
                           "{\"a\":\n\"b\"\n}",
                           "[\"\\u0060\\u012a\\u12AB\"]",
                           "[\"\\uD801\\udc37\"]",
                           "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
                           "[\"a/*b*/c\"]",
                           "[\"\xF0\x9F\x94\x91\"]",
                           "[\"\\u0000\"]",
                           "[\"\\uFFFF\"]",
                           "\" \"",
                           "-0.1",
                           "true",
                           "42"}) {
    const std::string said =
        Read(absl::StrCat(
                 "{\"extension_policy\": {\"version\": 2, \"x\": ", text, "}}"),
             SourceKind::kJson);
    EXPECT_TRUE(absl::StrContains(said, "p:1:37 warning unknown-key")) << said;
    EXPECT_FALSE(absl::StrContains(said, "error")) << text << said;
  }
}

std::string Bytes(const v1::PolicyFile& message) {
  return message.SerializeAsString();
}

TEST(BinpbTest, ProblemsHaveTheirFields) {
  v1::PolicyFile file;
  v1::ExtensionPolicy& policy = *file.mutable_extension_policy();
  policy.set_mode("enforce");
  v1::Rule rule;
  rule.set_id("a");
  rule.set_verdict("allow");
  rule.mutable_match()->add_name("ok");
  rule.mutable_match()->add_name("[a");
  *policy.add_rules() = rule;
  *policy.add_rules() = rule;
  (*policy.mutable_trust()->mutable_sets())["acme"].add_files("relative");
  const std::string said = Read(Bytes(file), SourceKind::kBinpb);
  for (const char* part :
       {"p:extension_policy.mode error unknown-value: `enforce`",
        "p:extension_policy.rules[0].match.name[1] error bad-pattern",
        "p:extension_policy.rules[1].id error duplicate-id: the rule id `a` is "
        "used twice: first at `extension_policy.rules[0].id`",
        "p:extension_policy.trust.sets.value.files[0] error bad-pattern"}) {
    EXPECT_TRUE(absl::StrContains(said, part)) << part << "\n" << said;
  }
}

TEST(BinpbTest, UnknownFields) {
  v1::PolicyFile file;
  v1::ExtensionPolicy& policy = *file.mutable_extension_policy();
  policy.GetReflection()->MutableUnknownFields(&policy)->AddVarint(99, 1);
  policy.GetReflection()->MutableUnknownFields(&policy)->AddVarint(99, 2);
  EXPECT_TRUE(absl::StartsWith(
      Read(Bytes(file), SourceKind::kBinpb),
      "p:extension_policy.field 99 error unknown-key: the key `field 99` is no "
      "key of `extension_policy`"));
  policy.set_version(2);
  EXPECT_TRUE(absl::StrContains(Read(Bytes(file), SourceKind::kBinpb),
                                "warning unknown-key"));
  policy.add_critical("trust.efi");  // a key that is known
  EXPECT_FALSE(
      absl::StrContains(Read(Bytes(file), SourceKind::kBinpb), "error"));
  policy.add_critical("trust.quorum");  // one that field 99 may be
  EXPECT_TRUE(absl::StrContains(Read(Bytes(file), SourceKind::kBinpb),
                                "error unknown-key"));
  v1::RuleMatch& match = *policy.add_rules()->mutable_match();
  policy.clear_critical();
  match.GetReflection()->MutableUnknownFields(&match)->AddVarint(99, 1);
  EXPECT_TRUE(absl::StrContains(
      Read(Bytes(file), SourceKind::kBinpb),
      "p:extension_policy.rules[0].match.field 99 error unknown-key"));
}

TEST(BinpbTest, TwiceAndOfAnotherType) {
  v1::PolicyFile file;
  v1::ExtensionPolicy& policy = *file.mutable_extension_policy();
  policy.set_mode("enforcing");
  auto* more = policy.GetReflection()->MutableUnknownFields(&policy);
  more->AddLengthDelimited(3, "permissive");
  more->AddLengthDelimited(1, "1");
  more->AddVarint(16, 1);
  more->AddLengthDelimited(7, "\xFF");
  more->AddLengthDelimited(14, std::string("\x2A\x06\x0A\x04", 4) + "acme" +
                                   std::string("\x2A\x06\x0A\x04", 4) + "acme");
  const std::string said = Read(Bytes(file), SourceKind::kBinpb);
  for (const char* part :
       {"p:extension_policy.mode error duplicate-key",
        "p:extension_policy.version error wrong-type: it is of another wire",
        "p:extension_policy.rules[0] error wrong-type: it is of another wire",
        "p:extension_policy.image_policy error wrong-type: a text that is not",
        "p:extension_policy.trust.sets error duplicate-key: the key `acme`"}) {
    EXPECT_TRUE(absl::StrContains(said, part)) << part << "\n" << said;
  }
}

TEST(BinpbTest, NoMessage) {
  EXPECT_TRUE(absl::StrContains(Read("\x0A\x05", SourceKind::kBinpb),
                                "p error binpb-syntax"));
  EXPECT_TRUE(
      absl::StrContains(Read("extension_policy: {}", SourceKind::kBinpb),
                        "p error binpb-syntax"));
  EXPECT_TRUE(absl::StrContains(
      Read(std::string("\x0A\x02\x72\x05", 4), SourceKind::kBinpb),
      "`extension_policy` is no message"));
  EXPECT_TRUE(absl::StrContains(Read("", SourceKind::kBinpb), "missing-key"));
}

TEST(SpellingLimitsTest, TooLargeTooDeepTooMany) {
  const std::string large(kMaxPolicyBytes + 1, ' ');
  for (const SourceKind kind :
       {SourceKind::kTextproto, SourceKind::kBinpb, SourceKind::kJson}) {
    EXPECT_TRUE(absl::StrContains(Read(large, kind), "file-unreadable"));
  }
  std::string braces;
  std::string brackets;
  for (int i = 0; i < 1000000; ++i) {
    braces += "a{";
    brackets += "[";
  }
  EXPECT_TRUE(absl::StrContains(Read(braces, SourceKind::kTextproto),
                                "p:1:67 error textproto-syntax: not a "
                                "textproto that extgate reads: nested more "
                                "than 32 deep"));
  EXPECT_TRUE(absl::StrContains(Read(brackets, SourceKind::kJson),
                                "nested more than 32 deep"));
  std::string fields;
  std::string items = "[0";
  std::string bytes;
  for (int i = 0; i <= kMaxYamlNodes; ++i) {
    fields += "a:1 ";
    items += ",0";
    bytes += std::string("\x82\x01\x00", 3);  // an empty rule
  }
  EXPECT_TRUE(absl::StrContains(Read(fields, SourceKind::kTextproto),
                                "more than 100000"));
  EXPECT_TRUE(
      absl::StrContains(Read(items, SourceKind::kJson), "more than 100000"));
  v1::PolicyFile file;
  file.mutable_extension_policy()->ParseFromString(bytes);
  EXPECT_TRUE(absl::StrContains(Read(Bytes(file), SourceKind::kBinpb),
                                "more than 100000 fields"));
}

}  // namespace
}  // namespace extgate
