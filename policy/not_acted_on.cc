// Way in: FindNotActedOn.
#include "policy/not_acted_on.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

using Place = std::optional<SourceSpan>;

struct PolicyKey {
  const char* key;
  Place (*place)(const Policy& policy);  // nullopt: it says nothing of it
};

template <typename T>
Place PlaceOf(const std::optional<Located<T>>& said) {
  if (!said.has_value()) return std::nullopt;
  return said->span;
}

// Delete a line when something acts on the key.
constexpr PolicyKey kNotActedOn[] = {
    {"measure", [](const Policy& policy) { return PlaceOf(policy.measure); }},
};

}  // namespace

std::vector<Diagnostic> FindNotActedOn(const Policy& policy) {
  std::vector<Diagnostic> found;
  for (const PolicyKey& key : kNotActedOn) {
    const Place place = key.place(policy);
    if (!place.has_value()) continue;
    found.push_back({DiagnosticCode::kNotActedOn, Severity::kNote, *place,
                     absl::StrCat("`", key.key,
                                  "` is kept, but not acted on by this version "
                                  "of extgate"),
                     ""});
  }
  return found;
}

}  // namespace extgate
