// One way in: ReadJson.
#include "policy/json_reader.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "policy/printable.h"
#include "policy/text_scanner.h"

namespace extgate {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsLetter(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c));
}

class JsonParser {
 public:
  explicit JsonParser(absl::string_view text) : scanner_(text) {}

  WithDiagnostics<std::optional<Node>> Parse(absl::string_view path) {
    scanner_.TakeWhile(IsBlank);
    Node root = ReadValue();
    scanner_.TakeWhile(IsBlank);
    if (!scanner_.AtEnd()) {
      scanner_.RefuseHere("something behind the value");
    }
    if (scanner_.refused()) {
      return {std::nullopt,
              {scanner_.TakeRefusal(DiagnosticCode::kJsonSyntax, path,
                                    "a JSON text")}};
    }
    return {std::move(root), {}};
  }

 private:
  Node ReadValue() {
    const size_t begin = scanner_.offset();
    switch (scanner_.Peek()) {
      case '{':
        return ReadCollection(Node::Kind::kMap, '}');
      case '[':
        return ReadCollection(Node::Kind::kList, ']');
      case '"':
        return ReadString();
      default:
        break;
    }
    Node node = scanner_.Make(Node::Kind::kScalar, begin);
    if (IsLetter(scanner_.Peek())) {
      node.text = std::string(scanner_.TakeWhile(IsLetter));
      if (node.text == "null") {
        node.kind = Node::Kind::kNull;
        node.text.clear();
      } else if (node.text != "true" && node.text != "false") {
        scanner_.Refuse(begin, "a text without quotes");
      }
    } else {
      node.text = ReadNumber();
    }
    return node;
  }

  Node ReadCollection(Node::Kind kind, char close) {
    Node node = scanner_.Make(kind, scanner_.offset());
    scanner_.Take();
    if (!scanner_.Enter()) return node;
    scanner_.TakeWhile(IsBlank);
    bool done = scanner_.TakeIf(close);
    while (!done && !scanner_.refused()) {
      scanner_.TakeWhile(IsBlank);
      if (kind == Node::Kind::kMap) {
        node.pairs.push_back(ReadPair());
      } else {
        node.items.push_back(ReadValue());
      }
      scanner_.TakeWhile(IsBlank);
      done = scanner_.TakeIf(close);
      if (!done && !scanner_.TakeIf(',')) {
        scanner_.RefuseHere(absl::StrCat("`,` or `", std::string(1, close),
                                         "` is missing here"));
      }
    }
    scanner_.Leave();
    return node;
  }

  NodePair ReadPair() {
    NodePair pair;
    if (scanner_.Peek() != '"') {
      scanner_.RefuseHere("a key in quotes is missing here");
      return pair;
    }
    pair.key = ReadString();
    scanner_.TakeWhile(IsBlank);
    if (!scanner_.TakeIf(':')) scanner_.RefuseHere("`:` is missing here");
    scanner_.TakeWhile(IsBlank);
    pair.value = ReadValue();
    return pair;
  }

  // [-] (0 | 1-9 digits) [. digits] [e [+-] digits]
  std::string ReadNumber() {
    const size_t begin = scanner_.offset();
    std::string text;
    if (scanner_.TakeIf('-')) text = "-";
    const auto digits = [&] {
      const absl::string_view run = scanner_.TakeWhile(IsDigit);
      if (run.empty()) scanner_.Refuse(begin, "a value is missing here");
      absl::StrAppend(&text, run);
      return run;
    };
    const absl::string_view whole = digits();
    if (whole.size() > 1 && whole[0] == '0') {
      scanner_.Refuse(begin, "a number that begins with 0");
    }
    if (scanner_.TakeIf('.')) {
      text += ".";
      digits();
    }
    if (scanner_.Peek() == 'e' || scanner_.Peek() == 'E') {
      text.push_back(scanner_.Take());
      if (scanner_.Peek() == '+' || scanner_.Peek() == '-') {
        text.push_back(scanner_.Take());
      }
      digits();
    }
    return text;
  }

  Node ReadString() {
    const size_t begin = scanner_.offset();
    Node node = scanner_.Make(Node::Kind::kScalar, begin);
    node.style = ScalarStyle::kQuoted;
    scanner_.Take();
    while (!scanner_.TakeIf('"') && !scanner_.refused()) {
      const char c = scanner_.Peek();
      if (scanner_.AtEnd() ||
          absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
        scanner_.Refuse(begin, "the closing quote is missing");
      } else if (scanner_.Take() == '\\') {
        ReadEscape(node.text);
      } else {
        node.text.push_back(c);
      }
    }
    return node;
  }

  void ReadEscape(std::string& text) {
    static constexpr absl::string_view kLetters = "\"\\/bfnrt";
    static constexpr absl::string_view kMeant = "\"\\/\b\f\n\r\t";
    const size_t begin = scanner_.offset() - 1;
    const char c = scanner_.Take();
    if (const size_t at = kLetters.find(c); at != absl::string_view::npos) {
      text.push_back(kMeant[at]);
      return;
    }
    if (c != 'u') {
      scanner_.Refuse(begin, "an escape that is none");
      return;
    }
    uint32_t code = scanner_.TakeHex(4).value_or(0);
    if (code >= 0xD800 && code < 0xDC00) {
      const bool paired = scanner_.TakeIf('\\') && scanner_.TakeIf('u');
      const uint32_t low = paired ? scanner_.TakeHex(4).value_or(0) : 0;
      code = low >= 0xDC00 && low < 0xE000
                 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                 : 0xD800;
    }
    if (!IsCharacter(code)) {
      scanner_.Refuse(begin, "half of a pair of surrogates");
      return;
    }
    AppendUtf8(code, text);
  }

  TextScanner scanner_;
};

}  // namespace

WithDiagnostics<std::optional<Node>> ReadJson(absl::string_view text,
                                              absl::string_view path) {
  if (auto too_large = TooLarge(text, path)) {
    return {std::nullopt, {*std::move(too_large)}};
  }
  return JsonParser(text).Parse(path);
}

}  // namespace extgate
