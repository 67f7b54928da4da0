// One way in: ReadTextproto.
#include "policy/textproto_reader.h"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "policy/policy_schema.h"
#include "policy/printable.h"
#include "policy/text_scanner.h"

namespace extgate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}
bool IsNumberByte(char c) { return IsWordByte(c) || c == '.' || c == '+'; }
bool IsNoLineFeed(char c) { return c != '\n'; }
bool IsOctal(char c) { return c >= '0' && c <= '7'; }
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

// Words that the text format takes for a truth value.
constexpr absl::string_view kTrue[] = {"true", "True", "t", "1"};
constexpr absl::string_view kFalse[] = {"false", "False", "f", "0"};

class TextprotoParser {
 public:
  TextprotoParser(absl::string_view text, absl::string_view path)
      : scanner_(text), path_(path) {}

  WithDiagnostics<std::optional<Node>> Parse() {
    Node root = scanner_.Make(Node::Kind::kMap, 0);
    ReadFields(&PolicySchema(), '\0', root);
    if (scanner_.refused()) {
      return {std::nullopt,
              {scanner_.TakeRefusal(DiagnosticCode::kTextprotoSyntax, path_,
                                    "a textproto")}};
    }
    return {std::move(root), std::move(diagnostics_)};
  }

 private:
  void SkipBlanks() {
    while (!scanner_.AtEnd()) {
      const char c = scanner_.Peek();
      if (c == '#') {
        scanner_.TakeWhile(IsNoLineFeed);
      } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
        scanner_.Take();
      } else {
        return;
      }
    }
  }

  // The fields up to `close`, '\0' for the end of the text, into `map`.
  void ReadFields(const Descriptor* message, char close, Node& map) {
    std::map<std::string, size_t> places;  // of lists, by key
    for (SkipBlanks(); scanner_.Peek() != close; SkipBlanks()) {
      if (scanner_.AtEnd()) return Expect(close);
      ReadField(message, map, places);
    }
    if (close != '\0') scanner_.Take();
    for (NodePair& pair : map.pairs) {
      const FieldDescriptor* field = FieldNamed(message, pair.key.text);
      if (field == nullptr) continue;
      if (field->is_map()) {
        AsMap(pair.value);
      } else if (field->is_repeated()) {
        MendEmptyList(pair.value);
      }
    }
  }

  void ReadField(const Descriptor* message, Node& map,
                 std::map<std::string, size_t>& places) {
    Node key = scanner_.Make(Node::Kind::kScalar, scanner_.offset());
    if (scanner_.Peek() == '[') {
      return scanner_.RefuseHere("an extension, of which a policy has none");
    }
    const absl::string_view name = scanner_.TakeWhile(IsWordByte);
    if (name.empty() || IsDigit(name[0])) {
      return scanner_.RefuseHere("the name of a field is missing here");
    }
    key.text = std::string(name);
    const FieldDescriptor* field = FieldNamed(message, name);
    SkipBlanks();
    const bool colon = scanner_.TakeIf(':');
    SkipBlanks();
    const char next = scanner_.Peek();
    if (!colon && next != '{' && next != '<') return Expect(':');
    const size_t begin = scanner_.offset();
    // Of a key that is not known nobody knows whether it is a list.
    const bool is_list =
        message == nullptr || field == nullptr || field->is_repeated();
    Node value = next == '[' ? ReadList(field) : ReadValue(field);
    SkipBlanks();
    if (!scanner_.TakeIf(';')) scanner_.TakeIf(',');
    if (!is_list) {
      map.pairs.push_back({std::move(key), std::move(value)});
      return;
    }
    const auto [place, is_new] = places.emplace(key.text, map.pairs.size());
    if (is_new) {
      map.pairs.push_back(
          {std::move(key), scanner_.Make(Node::Kind::kList, begin)});
    }
    std::vector<Node>& items = map.pairs[place->second].value.items;
    if (value.kind != Node::Kind::kList) {
      items.push_back(std::move(value));
      return;
    }
    for (Node& item : value.items) items.push_back(std::move(item));
  }

  void Expect(char c) {
    scanner_.RefuseHere(
        absl::StrCat("`", std::string(1, c), "` is missing here"));
  }

  // `[VALUE, VALUE]`
  Node ReadList(const FieldDescriptor* field) {
    Node list = scanner_.Make(Node::Kind::kList, scanner_.offset());
    scanner_.Take();
    SkipBlanks();
    if (scanner_.TakeIf(']')) return list;
    while (!scanner_.refused()) {
      SkipBlanks();
      list.items.push_back(ReadValue(field));
      SkipBlanks();
      if (scanner_.TakeIf(']')) return list;
      if (!scanner_.TakeIf(',')) Expect(']');
    }
    return list;
  }

  Node ReadValue(const FieldDescriptor* field) {
    const size_t begin = scanner_.offset();
    const char next = scanner_.Peek();
    if (next == '{' || next == '<') {
      Node map = scanner_.Make(Node::Kind::kMap, begin);
      scanner_.Take();
      if (!scanner_.Enter()) return map;
      ReadFields(field == nullptr ? nullptr : field->message_type(),
                 next == '{' ? '}' : '>', map);
      scanner_.Leave();
      return map;
    }
    Node node = scanner_.Make(Node::Kind::kScalar, begin);
    if (next == '"' || next == '\'') {
      node.style = ScalarStyle::kQuoted;
      node.text = ReadStrings();
      if (!IsUtf8(node.text)) {
        scanner_.Refuse(begin, "a text that is not UTF-8");
      }
    } else {
      if (scanner_.TakeIf('-')) {
        node.text = "-";
        SkipBlanks();
      }
      absl::StrAppend(&node.text, scanner_.TakeWhile(IsNumberByte));
      if (node.text.empty() || node.text == "-") {
        scanner_.Refuse(begin, "a value is missing here");
      }
    }
    if (field != nullptr) CheckType(*field, node);
    return node;
  }

  // Adjacent strings are one.
  std::string ReadStrings() {
    std::string text;
    for (char quote = scanner_.Peek(); quote == '"' || quote == '\'';
         quote = scanner_.Peek()) {
      const size_t begin = scanner_.offset();
      scanner_.Take();
      while (!scanner_.TakeIf(quote) && !scanner_.refused()) {
        if (scanner_.AtEnd() || scanner_.Peek() == '\n') {
          scanner_.Refuse(begin, "the closing quote is missing");
        } else if (const char c = scanner_.Take(); c == '\\') {
          ReadEscape(text);
        } else {
          text.push_back(c);
        }
      }
      SkipBlanks();
    }
    return text;
  }

  void ReadEscape(std::string& text) {
    static constexpr absl::string_view kLetters = "abfnrtv\\'\"?";
    static constexpr absl::string_view kMeant = "\a\b\f\n\r\t\v\\'\"?";
    const size_t begin = scanner_.offset() - 1;
    const char c = scanner_.Take();
    if (const size_t at = kLetters.find(c); at != absl::string_view::npos) {
      text.push_back(kMeant[at]);
    } else if (IsOctal(c)) {
      int value = c - '0';
      for (int i = 0; i < 2 && IsOctal(scanner_.Peek()); ++i) {
        value = value * 8 + (scanner_.Take() - '0');
      }
      if (value > 0xFF) scanner_.Refuse(begin, "an escape beyond \\377");
      text.push_back(static_cast<char>(value));
    } else if (c == 'x' || c == 'X') {
      ReadHexByte(text);
    } else if (c == 'u' || c == 'U') {
      const auto code = scanner_.TakeHex(c == 'u' ? 4 : 8);
      if (!code.has_value()) return;
      if (!IsCharacter(*code)) {
        scanner_.Refuse(begin, "an escape that is no character");
        return;
      }
      AppendUtf8(*code, text);
    } else {
      scanner_.Refuse(begin, "an escape that is none");
    }
  }

  // One or two digits.
  void ReadHexByte(std::string& text) {
    const auto first = scanner_.TakeHex(1);
    if (!first.has_value()) return;
    uint32_t value = *first;
    if (absl::ascii_isxdigit(static_cast<unsigned char>(scanner_.Peek()))) {
      value = value * 16 + *scanner_.TakeHex(1);
    }
    text.push_back(static_cast<char>(value));
  }

  // What protobuf's parser would not take for a value of `field`.
  void CheckType(const FieldDescriptor& field, Node& node) {
    const bool quoted = node.style == ScalarStyle::kQuoted;
    const absl::string_view key = field.name();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (quoted) return;
        return Report(DiagnosticCode::kWrongType, node,
                      absl::StrCat("`", key, "` must be a text in quotes, not ",
                                   Quote(node.text)),
                      absl::StrCat("write \"", PrintableText(node.text), "\""));
      case FieldDescriptor::CPPTYPE_BOOL:
        if (!quoted && absl::c_linear_search(kTrue, node.text)) {
          node.text = "true";
        } else if (!quoted && absl::c_linear_search(kFalse, node.text)) {
          node.text = "false";
        } else {
          Report(DiagnosticCode::kWrongType, node,
                 absl::StrCat("`", key, "` must be true or false, not ",
                              Quote(node.text)),
                 "write it without quotes");
        }
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        if (!quoted && absl::c_all_of(node.text, IsDigit)) return;
        return Report(DiagnosticCode::kWrongType, node,
                      absl::StrCat("`", key, "` must be a number, not ",
                                   Quote(node.text)),
                      "write it in digits, without quotes");
      default:  // of messages the reader of policies says it
        return;
    }
  }

  // A list of map entries to the mapping that it stands for.
  void AsMap(Node& list) {
    Node map = list;
    map.kind = Node::Kind::kMap;
    map.items.clear();
    for (Node& entry : list.items) {
      if (entry.kind != Node::Kind::kMap) {
        Report(DiagnosticCode::kWrongType, entry,
               absl::StrCat("an entry must be a mapping, not ",
                            Describe(entry.kind)),
               "write { key: \"NAME\" value { ... } }");
        continue;
      }
      AddEntry(entry, map);
    }
    list = std::move(map);
  }

  void AddEntry(Node& entry, Node& map) {
    NodePair pair;
    pair.value.kind = Node::Kind::kMap;
    pair.value.line = entry.line;
    pair.value.column = entry.column;
    bool has_key = false;
    bool has_value = false;
    for (auto& [key, value] : entry.pairs) {
      const bool is_key = key.text == "key";
      if (!is_key && key.text != "value") {
        Report(
            DiagnosticCode::kUnknownKey, key,
            absl::StrCat("the key ", Quote(key.text), " is no key of an entry"),
            "the keys are key, value");
        continue;
      }
      bool& has = is_key ? has_key : has_value;
      if (has) {
        Report(DiagnosticCode::kDuplicateKey, key,
               absl::StrCat("the key ", Quote(key.text), " is given twice"),
               "keep one of them");
      }
      has = true;
      (is_key ? pair.key : pair.value) = std::move(value);
    }
    if (!has_key) {
      Report(DiagnosticCode::kMissingKey, entry, "an entry has no `key`",
             "write { key: \"NAME\" value { ... } }");
      return;
    }
    map.pairs.push_back(std::move(pair));
  }

  void Report(DiagnosticCode code, const Node& at, std::string message,
              std::string help) {
    diagnostics_.push_back({code,
                            Severity::kError,
                            {path_, at.line, at.column},
                            std::move(message),
                            std::move(help)});
  }

  TextScanner scanner_;
  std::string path_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

WithDiagnostics<std::optional<Node>> ReadTextproto(absl::string_view text,
                                                   absl::string_view path) {
  if (auto too_large = TooLarge(text, path)) {
    return {std::nullopt, {*std::move(too_large)}};
  }
  return TextprotoParser(text, path).Parse();
}

}  // namespace extgate
