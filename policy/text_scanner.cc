// Ways in: TextScanner, IsCharacter and TooLarge.
#include "policy/text_scanner.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "policy/yaml_reader.h"

namespace extgate {

TextScanner::TextScanner(absl::string_view text) : text_(text), index_(text) {
  if (const auto bad = FirstForbiddenByte(text); bad.has_value()) {
    Refuse(*bad, "a byte that is no printable UTF-8 text");
  }
}

bool TextScanner::TakeIf(char c) {
  if (AtEnd() || text_[next_] != c) return false;
  ++next_;
  return true;
}

absl::string_view TextScanner::TakeWhile(bool (*takes)(char c)) {
  const size_t begin = next_;
  while (!AtEnd() && takes(text_[next_])) ++next_;
  return text_.substr(begin, next_ - begin);
}

Node TextScanner::Make(Node::Kind kind, size_t offset) {
  if (++nodes_ > kMaxYamlNodes) {
    Refuse(offset,
           absl::StrCat("more than ", kMaxYamlNodes, " keys and values"));
  }
  const TextPlace place = index_.PlaceOf(offset);
  Node node;
  node.kind = kind;
  node.line = node.text_line = place.line;
  node.column = node.text_column = place.column;
  return node;
}

bool TextScanner::Enter() {
  if (++depth_ <= kMaxYamlDepth) return true;
  RefuseHere(absl::StrCat("nested more than ", kMaxYamlDepth, " deep"));
  return false;
}

std::optional<uint32_t> TextScanner::TakeHex(int digits) {
  const size_t begin = next_;
  uint32_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = Peek();
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) {
      Refuse(begin, absl::StrCat("an escape of fewer than ", digits,
                                 " hexadecimal digits"));
      return std::nullopt;
    }
    const char low = absl::ascii_tolower(static_cast<unsigned char>(c));
    value = value * 16 +
            static_cast<uint32_t>(low <= '9' ? low - '0' : low - 'a' + 10);
    ++next_;
  }
  return value;
}

void TextScanner::Refuse(size_t offset, std::string why) {
  if (!refused()) refusal_ = Refusal{offset, std::move(why)};
  next_ = text_.size();
}

Diagnostic TextScanner::TakeRefusal(DiagnosticCode code, absl::string_view path,
                                    absl::string_view noun) const {
  const TextPlace place = index_.PlaceOf(refusal_->offset);
  return {code,
          Severity::kError,
          {std::string(path), place.line, place.column},
          absl::StrCat("not ", noun, " that extgate reads: ", refusal_->why),
          ""};
}

bool IsCharacter(uint32_t code) {
  return code <= 0x10FFFF && (code < 0xD800 || code >= 0xE000);
}

std::optional<Diagnostic> TooLarge(absl::string_view text,
                                   absl::string_view path) {
  if (text.size() <= kMaxPolicyBytes) return std::nullopt;
  return Diagnostic{
      DiagnosticCode::kFileUnreadable, Severity::kError,
      SourceSpan{std::string(path), 0, 0},
      absl::StrCat("it has ", text.size(), " bytes, more than the ",
                   kMaxPolicyBytes, " that a policy may have"),
      ""};
}

}  // namespace extgate
