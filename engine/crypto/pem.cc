// Ways in: PemBlocks, PemParts, ReadPemBlock, PemLabel and PemText.
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

std::vector<absl::string_view> PemParts(absl::string_view text) {
  std::vector<absl::string_view> parts;
  absl::string_view rest = text;
  absl::string_view part;  // from where the last block began
  while (!rest.empty()) {
    const absl::string_view here = rest;
    absl::string_view line = TakeLine(rest);
    if (!TakeLabel(kBegin, line)) continue;
    if (!part.empty()) {
      parts.push_back(part.substr(0, part.size() - here.size()));
    }
    part = here;
  }
  if (!part.empty()) parts.push_back(part);
  return parts;
}

absl::string_view PemLabel(absl::string_view part) {
  absl::string_view label = TakeLine(part);
  return TakeLabel(kBegin, label) ? label : "";
}

absl::StatusOr<PemBlock> ReadPemBlock(absl::string_view part) {
  PemBlock block{std::string(PemLabel(part)), ""};
  TakeLine(part);
  std::string base64;
  for (;;) {
    if (part.empty()) return absl::InvalidArgumentError("it has no end");
    const absl::string_view line = TakeLine(part);
    absl::string_view end = line;
    if (TakeLabel(kEnd, end)) {
      if (end == block.label) break;
      return absl::InvalidArgumentError(
          absl::StrCat("its end says `", end, "`"));
    }
    absl::StrAppend(&base64, line);
  }
  if (!absl::Base64Unescape(base64, &block.bytes)) {
    return absl::InvalidArgumentError("it is not base64");
  }
  return block;
}

absl::StatusOr<std::vector<PemBlock>> PemBlocks(absl::string_view text) {
  std::vector<PemBlock> blocks;
  for (const absl::string_view part : PemParts(text)) {
    absl::StatusOr<PemBlock> block = ReadPemBlock(part);
    if (!block.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "PEM block ", blocks.size() + 1, ": ", block.status().message()));
    }
    blocks.push_back(*std::move(block));
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
