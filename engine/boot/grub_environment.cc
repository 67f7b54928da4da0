// Way in: ParseGrubEnvironment.
#include "engine/boot/grub_environment.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

constexpr absl::string_view kFirstLine = "# GRUB Environment Block\n";

absl::Status Damaged(size_t offset, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "GRUB's environment block is damaged at byte ", offset, ": ", what));
}

}  // namespace

absl::StatusOr<GrubEnvironment> ParseGrubEnvironment(absl::string_view block) {
  if (block.size() > kMaxGrubEnvironment) {
    return Damaged(kMaxGrubEnvironment, "it is too long");
  }
  if (!absl::StartsWith(block, kFirstLine)) {
    return Damaged(0, "it does not begin as one");
  }
  GrubEnvironment variables;
  size_t at = kFirstLine.size();
  while (at < block.size()) {
    const size_t line_end = block.find('\n', at);
    if (block[at] == '#') {
      if (line_end == absl::string_view::npos) break;
      at = line_end + 1;
      continue;
    }
    const size_t equals = block.find('=', at);
    if (equals == absl::string_view::npos || equals > line_end ||
        equals == at) {
      return Damaged(at, "a line without a name");
    }
    const std::string name(block.substr(at, equals - at));
    std::string value;
    for (at = equals + 1; at < block.size() && block[at] != '\n'; ++at) {
      if (block[at] == '\\' && ++at == block.size()) break;
      value += block[at];
    }
    if (at >= block.size()) return Damaged(equals, "a value without an end");
    ++at;
    variables[name] = std::move(value);
  }
  return variables;
}

}  // namespace extgate
