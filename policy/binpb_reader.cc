// Each message is parsed without its type, so that nothing is lost or put
// together; then by its type. One way in: ReadBinpb.
#include "policy/binpb_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/policy_schema.h"
#include "policy/printable.h"
#include "policy/text_scanner.h"
#include "policy/yaml_reader.h"

namespace extgate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

class BinpbParser {
 public:
  explicit BinpbParser(absl::string_view path) : path_(path) {}

  WithDiagnostics<std::optional<FieldDocument>> Parse(absl::string_view bytes) {
    document_.root = ReadMessage(PolicySchema(), bytes, "");
    if (!refusal_.empty()) {
      return {std::nullopt,
              {{DiagnosticCode::kBinpbSyntax,
                Severity::kError,
                {path_, 0, 0},
                absl::StrCat("not a binary protobuf that extgate reads: ",
                             refusal_),
                ""}}};
    }
    return {std::move(document_), std::move(diagnostics_)};
  }

 private:
  void Refuse(std::string why) {
    if (refusal_.empty()) refusal_ = std::move(why);
  }

  Node Make(Node::Kind kind, const std::string& field) {
    if (document_.paths.size() >= kMaxYamlNodes) {
      Refuse(absl::StrCat("more than ", kMaxYamlNodes, " fields"));
    } else {
      document_.paths.push_back(field.empty() ? "the message" : field);
    }
    Node node;
    node.kind = kind;
    node.line = node.text_line = static_cast<int>(document_.paths.size());
    node.column = node.text_column = 0;
    node.style = ScalarStyle::kQuoted;
    return node;
  }

  Node ReadMessage(const Descriptor& message, absl::string_view bytes,
                   const std::string& path) {
    Node map = Make(Node::Kind::kMap, path);
    UnknownFieldSet fields;
    if (!fields.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      Refuse(path.empty() ? "it is no message"
                          : absl::StrCat("`", path, "` is no message"));
      return map;
    }
    std::map<int, size_t> places;  // in map.pairs, by number
    for (int i = 0; i < fields.field_count() && refusal_.empty(); ++i) {
      const UnknownField& field = fields.field(i);
      const FieldDescriptor* type = message.FindFieldByNumber(field.number());
      if (type == nullptr) {
        AddUnknown(field.number(), path, places, map);
      } else {
        AddField(*type, field, path, places, map);
      }
    }
    for (NodePair& pair : map.pairs) {
      if (pair.value.kind == Node::Kind::kList) MendEmptyList(pair.value);
    }
    return map;
  }

  static std::string Below(const std::string& path, absl::string_view name) {
    return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
  }

  // Once, however often it is there.
  void AddUnknown(int number, const std::string& path,
                  std::map<int, size_t>& places, Node& map) {
    if (!places.emplace(number, map.pairs.size()).second) return;
    const std::string name = absl::StrCat("field ", number);
    Node key = Make(Node::Kind::kScalar, Below(path, name));
    key.text = name;
    map.pairs.push_back({std::move(key), Make(Node::Kind::kNull, path)});
  }

  void AddField(const FieldDescriptor& type, const UnknownField& field,
                const std::string& path, std::map<int, size_t>& places,
                Node& map) {
    std::string name = Below(path, type.name());
    const auto [place, is_new] =
        places.emplace(field.number(), map.pairs.size());
    if (is_new) {
      Node key = Make(Node::Kind::kScalar, name);
      key.text = type.name();
      Node value;
      if (type.is_repeated()) {
        value =
            Make(type.is_map() ? Node::Kind::kMap : Node::Kind::kList, name);
      }
      map.pairs.push_back({std::move(key), std::move(value)});
    } else if (!type.is_repeated()) {
      Report(DiagnosticCode::kDuplicateKey, name,
             absl::StrCat("the field `", type.name(), "` is given twice"),
             "keep one of them");
      return;
    }
    Node& value = map.pairs[place->second].value;
    if (type.is_map()) {
      AddEntry(type, field, name, value);
    } else if (type.is_repeated()) {
      absl::StrAppend(&name, "[", value.items.size(), "]");
      value.items.push_back(ReadValue(type, field, name));
    } else {
      value = ReadValue(type, field, name);
    }
  }

  // A map entry is a message of `key` (1) and `value` (2).
  void AddEntry(const FieldDescriptor& type, const UnknownField& field,
                const std::string& name, Node& map) {
    Node entry = ReadValue(type, field, name);
    if (entry.kind != Node::Kind::kMap) return;
    NodePair pair{Make(Node::Kind::kScalar, name),
                  Make(Node::Kind::kMap, name)};
    for (auto& [key, value] : entry.pairs) {
      if (key.text == "key") {
        pair.key.text = value.text;
      } else if (key.text == "value") {
        pair.value = std::move(value);
      } else {
        Report(DiagnosticCode::kUnknownKey, name,
               absl::StrCat("the ", key.text, " is none of an entry"), "");
      }
    }
    if (Find(map, pair.key.text) != nullptr) {
      Report(DiagnosticCode::kDuplicateKey, name,
             absl::StrCat("the key ", Quote(pair.key.text), " is given twice"),
             "keep one of them");
      return;
    }
    map.pairs.push_back(std::move(pair));
  }

  Node ReadValue(const FieldDescriptor& type, const UnknownField& field,
                 const std::string& name) {
    const bool is_number = type.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
                           type.cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
    const UnknownField::Type wanted = is_number
                                          ? UnknownField::TYPE_VARINT
                                          : UnknownField::TYPE_LENGTH_DELIMITED;
    if (field.type() != wanted) {
      Report(DiagnosticCode::kWrongType, name,
             absl::StrCat("it is of another wire type than `", type.name(),
                          "` is"),
             "write it by proto/policy.proto");
      return Make(Node::Kind::kNull, name);
    }
    if (type.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return ReadMessage(*type.message_type(), field.length_delimited(), name);
    }
    Node node = Make(Node::Kind::kScalar, name);
    if (!is_number) {
      node.text = field.length_delimited();
      if (!IsUtf8(node.text)) {
        Report(DiagnosticCode::kWrongType, name, "a text that is not UTF-8",
               "");
        node.text.clear();
      }
    } else if (type.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      node.text = field.varint() == 0 ? "false" : "true";
    } else {
      // What does not fit stays what it is, and is refused for that.
      node.text = absl::StrCat(field.varint());
    }
    return node;
  }

  void Report(DiagnosticCode code, const std::string& field,
              std::string message, std::string help) {
    diagnostics_.push_back({code,
                            Severity::kError,
                            {path_, 0, 0, field},
                            std::move(message),
                            std::move(help)});
  }

  std::string path_;
  FieldDocument document_;
  std::string refusal_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

WithDiagnostics<std::optional<FieldDocument>> ReadBinpb(
    absl::string_view bytes, absl::string_view path) {
  if (auto too_large = TooLarge(bytes, path)) {
    return {std::nullopt, {*std::move(too_large)}};
  }
  return BinpbParser(path).Parse(bytes);
}

}  // namespace extgate
