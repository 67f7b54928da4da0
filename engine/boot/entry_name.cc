// Ways in: EntryName::Parse and ExtraDirectoryOf.
#include "engine/boot/entry_name.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

// Takes a number off the front: digits, at most `limit`.
std::optional<uint64_t> TakeNumber(absl::string_view& text, uint64_t limit) {
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text.substr(0, digits), &number) || number > limit) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return number;
}

// Takes "LEFT" or "LEFT-DONE" off the front.
std::optional<Tries> TakeTries(absl::string_view& text) {
  constexpr uint64_t kLimit = std::numeric_limits<int32_t>::max();
  const auto left = TakeNumber(text, kLimit);
  if (!left.has_value()) return std::nullopt;
  std::optional<uint64_t> done = 0;
  if (absl::ConsumePrefix(&text, "-")) done = TakeNumber(text, kLimit);
  if (!done.has_value()) return std::nullopt;
  return Tries{static_cast<uint32_t>(*left), static_cast<uint32_t>(*done)};
}

}  // namespace

std::optional<EntryName> EntryName::Parse(absl::string_view file_name) {
  if (absl::StartsWith(file_name, ".")) return std::nullopt;
  EntryName name;
  size_t extension = 0;
  if (absl::EndsWithIgnoreCase(file_name, ".conf")) {
    name.kind_ = BootFileKind::kConf;
    extension = 5;
  } else if (absl::EndsWithIgnoreCase(file_name, ".efi")) {
    name.kind_ = BootFileKind::kUki;
    extension = 4;
  } else {
    return std::nullopt;
  }
  absl::string_view stem = file_name.substr(0, file_name.size() - extension);
  name.extension_ = std::string(file_name.substr(stem.size()));
  const size_t plus = stem.rfind('+');
  if (plus != absl::string_view::npos) {
    absl::string_view counters = stem.substr(plus + 1);
    const std::optional<Tries> tries = TakeTries(counters);
    if (tries.has_value() && counters.empty()) {
      name.tries_ = tries;
      stem = stem.substr(0, plus);
    }
  }
  name.stem_ = std::string(stem);
  return name;
}

std::string EntryName::With(const std::optional<Tries>& tries) const {
  if (!tries.has_value()) return WithoutTries();
  return absl::StrCat(stem_, "+", tries->left,
                      tries->done == 0 ? "" : absl::StrCat("-", tries->done),
                      extension_);
}

std::string ExtraDirectoryOf(absl::string_view file_name, int stub_version) {
  const size_t plus = file_name.find('+');
  if (stub_version >= 255 && plus != absl::string_view::npos) {
    absl::string_view rest = file_name.substr(plus + 1);
    if (TakeTries(rest).has_value() && (rest.empty() || rest.front() == '.')) {
      return absl::StrCat(file_name.substr(0, plus), rest, ".extra.d");
    }
  }
  return absl::StrCat(file_name, ".extra.d");
}

}  // namespace extgate
