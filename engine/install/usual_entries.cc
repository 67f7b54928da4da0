// Ways in: UsualEntries, NoUsualEntry and QuotedEntries.
#include "engine/install/usual_entries.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
namespace {

constexpr const char* kUsualEntries[] = {"active", "passive"};

}  // namespace

std::vector<std::string> UsualEntries(const std::vector<std::string>& known) {
  std::vector<std::string> usual;
  for (const char* entry : kUsualEntries) {
    if (std::find(known.begin(), known.end(), entry) != known.end()) {
      usual.emplace_back(entry);
    }
  }
  return usual;
}

std::string NoUsualEntry(const std::vector<std::string>& known) {
  return absl::StrCat(
      "it is for `active` and `passive`, and there is neither: the entries "
      "here are ",
      QuotedEntries(known));
}

std::string QuotedEntries(const std::vector<std::string>& words) {
  return words.empty() ? "none"
                       : absl::StrCat("`", absl::StrJoin(words, "`, `"), "`");
}

}  // namespace extgate
