// Two ways in, WhyDenyDoesNotMatch and WhyAllowDoesNotSelect: they share the
// conditions but for names, signers and digests.
#include "policy/matcher.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/protection.h"

namespace extgate {
namespace {

using Why = std::optional<std::string>;

constexpr size_t kShortHexDigits = 12;

template <typename Digest>
std::string Short(const Digest& digest) {
  return absl::StrCat(digest.hex().substr(0, kShortHexDigits), "…");
}

template <typename Digest>
std::string Short(const std::optional<Digest>& digest) {
  return digest.has_value() ? absl::StrCat("`", Short(*digest), "`")
                            : std::string("not known");
}

template <typename List, typename Text>
std::string OneOf(const List& list, Text text) {
  return absl::StrCat("`",
                      absl::StrJoin(list, "`, `",
                                    [&](std::string* out, const auto& item) {
                                      absl::StrAppend(out, text(item));
                                    }),
                      "`");
}

const auto kShortText = [](const auto& digest) { return Short(digest); };

// Of one list of a rule: empty is no condition, a missing value never holds.
template <typename T>
bool Holds(const std::vector<T>& list, const std::optional<T>& value) {
  return list.empty() ||
         (value.has_value() && absl::c_linear_search(list, *value));
}

bool SurelyNamed(const CompiledRule& rule, const std::string& name) {
  return absl::c_any_of(rule.names, [&](const NamePattern& pattern) {
    return pattern.Matches(name) == PatternMatch::kYes;
  });
}

bool PossiblyNamed(const CompiledRule& rule, const std::string& name) {
  return absl::c_any_of(rule.names, [&](const NamePattern& pattern) {
    return pattern.Matches(name) != PatternMatch::kNo;
  });
}

// What the patterns of a rule with `version` take for one in `name`.
std::vector<absl::string_view> VersionsIn(const CompiledRule& rule,
                                          absl::string_view name) {
  std::vector<absl::string_view> versions;
  for (const NamePattern& pattern : rule.names) {
    if (const auto text = pattern.StarText(name)) versions.push_back(*text);
  }
  return versions;
}

std::string NotOneOf(absl::string_view key, const std::string& value,
                     const std::string& list) {
  return absl::StrCat(key, " ", value, " is not one of ", list);
}

template <typename Digest>
Why DigestDiffers(absl::string_view key, const std::vector<Digest>& wanted,
                  const std::optional<Digest>& found) {
  if (Holds(wanted, found)) return std::nullopt;
  return NotOneOf(key, Short(found), OneOf(wanted, kShortText));
}

// Of both digests; of the one that differs first.
Why ContentDiffers(const CompiledRule& rule, const Subject& subject,
                   const std::optional<RootHash>& root_hash) {
  if (Why why = DigestDiffers("root_hash", rule.root_hashes, root_hash)) {
    return why;
  }
  return DigestDiffers("sha256", rule.sha256, subject.sha256);
}

// class, architecture and entries mean the same in both kinds of rule.
Why AttributesDiffer(const CompiledRule& rule, const Subject& subject) {
  const auto word = [](auto value) { return ToWord(value); };
  if (!Holds(rule.classes, std::optional(subject.image_class))) {
    return NotOneOf("class", absl::StrCat("`", word(subject.image_class), "`"),
                    OneOf(rule.classes, word));
  }
  if (!Holds(rule.architectures, subject.architecture)) {
    return NotOneOf("architecture",
                    subject.architecture.has_value()
                        ? absl::StrCat("`", word(*subject.architecture), "`")
                        : "not known",
                    OneOf(rule.architectures, word));
  }
  const bool known = !subject.entry.empty();
  if (!Holds(rule.entries,
             known ? std::optional(subject.entry) : std::nullopt)) {
    return NotOneOf(
        "entry", known ? absl::StrCat("`", subject.entry, "`") : "not known",
        OneOf(rule.entries, [](const std::string& entry) { return entry; }));
  }
  return std::nullopt;
}

std::string NamesText(const CompiledRule& rule) {
  return OneOf(rule.names,
               [](const NamePattern& pattern) { return pattern.text(); });
}

// Of either name.
Why DeniedVersionDiffers(const CompiledRule& rule, const Subject& subject) {
  if (!rule.version.has_value()) return std::nullopt;
  std::string seen;
  for (const std::string* name :
       {&subject.inside_name, &subject.outside_name}) {
    for (absl::string_view version : VersionsIn(rule, *name)) {
      if (!VersionRange::IsVersion(version) ||
          rule.version->Contains(version)) {
        return std::nullopt;
      }
      seen = std::string(version);
    }
  }
  return absl::StrCat("version `", seen, "` is not within `",
                      rule.version->text(), "`");
}

bool IsListed(const CompiledRule& rule,
              const std::optional<Fingerprint>& signer) {
  return signer.has_value() && absl::c_linear_search(rule.signers, *signer);
}

}  // namespace

Subject SubjectOf(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host) {
  Subject subject;
  subject.outside_name = image.name;
  subject.inside_name = image.name;
  subject.image_class = image.image_class;
  subject.sha256 = image.sha256;
  subject.entry = host.entry;
  if (const VerityTree* tree = image.verity.value()) {
    subject.root_hash = tree->root_hash;
  }
  subject.whole_root_hash = WholeRootHash(image);
  if (const Layout* layout = image.layout.value()) {
    subject.architecture = layout->architecture;
  }
  if (const ExtensionRelease* release = image.release.value()) {
    subject.inside_name = release->name;
    const auto field = release->fields.find("ARCHITECTURE");
    if (!subject.architecture.has_value() && field != release->fields.end()) {
      subject.architecture = FromWord<Architecture>(field->second);
    }
  }
  subject.all_signers_trusted = IsWhollySigned(image, standing);
  for (const Signer& signer : standing.signers) {
    subject.signers.push_back(signer.sha256);
  }
  return subject;
}

Why WhyDenyDoesNotMatch(const CompiledRule& rule, const Subject& subject) {
  if (!rule.names.empty() && !PossiblyNamed(rule, subject.outside_name) &&
      !PossiblyNamed(rule, subject.inside_name)) {
    return NotOneOf("name", absl::StrCat("`", subject.outside_name, "`"),
                    NamesText(rule));
  }
  if (Why why = DeniedVersionDiffers(rule, subject)) return why;
  if (!rule.signers.empty() &&
      !absl::c_any_of(subject.signers, [&](const auto& signer) {
        return IsListed(rule, signer);
      })) {
    return absl::StrCat("no signer is one of ",
                        OneOf(rule.signers, kShortText));
  }
  if (Why why = ContentDiffers(rule, subject, subject.root_hash)) return why;
  return AttributesDiffer(rule, subject);
}

Why WhyAllowDoesNotSelect(const CompiledRule& rule, const Subject& subject) {
  if (!rule.names.empty() && !SurelyNamed(rule, subject.inside_name)) {
    return NotOneOf("name", absl::StrCat("`", subject.inside_name, "`"),
                    NamesText(rule));
  }
  if (!rule.signers.empty()) {
    if (!subject.all_signers_trusted || subject.signers.empty()) {
      return "the image has no trusted signature of all that is in it";
    }
    if (!absl::c_all_of(subject.signers, [&](const auto& signer) {
          return IsListed(rule, signer);
        })) {
      return absl::StrCat("not every signer is one of ",
                          OneOf(rule.signers, kShortText));
    }
  }
  if (rule.names.empty()) {
    if (Why why = ContentDiffers(rule, subject, subject.whole_root_hash)) {
      return why;
    }
  }
  return AttributesDiffer(rule, subject);
}

std::vector<Reason> VersionOutOfRange(const CompiledRule& rule,
                                      const Subject& subject) {
  if (!rule.version.has_value()) return {};
  std::string seen;
  for (absl::string_view version : VersionsIn(rule, subject.inside_name)) {
    if (rule.version->Contains(version)) return {};
    seen = std::string(version);
  }
  return {{ReasonCode::kVersionOutOfRange,
           absl::StrCat("rule `", rule.id, "` takes versions `",
                        rule.version->text(), "`, the image `",
                        subject.inside_name, "` has `", seen, "`")}};
}

std::vector<Reason> PinnedElsewhere(const CompiledRule& rule,
                                    const Subject& subject) {
  std::vector<Reason> reasons;
  for (const Why& why :
       {DigestDiffers("root_hash", rule.root_hashes, subject.whole_root_hash),
        DigestDiffers("sha256", rule.sha256, subject.sha256)}) {
    if (!why.has_value()) continue;
    reasons.push_back(
        {ReasonCode::kDigestMismatch,
         absl::StrCat("rule `", rule.id, "` pins the content: ", *why)});
  }
  return reasons;
}

}  // namespace extgate
