// Names in which the version is older than a bound, as it, or newer.
#ifndef EXTGATE_POLICY_DIFF_VERSION_LANGUAGE_H_
#define EXTGATE_POLICY_DIFF_VERSION_LANGUAGE_H_

#include <compare>
#include <optional>

#include "absl/strings/string_view.h"
#include "policy/diff/name_language.h"

namespace extgate {

// Names that `glob`, with one `*`, matches, and of which what the `*` takes is
// `order` to `bound`, as CompareVersions has it. nullopt: too many places.
std::optional<NameLanguage> LanguageOfVersions(absl::string_view glob,
                                               absl::string_view bound,
                                               std::weak_ordering order);

// Names that `glob`, with one `*`, matches with what is no version: no ASCII
// letter or digit.
std::optional<NameLanguage> LanguageOfNoVersion(absl::string_view glob);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_VERSION_LANGUAGE_H_
