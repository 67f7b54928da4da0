// Ways in by pairs: DenyMatches and AllowSelects ask in the order of Condition
// for the first that does not hold, WhyDenyDoesNotMatch and
// WhyAllowDoesNotSelect put it into words. The kinds of rule share the
// conditions but for names, signers and digests.
#include "policy/matcher.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/signer_trust.h"

namespace extgate {
namespace {

using Why = std::optional<std::string>;

enum class Condition {
  kName,
  kVersion,
  kSigned,  // by trusted signers, all that would be merged
  kSigner,
  kRootHash,
  kSha256,
  kClass,
  kArchitecture,
  kEntry,
};

constexpr size_t kShortHexDigits = 12;

template <typename Digest>
std::string Short(const Digest& digest) {
  return absl::StrCat(digest.hex().substr(0, kShortHexDigits), "…");
}

template <typename Digest>
std::string Short(const Digest* digest) {
  return digest != nullptr ? absl::StrCat("`", Short(*digest), "`")
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
bool Holds(const std::vector<T>& list, const T* value) {
  return list.empty() ||
         (value != nullptr && absl::c_linear_search(list, *value));
}

bool SurelyNamed(const CompiledRule& rule, absl::string_view name) {
  return absl::c_any_of(rule.names, [&](const NamePattern& pattern) {
    return pattern.Matches(name) == PatternMatch::kYes;
  });
}

bool PossiblyNamed(const CompiledRule& rule, absl::string_view name) {
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

// Of either name.
bool DeniesVersion(const CompiledRule& rule, const Subject& subject) {
  for (absl::string_view name : {subject.inside_name, subject.outside_name}) {
    for (absl::string_view version : VersionsIn(rule, name)) {
      if (!VersionRange::IsVersion(version) ||
          rule.version->Contains(version)) {
        return true;
      }
    }
  }
  return false;
}

bool AsksForSigners(const CompiledRule& rule) {
  return !rule.signers.empty() || !rule.signer_sets.empty();
}

// By its fingerprint or by a set, whatever it is worth.
bool IsMeant(const CompiledRule& rule, const Signer& signer) {
  return (signer.sha256.has_value() &&
          absl::c_linear_search(rule.signers, *signer.sha256)) ||
         IsIn(rule.signer_sets, signer);
}

bool DeniesSigner(const CompiledRule& rule, const Subject& subject) {
  return absl::c_any_of(
             subject.signers,
             [&](const Signer& signer) { return IsMeant(rule, signer); }) ||
         (rule.sets_in_doubt && subject.signature != SignatureState::kNone);
}

std::optional<Condition> UnmetSigner(const CompiledRule& rule,
                                     const Subject& subject) {
  if (!AsksForSigners(rule)) return std::nullopt;
  if (!subject.signed_as_a_whole || subject.signers.empty()) {
    return Condition::kSigned;
  }
  const bool trusted =
      AllTrustedWith(subject.signature, subject.signers, rule.signer_sets);
  // Of one who is only in other sets it says more whom the rule asks for.
  if (!trusted && rule.signer_sets.empty()) return Condition::kSigned;
  if (!absl::c_all_of(subject.signers, [&](const Signer& signer) {
        return IsMeant(rule, signer);
      })) {
    return Condition::kSigner;
  }
  if (!trusted) return Condition::kSigned;
  return std::nullopt;
}

// Of both digests the one that differs first.
std::optional<Condition> UnmetDigest(const CompiledRule& rule,
                                     const Subject& subject,
                                     const RootHash* root_hash) {
  if (!Holds(rule.root_hashes, root_hash)) return Condition::kRootHash;
  if (!Holds(rule.sha256, subject.sha256)) return Condition::kSha256;
  return std::nullopt;
}

// class, architecture and entries mean the same in both kinds of rule.
std::optional<Condition> UnmetAttribute(const CompiledRule& rule,
                                        const Subject& subject) {
  if (!Holds(rule.classes, &subject.image_class)) return Condition::kClass;
  if (!Holds(rule.architectures, subject.architecture.has_value()
                                     ? &*subject.architecture
                                     : nullptr)) {
    return Condition::kArchitecture;
  }
  if (!rule.entries.empty() &&
      (subject.entry.empty() ||
       !absl::c_linear_search(rule.entries, subject.entry))) {
    return Condition::kEntry;
  }
  return std::nullopt;
}

std::optional<Condition> UnmetByDeny(const CompiledRule& rule,
                                     const Subject& subject) {
  if (!rule.names.empty() && !PossiblyNamed(rule, subject.outside_name) &&
      !PossiblyNamed(rule, subject.inside_name)) {
    return Condition::kName;
  }
  if (rule.version.has_value() && !DeniesVersion(rule, subject)) {
    return Condition::kVersion;
  }
  if (AsksForSigners(rule) && !DeniesSigner(rule, subject)) {
    return Condition::kSigner;
  }
  if (const auto unmet = UnmetDigest(rule, subject, subject.root_hash)) {
    return unmet;
  }
  return UnmetAttribute(rule, subject);
}

std::optional<Condition> UnmetByAllow(const CompiledRule& rule,
                                      const Subject& subject) {
  if (!rule.names.empty() && !SurelyNamed(rule, subject.inside_name)) {
    return Condition::kName;
  }
  if (const auto unmet = UnmetSigner(rule, subject)) return unmet;
  if (rule.names.empty()) {
    if (const auto unmet =
            UnmetDigest(rule, subject, subject.whole_root_hash)) {
      return unmet;
    }
  }
  return UnmetAttribute(rule, subject);
}

std::string NotOneOf(absl::string_view key, const std::string& value,
                     const std::string& list) {
  return absl::StrCat(key, " ", value, " is not one of ", list);
}

template <typename Digest>
std::string DigestDiffers(absl::string_view key,
                          const std::vector<Digest>& wanted,
                          const Digest* found) {
  return NotOneOf(key, Short(found), OneOf(wanted, kShortText));
}

std::string VersionDiffers(const CompiledRule& rule, const Subject& subject) {
  std::string seen;
  for (absl::string_view name : {subject.inside_name, subject.outside_name}) {
    for (absl::string_view version : VersionsIn(rule, name)) {
      seen = std::string(version);
    }
  }
  return absl::StrCat("version `", seen, "` is not within `",
                      rule.version->text(), "`");
}

std::string ArchitectureDiffers(const CompiledRule& rule,
                                const Subject& subject) {
  return NotOneOf("architecture",
                  subject.architecture.has_value()
                      ? absl::StrCat("`", ToWord(*subject.architecture), "`")
                      : "not known",
                  OneOf(rule.architectures, ToWord<Architecture>));
}

std::string SignerDiffers(const CompiledRule& rule) {
  std::vector<std::string> wanted = rule.signer_sets;
  for (const Fingerprint& signer : rule.signers) {
    wanted.push_back(Short(signer));
  }
  return absl::StrCat(
      rule.verdict == RuleVerdict::kDeny ? "no signer is one of "
                                         : "not every signer is one of ",
      OneOf(wanted, [](const std::string& text) { return text; }));
}

std::string EntryDiffers(const CompiledRule& rule, const Subject& subject) {
  return NotOneOf(
      "entry",
      subject.entry.empty() ? "not known"
                            : absl::StrCat("`", subject.entry, "`"),
      OneOf(rule.entries, [](const std::string& entry) { return entry; }));
}

// What differs but for names, signers and root hashes, which the kinds of rule
// see in their own way.
std::string Differs(Condition condition, const CompiledRule& rule,
                    const Subject& subject, absl::string_view name,
                    const RootHash* root_hash) {
  switch (condition) {
    case Condition::kName:
      return NotOneOf("name", absl::StrCat("`", name, "`"),
                      OneOf(rule.names, [](const NamePattern& pattern) {
                        return pattern.text();
                      }));
    case Condition::kVersion:
      return VersionDiffers(rule, subject);
    case Condition::kSigned:
      return absl::c_any_of(subject.signers,
                            [](const Signer& signer) { return signer.expired; })
                 ? "the certificate of a signer has expired"
                 : "the image has no trusted signature of all that is in it";
    case Condition::kSigner:
      return SignerDiffers(rule);
    case Condition::kRootHash:
      return DigestDiffers("root_hash", rule.root_hashes, root_hash);
    case Condition::kSha256:
      return DigestDiffers("sha256", rule.sha256, subject.sha256);
    case Condition::kClass:
      return NotOneOf("class",
                      absl::StrCat("`", ToWord(subject.image_class), "`"),
                      OneOf(rule.classes, ToWord<ImageClass>));
    case Condition::kArchitecture:
      return ArchitectureDiffers(rule, subject);
    case Condition::kEntry:
      return EntryDiffers(rule, subject);
  }
  return "";
}

}  // namespace

bool DenyMatches(const CompiledRule& rule, const Subject& subject) {
  return !UnmetByDeny(rule, subject).has_value();
}

bool AllowSelects(const CompiledRule& rule, const Subject& subject) {
  return !UnmetByAllow(rule, subject).has_value();
}

Why WhyDenyDoesNotMatch(const CompiledRule& rule, const Subject& subject) {
  const auto unmet = UnmetByDeny(rule, subject);
  if (!unmet.has_value()) return std::nullopt;
  return Differs(*unmet, rule, subject, subject.outside_name,
                 subject.root_hash);
}

Why WhyAllowDoesNotSelect(const CompiledRule& rule, const Subject& subject) {
  const auto unmet = UnmetByAllow(rule, subject);
  if (!unmet.has_value()) return std::nullopt;
  return Differs(*unmet, rule, subject, subject.inside_name,
                 subject.whole_root_hash);
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
  const auto add = [&](const std::string& why) {
    reasons.push_back(
        {ReasonCode::kDigestMismatch,
         absl::StrCat("rule `", rule.id, "` pins the content: ", why)});
  };
  if (!Holds(rule.root_hashes, subject.whole_root_hash)) {
    add(DigestDiffers("root_hash", rule.root_hashes, subject.whole_root_hash));
  }
  if (!Holds(rule.sha256, subject.sha256)) {
    add(DigestDiffers("sha256", rule.sha256, subject.sha256));
  }
  return reasons;
}

}  // namespace extgate
