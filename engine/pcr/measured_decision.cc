// Ways in: MeasuredText, ParseMeasuredText.
#include "engine/pcr/measured_decision.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace extgate {
namespace {

constexpr char kFirst[] = "extgate-decision";
constexpr size_t kHexDigits = 64;

bool IsWord(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || c == '-';
  });
}

bool IsDigest(absl::string_view text) {
  return text.size() == kHexDigits &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string MeasuredText(const MeasuredDecision& decision) {
  return absl::StrCat(kFirst, ":", decision.mode, ":", decision.outcome, ":",
                      decision.policy_sha256, ":", decision.report_sha256);
}

std::optional<MeasuredDecision> ParseMeasuredText(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 5 || parts[0] != kFirst || !IsWord(parts[1]) ||
      !IsWord(parts[2]) || !IsDigest(parts[3]) || !IsDigest(parts[4])) {
    return std::nullopt;
  }
  return MeasuredDecision{parts[1], parts[2], parts[3], parts[4]};
}

}  // namespace extgate
