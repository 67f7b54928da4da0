// Suggestions for misspelt words. One way in: Closest.
#include "policy/spelling.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {
namespace {

constexpr size_t kMaxBytes = 64;

char Folded(char c) {
  return c == '_' ? '-' : absl::ascii_tolower(static_cast<unsigned char>(c));
}

}  // namespace

int EditDistance(absl::string_view a, absl::string_view b) {
  if (a.size() > kMaxBytes || b.size() > kMaxBytes) {
    return a == b ? 0 : static_cast<int>(kMaxBytes);
  }
  // Three rows of the table of optimal string alignment.
  std::vector<int> two_above(b.size() + 1);
  std::vector<int> above(b.size() + 1);
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Folded(a[i - 1]) == Folded(b[j - 1]);
      row[j] = std::min(
          {above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && Folded(a[i - 1]) == Folded(b[j - 2]) &&
          Folded(a[i - 2]) == Folded(b[j - 1])) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
    two_above.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string Closest(absl::string_view word,
                    absl::Span<const absl::string_view> candidates) {
  const int limit = std::max<int>(1, static_cast<int>(word.size()) / 3);
  int best = limit + 1;
  std::string closest;
  for (absl::string_view candidate : candidates) {
    const int distance = EditDistance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    closest = std::string(candidate);
  }
  return closest;
}

}  // namespace extgate
