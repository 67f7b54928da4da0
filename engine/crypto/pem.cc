// Ways in: PemBlocks and PemText.
#include "engine/crypto/pem.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr absl::string_view kBegin = "-----BEGIN ";
constexpr absl::string_view kEnd = "-----END ";
constexpr absl::string_view kDashes = "-----";
constexpr size_t kLineLength = 64;

// Takes the next line off `text`, without its end and white space before it.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
  return absl::StripTrailingAsciiWhitespace(line);
}

// Whether `line` is `before` LABEL and dashes; leaves the label.
bool TakeLabel(absl::string_view before, absl::string_view& line) {
  return absl::ConsumePrefix(&line, before) &&
         absl::ConsumeSuffix(&line, kDashes);
}

}  // namespace

absl::StatusOr<std::vector<PemBlock>> PemBlocks(absl::string_view text) {
  std::vector<PemBlock> blocks;
  const auto broken = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("PEM block ", blocks.size() + 1, ": ", why));
  };
  while (!text.empty()) {
    absl::string_view label = TakeLine(text);
    if (!TakeLabel(kBegin, label)) continue;
    std::string base64;
    for (;;) {
      if (text.empty()) return broken("it has no end");
      const absl::string_view line = TakeLine(text);
      absl::string_view end = line;
      if (TakeLabel(kEnd, end)) {
        if (end == label) break;
        return broken(absl::StrCat("its end says `", end, "`"));
      }
      absl::StrAppend(&base64, line);
    }
    PemBlock block{std::string(label), ""};
    if (!absl::Base64Unescape(base64, &block.bytes)) {
      return broken("it is not base64");
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

std::string PemText(absl::string_view label, absl::string_view bytes) {
  const std::string base64 = absl::Base64Escape(bytes);
  std::string text = absl::StrCat(kBegin, label, kDashes, "\n");
  for (size_t at = 0; at < base64.size(); at += kLineLength) {
    absl::StrAppend(&text, absl::string_view(base64).substr(at, kLineLength),
                    "\n");
  }
  absl::StrAppend(&text, kEnd, label, kDashes, "\n");
  return text;
}

}  // namespace extgate
