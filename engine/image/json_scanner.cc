// Way in: ScanJsonObject; a recursive descent at most 16 deep.
#include "engine/image/json_scanner.h"

#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr int kMaxDepth = 16;

// Bytes of the UTF-8 sequence at the start of `text` that is not ASCII
// (RFC 3629: no overlong form, no surrogate, at most U+10FFFF); 0 when there is
// none.
size_t Utf8Length(absl::string_view text) {
  const auto byte = [text](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const auto continues = [&byte](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t first = byte(0);
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

// One scan of one text. Each Scan… reads one thing at the cursor and is false
// when it is not there; the first fault stays.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  std::variant<std::vector<JsonMember>, JsonFault> Run() {
    SkipSpace();
    if (ScanObject(&members_)) {
      SkipSpace();
      if (at_ != text_.size()) Fail("text follows the object");
    }
    if (fault_) return *std::move(fault_);
    return std::move(members_);
  }

 private:
  bool Fail(const char* why) {
    if (!fault_) fault_ = JsonFault{at_, why};
    return false;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::string_view(" \t\r\n").find(
                                     text_[at_]) != absl::string_view::npos) {
      ++at_;
    }
  }

  // Reads `token` if it stands here; no fault if not.
  bool Accept(absl::string_view token) {
    if (!absl::StartsWith(text_.substr(at_), token)) return false;
    at_ += token.size();
    return true;
  }

  bool Enter() {
    return ++depth_ <= kMaxDepth || Fail("nested deeper than 16");
  }

  // Fills `members` unless it is nullptr.
  bool ScanObject(std::vector<JsonMember>* members) {
    if (!Accept("{")) return Fail("expected an object");
    if (!Enter()) return false;
    std::set<std::string> names;
    SkipSpace();
    if (!Accept("}")) {
      do {
        if (!ScanMember(members, names)) return false;
        SkipSpace();
      } while (Accept(","));
      if (!Accept("}")) return Fail("expected `,` or `}`");
    }
    --depth_;
    return true;
  }

  bool ScanMember(std::vector<JsonMember>* members,
                  std::set<std::string>& names) {
    SkipSpace();
    JsonMember member;
    const size_t start = at_;
    if (!ScanString(member.name)) return false;
    if (!names.insert(member.name).second) {
      at_ = start;
      return Fail("this name is there twice");
    }
    SkipSpace();
    if (!Accept(":")) return Fail("expected `:`");
    SkipSpace();
    member.offset = at_;
    if (!ScanValue(member.text)) return false;
    if (members != nullptr) members->push_back(std::move(member));
    return true;
  }

  bool ScanArray() {
    if (!Accept("[")) return Fail("expected an array");
    if (!Enter()) return false;
    SkipSpace();
    if (!Accept("]")) {
      do {
        SkipSpace();
        std::optional<std::string> text;
        if (!ScanValue(text)) return false;
        SkipSpace();
      } while (Accept(","));
      if (!Accept("]")) return Fail("expected `,` or `]`");
    }
    --depth_;
    return true;
  }

  // Sets `text` when the value is a string.
  bool ScanValue(std::optional<std::string>& text) {
    if (at_ == text_.size()) return Fail("the text ends early");
    switch (text_[at_]) {
      case '"':
        return ScanString(text.emplace());
      case '{':
        return ScanObject(nullptr);
      case '[':
        return ScanArray();
      default:
        break;
    }
    if (Accept("true") || Accept("false") || Accept("null")) return true;
    return ScanNumber();
  }

  bool ScanDigits() {
    const size_t start = at_;
    while (at_ < text_.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(text_[at_]))) {
      ++at_;
    }
    return at_ != start || Fail("expected a value");
  }

  bool ScanNumber() {
    Accept("-");
    if (!Accept("0") && !ScanDigits()) return false;
    if (Accept(".") && !ScanDigits()) return false;
    if (Accept("e") || Accept("E")) {
      if (!Accept("+")) Accept("-");
      return ScanDigits();
    }
    return true;
  }

  bool ScanString(std::string& out) {
    if (!Accept("\"")) return Fail("expected a string");
    while (at_ < text_.size()) {
      const uint8_t byte = static_cast<uint8_t>(text_[at_]);
      if (Accept("\"")) return true;
      if (byte < 0x20) return Fail("a control character in a string");
      if (byte == '\\') {
        if (!ScanEscape(out)) return false;
        continue;
      }
      const size_t size = byte < 0x80 ? 1 : Utf8Length(text_.substr(at_));
      if (size == 0) return Fail("invalid UTF-8");
      out.append(text_.data() + at_, size);
      at_ += size;
    }
    return Fail("a string does not end");
  }

  bool ScanEscape(std::string& out) {
    constexpr std::pair<const char*, char> kEscapes[] = {
        {"\\\"", '"'}, {"\\\\", '\\'}, {"\\/", '/'},  {"\\b", '\b'},
        {"\\f", '\f'}, {"\\n", '\n'},  {"\\r", '\r'}, {"\\t", '\t'}};
    for (const auto& [escape, c] : kEscapes) {
      if (Accept(escape)) {
        out.push_back(c);
        return true;
      }
    }
    uint32_t unit = 0;
    if (!ScanUnit(unit)) return false;
    if (unit >= 0xdc00 && unit < 0xe000) return Fail("a lone surrogate");
    if (unit >= 0xd800 && unit < 0xdc00) {
      uint32_t low = 0;
      if (!ScanUnit(low)) return false;
      if (low < 0xdc00 || low >= 0xe000) return Fail("a lone surrogate");
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    AppendUtf8(unit, out);
    return true;
  }

  // \uXXXX
  bool ScanUnit(uint32_t& unit) {
    if (!Accept("\\u")) return Fail("an escape that JSON does not have");
    for (int i = 0; i < 4; ++i) {
      const unsigned char c =
          at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : 0;
      if (!absl::ascii_isxdigit(c)) return Fail("expected a hex digit");
      const uint32_t digit =
          absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
      unit = unit * 16 + digit;
      ++at_;
    }
    return true;
  }

  const absl::string_view text_;
  size_t at_ = 0;  // bytes
  int depth_ = 0;
  std::vector<JsonMember> members_;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::variant<std::vector<JsonMember>, JsonFault> ScanJsonObject(
    absl::string_view text) {
  return Scanner(text).Run();
}

}  // namespace extgate
