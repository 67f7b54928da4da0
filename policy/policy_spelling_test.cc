// All spellings of the same policies: there and back, against protobuf's own
// parsers, and cut and flipped everywhere.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/example_policies.h"
#include "policy/policy.h"
#include "policy/policy_printer.h"
#include "policy/policy_reader.h"
#include "policy/policy_writer.h"
#include "policy/random_policy.h"
#include "proto/policy.pb.h"

namespace extgate {
namespace {

namespace fs = std::filesystem;
using google::protobuf::Message;

constexpr PolicySpelling kSpellings[] = {
    PolicySpelling::kYaml, PolicySpelling::kTextproto, PolicySpelling::kBinpb,
    PolicySpelling::kJson};

SourceKind KindOf(PolicySpelling spelling) {
  return PolicyFileKind(absl::StrCat("a.", ToWord(spelling)));
}

std::string Written(const Policy& policy, PolicySpelling spelling) {
  const auto text = WritePolicy(policy, spelling);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.value_or("");
}

std::string Lines(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    absl::StrAppend(&lines, ToString(diagnostic), "\n");
  }
  return lines;
}

// The policies of testdata/policies/good.
std::vector<Policy> GoodPolicies() {
  std::vector<Policy> policies;
  for (const ExamplePolicy& example : ExamplePolicies("good")) {
    const auto read = ReadPolicyText(example.text, example.path, example.kind);
    EXPECT_TRUE(read.value.has_value()) << example.path;
    if (read.value.has_value()) policies.push_back(*read.value);
  }
  EXPECT_GE(policies.size(), 12u);
  return policies;
}

void ExpectThereAndBack(const Policy& policy) {
  for (const PolicySpelling spelling : kSpellings) {
    const std::string text = Written(policy, spelling);
    const auto again = ReadPolicyText(text, "p", KindOf(spelling));
    ASSERT_TRUE(again.value.has_value()) << ToWord(spelling) << "\n"
                                         << text << "\n"
                                         << Lines(again.diagnostics);
    EXPECT_EQ(*again.value, policy) << text;
    EXPECT_EQ(Written(*again.value, spelling), text);
  }
}

TEST(PolicySpellingTest, WrittenPolicyReadsBackEqual) {
  for (const Policy& policy : GoodPolicies()) ExpectThereAndBack(policy);
  for (uint32_t seed = 0; seed < 200; ++seed) {
    ExpectThereAndBack(RandomPolicy(seed));
  }
}

TEST(PolicySpellingTest, ProtobufReadsWhatIsWritten) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Policy policy = RandomPolicy(seed);
    v1::PolicyFile text;
    v1::PolicyFile bytes;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        Written(policy, PolicySpelling::kTextproto), &text));
    ASSERT_TRUE(bytes.ParseFromString(Written(policy, PolicySpelling::kBinpb)));
    EXPECT_EQ(text.DebugString(), bytes.DebugString());
    EXPECT_EQ(bytes.extension_policy().rules_size(),
              static_cast<int>(policy.rules.size()));
  }
}

// Names of the fields of `message` and below that are set, as MESSAGE.FIELD.
void AddSetFields(const Message& message, std::set<std::string>& names) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    names.insert(std::string(field->full_name()));
    if (field->cpp_type() != field->CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      AddSetFields(message.GetReflection()->GetMessage(message, field), names);
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field);
         ++i) {
      AddSetFields(
          message.GetReflection()->GetRepeatedMessage(message, field, i),
          names);
    }
  }
}

// A key that one of reader, printer and schema does not know would be missing.
TEST(PolicySpellingTest, RandomPoliciesHaveEveryFieldOfTheSchema) {
  std::set<std::string> names;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    v1::PolicyFile message;
    message.ParseFromString(
        Written(RandomPolicy(seed), PolicySpelling::kBinpb));
    AddSetFields(message, names);
  }
  const auto& file = *v1::PolicyFile::descriptor()->file();
  for (int i = 0; i < file.message_type_count(); ++i) {
    for (int j = 0; j < file.message_type(i)->field_count(); ++j) {
      const std::string name(file.message_type(i)->field(j)->full_name());
      EXPECT_TRUE(names.contains(name)) << name;
    }
  }
}

// A list that is given and empty is not one that is absent: none of the keys
// of the firmware against those of db.
TEST(PolicySpellingTest, EmptyListsStayEmpty) {
  Policy policy;
  policy.trust.efi.emplace();
  policy.fail_boot.entries.emplace();
  ExpectThereAndBack(policy);
  const auto read = ReadPolicyText("extension_policy { trust { efi: [] } }",
                                   "p", SourceKind::kTextproto);
  ASSERT_TRUE(read.value.has_value());
  ASSERT_TRUE(read.value->trust.efi.has_value());
  EXPECT_TRUE(read.value->trust.efi->value.empty());
}

TEST(PolicySpellingTest, TextOfEachSpelling) {
  const auto policy = ReadPolicyText(R"(
extension_policy:
  mode: enforcing
  measure: {pcr: 14}
  trust:
    efi: []
    certificates: ["-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"]
    sets: {acme: {files: [/a]}}
  rules: [{id: a, match: {name: ["*"]}, verdict: allow, required: true,
           reason: "ü\x01"}]
)",
                                     "p", SourceKind::kPolicyFile);
  ASSERT_TRUE(policy.value.has_value()) << Lines(policy.diagnostics);
  EXPECT_EQ(Written(*policy.value, PolicySpelling::kTextproto),
            R"(# proto-file: proto/policy.proto
# proto-message: extgate.v1.PolicyFile
extension_policy {
  version: 1
  mode: "enforcing"
  measure {
    pcr: 14
  }
  trust {
    efi: ""
    certificates: 
      "-----BEGIN CERTIFICATE-----\n"
      "AA\n"
      "-----END CERTIFICATE-----\n"
    sets {
      key: "acme"
      value {
        files: "/a"
      }
    }
  }
  rules {
    id: "a"
    match {
      name: "*"
    }
    verdict: "allow"
    required: true
    reason: "ü\001"
  }
}
)");
  EXPECT_EQ(Written(*policy.value, PolicySpelling::kJson), R"({
  "extension_policy": {
    "version": 1,
    "mode": "enforcing",
    "measure": {
      "pcr": 14
    },
    "trust": {
      "efi": [],
      "certificates": [
        "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"
      ],
      "sets": {
        "acme": {
          "files": [
            "/a"
          ]
        }
      }
    },
    "rules": [
      {
        "id": "a",
        "match": {
          "name": [
            "*"
          ]
        },
        "verdict": "allow",
        "required": true,
        "reason": "ü\u0001"
      }
    ]
  }
}
)");
}

// ---- spoilt -----------------------------------------------------------------

// Whether protobuf's own parser takes it.
bool ProtobufTakes(const std::string& text, SourceKind kind) {
  const google::protobuf::LogSilencer silencer;
  v1::PolicyFile message;
  if (kind == SourceKind::kBinpb) return message.ParseFromString(text);
  return google::protobuf::TextFormat::ParseFromString(text, &message);
}

// Read without a crash, with a place for each problem; nothing is read that
// protobuf would not read.
void ExpectTotal(const std::string& text, SourceKind kind) {
  const auto read = ReadPolicyText(text, "p", kind);
  ASSERT_EQ(read.value.has_value(), !HasErrors(read.diagnostics)) << text;
  for (const Diagnostic& diagnostic : read.diagnostics) {
    ASSERT_TRUE(diagnostic.span.line > 0 || kind == SourceKind::kBinpb)
        << text << ToString(diagnostic);
  }
  if (!read.value.has_value()) return;
  // An unknown key of a newer version is a warning, and protobuf refuses it.
  if (kind != SourceKind::kJson && read.diagnostics.empty()) {
    ASSERT_TRUE(ProtobufTakes(text, kind)) << text;
  }
}

TEST(PolicySpellingTest, CutAndFlippedEverywhere) {
  for (const Policy& policy : GoodPolicies()) {
    for (const PolicySpelling spelling : kSpellings) {
      if (spelling == PolicySpelling::kYaml) continue;
      const std::string text = Written(policy, spelling);
      for (size_t i = 0; i < text.size(); ++i) {
        ExpectTotal(text.substr(0, i), KindOf(spelling));
        std::string flipped = text;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
        ExpectTotal(flipped, KindOf(spelling));
      }
    }
  }
}

}  // namespace
}  // namespace extgate
