// Ways in: FindNotYetEvaluated, FindNotActedOn.
#include "policy/not_yet_evaluated.h"

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

// ---- The list: delete a line when evaluation heeds the key ------------------

constexpr PolicyKey kPolicyKeys[] = {
    // auto is a copy until links are made.
    {"staging: link",
     [](const Policy& policy) -> Place {
       if (policy.StagingOrDefault() != Staging::kLink) return std::nullopt;
       return policy.staging->span;
     }},
    {"merge.hierarchies",
     [](const Policy& policy) { return PlaceOf(policy.merge.hierarchies); }},
};

// The same for what is not acted on, without harm.
constexpr PolicyKey kNotActedOn[] = {
    {"fail_boot.entries",
     [](const Policy& policy) { return PlaceOf(policy.fail_boot.entries); }},
    {"fail_boot.when",
     [](const Policy& policy) { return PlaceOf(policy.fail_boot.when); }},
    {"fail_boot.fallback",
     [](const Policy& policy) { return PlaceOf(policy.fail_boot.fallback); }},
    {"measure", [](const Policy& policy) { return PlaceOf(policy.measure); }},
};

// -----------------------------------------------------------------------------

Diagnostic Refuse(const char* key, const SourceSpan& span) {
  return {DiagnosticCode::kUnknownKey, Severity::kError, span,
          absl::StrCat("`", key,
                       "` is read but not heeded by this version of extgate"),
          "leave it out, or use a newer extgate"};
}

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

std::vector<Diagnostic> FindNotYetEvaluated(const Policy& policy) {
  std::vector<Diagnostic> found;
  for (const PolicyKey& key : kPolicyKeys) {
    const Place place = key.place(policy);
    if (place.has_value()) found.push_back(Refuse(key.key, *place));
  }
  return found;
}

}  // namespace extgate
