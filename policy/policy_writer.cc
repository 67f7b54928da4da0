// What each key means is known to the printer of the canonical YAML alone: its
// text is read back as a tree, and the tree is written in the other spellings.
// One way in: WritePolicy.
#include "policy/policy_writer.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/policy_printer.h"
#include "policy/policy_schema.h"
#include "policy/yaml_reader.h"
#include "proto/policy.pb.h"

namespace extgate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

// ---- the tree to a message --------------------------------------------------

void Fill(const Node& map, Message& message);

// Sets the field, or adds to it when it is a list.
void SetScalar(const FieldDescriptor& field, const std::string& text,
               Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.is_repeated()) {
        reflection.AddString(&message, &field, text);
      } else {
        reflection.SetString(&message, &field, text);
      }
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, text == "true");
      return;
    case FieldDescriptor::CPPTYPE_INT32: {
      int number = 0;
      if (absl::SimpleAtoi(text, &number)) {
        reflection.SetInt32(&message, &field, number);
      }
      return;
    }
    default:  // the schema has no others
      return;
  }
}

void AddList(const FieldDescriptor& field, const Node& list, Message& message) {
  const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (list.items.empty() && !is_message) SetScalar(field, "", message);
  for (const Node& item : list.items) {
    if (is_message) {
      Fill(item, *message.GetReflection()->AddMessage(&message, &field));
    } else {
      SetScalar(field, item.text, message);
    }
  }
}

void AddEntries(const FieldDescriptor& field, const Node& map,
                Message& message) {
  for (const auto& [key, value] : map.pairs) {
    Message& entry = *message.GetReflection()->AddMessage(&message, &field);
    SetScalar(*entry.GetDescriptor()->map_key(), key.text, entry);
    const FieldDescriptor* held = entry.GetDescriptor()->map_value();
    Fill(value, *entry.GetReflection()->MutableMessage(&entry, held));
  }
}

void Fill(const Node& map, Message& message) {
  for (const auto& [key, value] : map.pairs) {
    const FieldDescriptor* field =
        FieldNamed(message.GetDescriptor(), key.text);
    if (field == nullptr) continue;  // the printer's keys are the schema's
    if (field->is_map()) {
      AddEntries(*field, value, message);
    } else if (field->is_repeated()) {
      AddList(*field, value, message);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Fill(value, *message.GetReflection()->MutableMessage(&message, field));
    } else {
      SetScalar(*field, value.text, message);
    }
  }
}

std::string ToBytes(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// ---- quoted texts -----------------------------------------------------------

// Bytes at the start of `text` that are to be escaped: one of ASCII, or a
// character of more that no YAML holds as it is (C1, U+FFFE, U+FFFF). 0: none.
size_t ToEscape(absl::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte == '"' || byte == '\\' || absl::ascii_iscntrl(byte)) return 1;
  if (byte == 0xC2 && text.size() > 1 &&
      static_cast<unsigned char>(text[1]) < 0xA0) {
    return 2;
  }
  if (text.substr(0, 3) == "\xEF\xBF\xBE" ||
      text.substr(0, 3) == "\xEF\xBF\xBF") {
    return 3;
  }
  return 0;
}

// `text` in double quotes, with what ToEscape tells given to `escape`.
std::string Quoted(absl::string_view text,
                   std::string (*escape)(absl::string_view character)) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = ToEscape(text);
    const absl::string_view character = text.substr(0, length);
    if (length == 0) {
      out.push_back(text[0]);
    } else if (character == "\n") {
      out += "\\n";
    } else if (character == "\t") {
      out += "\\t";
    } else if (character == "\"" || character == "\\") {
      absl::StrAppend(&out, "\\", character);
    } else {
      out += escape(character);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

std::string OctalEscape(absl::string_view character) {
  std::string out;
  for (char c : character) {
    absl::StrAppendFormat(&out, "\\%03o", static_cast<unsigned char>(c));
  }
  return out;
}

std::string JsonEscape(absl::string_view character) {
  const auto byte = [character](size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(character[i]));
  };
  unsigned code = byte(0);
  if (character.size() == 2) code = byte(1);
  if (character.size() == 3) code = byte(2) == 0xBE ? 0xFFFE : 0xFFFF;
  return absl::StrFormat("\\u%04x", code);
}

// ---- textproto --------------------------------------------------------------

constexpr char kHeader[] =
    "# proto-file: proto/policy.proto\n"
    "# proto-message: extgate.v1.PolicyFile\n";

// Texts of many lines as many strings, a line each.
class LinePrinter : public TextFormat::FastFieldValuePrinter {
 public:
  void PrintString(const std::string& text,
                   TextFormat::BaseTextGenerator* out) const override {
    absl::string_view rest = text;
    const bool one_line = rest.find('\n') >= rest.size() - 1 || rest.empty();
    if (one_line) return out->PrintString(Quoted(rest, OctalEscape));
    out->Indent();
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      const size_t size =
          end == absl::string_view::npos ? rest.size() : end + 1;
      out->PrintString(
          absl::StrCat("\n", Quoted(rest.substr(0, size), OctalEscape)));
      rest.remove_prefix(size);
    }
    out->Outdent();
  }
};

std::string ToTextproto(const Message& message) {
  TextFormat::Printer printer;
  printer.SetDefaultFieldValuePrinter(new LinePrinter());  // it owns that
  std::string text;
  printer.PrintToString(message, &text);
  return absl::StrCat(kHeader, text);
}

// ---- JSON -------------------------------------------------------------------

// A number or truth value; the printer has all other texts in quotes, and words
// of letters.
bool IsBare(const Node& scalar) {
  if (scalar.style != ScalarStyle::kPlain) return false;
  return scalar.text == "true" || scalar.text == "false" ||
         absl::c_all_of(scalar.text, [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

void AppendJson(const Node& node, const std::string& margin, std::string& out);

// `open`, what `append` writes of each of `parts` on a line, `close`.
template <typename Parts, typename Append>
void AppendLines(const Parts& parts, char open, char close,
                 const std::string& margin, const Append& append,
                 std::string& out) {
  out.push_back(open);
  for (size_t i = 0; i < parts.size(); ++i) {
    absl::StrAppend(&out, i == 0 ? "\n" : ",\n", margin, "  ");
    append(parts[i]);
  }
  if (!parts.empty()) absl::StrAppend(&out, "\n", margin);
  out.push_back(close);
}

void AppendJson(const Node& node, const std::string& margin, std::string& out) {
  const std::string inner = margin + "  ";
  switch (node.kind) {
    case Node::Kind::kMap:
      return AppendLines(
          node.pairs, '{', '}', margin,
          [&](const NodePair& pair) {
            absl::StrAppend(&out, Quoted(pair.key.text, JsonEscape), ": ");
            AppendJson(pair.value, inner, out);
          },
          out);
    case Node::Kind::kList:
      return AppendLines(
          node.items, '[', ']', margin,
          [&](const Node& item) { AppendJson(item, inner, out); }, out);
    case Node::Kind::kScalar:
      absl::StrAppend(&out,
                      IsBare(node) ? node.text : Quoted(node.text, JsonEscape));
      return;
    case Node::Kind::kNull:
    case Node::Kind::kAlias:
      out += "null";
      return;
  }
}

}  // namespace

absl::StatusOr<std::string> WritePolicy(const Policy& policy,
                                        PolicySpelling spelling) {
  std::string yaml = CanonicalText(policy);
  if (spelling == PolicySpelling::kYaml) return yaml;
  const auto tree = ReadYaml(yaml, "");
  if (!tree.value.has_value()) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the policy cannot be written as one file: ",
        tree.diagnostics.empty() ? "" : tree.diagnostics[0].message));
  }
  if (spelling == PolicySpelling::kJson) {
    std::string json;
    AppendJson(*tree.value, "", json);
    return json + "\n";
  }
  v1::PolicyFile message;
  Fill(*tree.value, message);
  return spelling == PolicySpelling::kBinpb ? ToBytes(message)
                                            : ToTextproto(message);
}

}  // namespace extgate
