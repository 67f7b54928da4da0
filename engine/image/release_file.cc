// Way in: ParseReleaseFile(), which steps a scanner over the text once.
#include "engine/image/release_file.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/printable.h"

namespace extgate {
namespace {

bool IsNewline(char c) { return c == '\n' || c == '\r'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || IsNewline(c); }

std::string Trimmed(const std::string& text) {
  size_t end = text.size();
  while (end > 0 && IsSpace(text[end - 1])) --end;
  return text.substr(0, end);
}

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::map<std::string, std::string>> Run() {
    while (at_ < text_.size()) {
      absl::Status status = absl::OkStatus();
      if (IsSpace(text_[at_])) {
        Take();
      } else if (text_[at_] == '#' || text_[at_] == ';') {
        status = Comment();
      } else {
        status = Assignment();
      }
      if (!status.ok()) return status;
    }
    return std::move(fields_);
  }

 private:
  absl::Status Error(int line, absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", why));
  }

  // The next character, counting lines; CR LF is one end of line.
  char Take() {
    const char c = text_[at_++];
    if (c == '\n' || (c == '\r' && !(at_ < text_.size() && text_[at_] == '\n')))
      ++line_;
    return c;
  }

  absl::Status Comment() {
    char last = '\0';
    while (at_ < text_.size() && !IsNewline(text_[at_])) last = Take();
    if (last == '\\') {
      return Error(line_,
                   "a comment ends in a backslash, which some versions of "
                   "systemd take to go on in the next line");
    }
    return absl::OkStatus();
  }

  absl::Status Assignment() {
    const int line = line_;
    // A first `=` belongs to the key, as systemd has it.
    std::string key(1, Take());
    while (at_ < text_.size() && text_[at_] != '=' && !IsNewline(text_[at_])) {
      key.push_back(Take());
    }
    if (at_ == text_.size() || text_[at_] != '=') return absl::OkStatus();
    Take();
    value_.clear();
    absl::Status status = Value();
    if (!status.ok()) return status;
    key = Trimmed(key);
    if (!IsUtf8(key) || !IsUtf8(value_)) return Error(line, "not UTF-8");
    fields_[key] = value_;
    return absl::OkStatus();
  }

  // Everything to the end of the line: quoted parts, then perhaps a bare one,
  // which goes on to the end of the line, quotes and all.
  absl::Status Value() {
    while (at_ < text_.size() && !IsNewline(text_[at_])) {
      absl::Status status = absl::OkStatus();
      if (text_[at_] == '\'') {
        status = SingleQuoted();
      } else if (text_[at_] == '"') {
        status = DoubleQuoted();
      } else if (IsSpace(text_[at_])) {
        Take();
      } else {
        return Bare();
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Bare() {
    size_t keep = value_.size();  // what trimming must not reach
    while (at_ < text_.size() && !IsNewline(text_[at_])) {
      char c = Take();
      if (c == '\\') {
        keep = value_.size();
        if (at_ == text_.size()) break;
        c = Take();
        if (IsNewline(c)) continue;
        value_.push_back(c);
        keep = value_.size();
        continue;
      }
      value_.push_back(c);
      if (!IsSpace(c)) keep = value_.size();
    }
    value_.resize(keep);
    return absl::OkStatus();
  }

  absl::Status SingleQuoted() {
    const int line = line_;
    Take();
    while (at_ < text_.size()) {
      const char c = Take();
      if (c == '\'') return absl::OkStatus();
      value_.push_back(c);
    }
    return Error(line, "a quote that does not end");
  }

  absl::Status DoubleQuoted() {
    const int line = line_;
    Take();
    while (at_ < text_.size()) {
      char c = Take();
      if (c == '"') return absl::OkStatus();
      if (c == '\\' && at_ < text_.size()) {
        c = Take();
        if (c == '\n') continue;
        if (!absl::StrContains("\"\\`$", c)) value_.push_back('\\');
      }
      value_.push_back(c);
    }
    return Error(line, "a quote that does not end");
  }

  const absl::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  std::string value_;
  std::map<std::string, std::string> fields_;
};

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ParseReleaseFile(
    absl::string_view text) {
  int line = 1;
  for (char c : text) {
    if (c == '\0') {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, ": a NUL byte"));
    }
    if (c == '\n') ++line;
  }
  return Scanner(text).Run();
}

}  // namespace extgate
