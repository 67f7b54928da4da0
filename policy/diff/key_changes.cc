// One way in: CompareKeys.
#include "policy/diff/key_changes.h"

#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/admission.h"
#include "policy/authority.h"
#include "policy/diff/rule_pairing.h"
#include "policy/image_policy_algebra.h"

namespace extgate {
namespace {

Relation RelationOf(Change change) {
  switch (change) {
    case Change::kNone:
      return Relation::kEquivalent;
    case Change::kTightens:
      return Relation::kStricter;
    case Change::kLoosens:
      return Relation::kLooser;
  }
  return Relation::kIncomparable;
}

Relation RelationOfAny(bool looser, bool stricter) {
  if (looser && stricter) return Relation::kIncomparable;
  if (looser) return Relation::kLooser;
  return stricter ? Relation::kStricter : Relation::kEquivalent;
}

// By all versions of systemd at once, as a floor asks, and version by version:
// either may say that something is looser.
Relation CompareAdmission(const ImagePolicy& before, const ImagePolicy& after) {
  if (Equivalent(before, after)) return Relation::kEquivalent;
  const Relation by_version = CompareImagePolicies(after, before).relation;
  const bool incomparable = by_version == Relation::kIncomparable;
  return RelationOfAny(
      Looser(after, before) || incomparable || by_version == Relation::kLooser,
      Looser(before, after) || incomparable ||
          by_version == Relation::kStricter);
}

std::set<std::string> Values(const std::vector<LocatedText>& texts) {
  std::set<std::string> values;
  for (const LocatedText& text : texts) values.insert(text.value);
  return values;
}

// A PEM in a line.
std::string Shown(const std::string& value) {
  constexpr size_t kMost = 60;
  std::string text = value.substr(0, value.find('\n'));
  if (text.size() < value.size() || text.size() > kMost) {
    text = absl::StrCat(text.substr(0, kMost), "…");
  }
  return text;
}

class Keys {
 public:
  std::vector<KeyChange> Take() { return std::move(changes_); }

  void Add(std::string key, Relation relation, std::string before,
           std::string after) {
    if (relation == Relation::kEquivalent) return;
    changes_.push_back({std::move(key), relation, Shown(before), Shown(after)});
  }

  template <typename E>
  void Word(const char* key, E before, E after) {
    Add(key, RelationOf(Compare(after, before)), ToWord(before), ToWord(after));
  }

  // A list that admits more the more is in it, or with kStricter less.
  void List(const char* key, const std::vector<LocatedText>& before,
            const std::vector<LocatedText>& after, Relation when_more) {
    const std::set<std::string> old_values = Values(before);
    const std::set<std::string> new_values = Values(after);
    for (const std::string& value : new_values) {
      if (!old_values.contains(value)) Add(key, when_more, "absent", value);
    }
    const Relation when_less = when_more == Relation::kLooser
                                   ? Relation::kStricter
                                   : Relation::kLooser;
    for (const std::string& value : old_values) {
      if (!new_values.contains(value)) Add(key, when_less, value, "absent");
    }
  }

 private:
  std::vector<KeyChange> changes_;
};

template <typename T>
std::vector<T> ValueOr(const std::optional<Located<std::vector<T>>>& list,
                       std::vector<T> otherwise) {
  return list.has_value() ? list->value : otherwise;
}

std::string EfiText(const std::vector<EfiList>& lists) {
  return absl::StrCat("[",
                      absl::StrJoin(lists, ", ",
                                    [](std::string* out, EfiList list) {
                                      absl::StrAppend(out, ToWord(list));
                                    }),
                      "]");
}

void CompareTrust(const Trust& before, const Trust& after, Keys& keys) {
  const std::vector<EfiList> old_efi = ValueOr(before.efi, {EfiList::kDb});
  const std::vector<EfiList> new_efi = ValueOr(after.efi, {EfiList::kDb});
  keys.Add("trust.efi", RelationOf(Compare(new_efi, old_efi)), EfiText(old_efi),
           EfiText(new_efi));
  const auto verity_d = [](const Trust& trust) {
    return trust.verity_d ? trust.verity_d->value : VerityD::kUsr;
  };
  keys.Word("trust.verity_d", verity_d(before), verity_d(after));
  keys.List("trust.certificates", before.certificates, after.certificates,
            Relation::kLooser);
  keys.List("trust.files", before.files, after.files, Relation::kLooser);
  keys.List("trust.revoked", before.revoked, after.revoked,
            Relation::kStricter);
  if (!(before.sets == after.sets)) {
    keys.Add("trust.sets", Relation::kIncomparable,
             absl::StrCat(before.sets.size(), " sets"),
             absl::StrCat(after.sets.size(), " sets"));
  }
  const auto unexpired = [](const Trust& trust) {
    return trust.require_unexpired && trust.require_unexpired->value;
  };
  keys.Word("trust.require_unexpired", unexpired(before), unexpired(after));
}

void CompareHandling(const Policy& before, const Policy& after, Keys& keys) {
  keys.Word("staging", before.StagingOrDefault(), after.StagingOrDefault());
  keys.List("sources", before.sources, after.sources, Relation::kLooser);
  if (before.MergeTimeoutOrDefault() != after.MergeTimeoutOrDefault()) {
    keys.Add("merge.timeout", Relation::kIncomparable,
             before.MergeTimeoutOrDefault().ToString(),
             after.MergeTimeoutOrDefault().ToString());
  }
  const auto& old_places = before.merge.hierarchies;
  const auto& new_places = after.merge.hierarchies;
  if (!(old_places == new_places)) {
    const bool both = old_places.has_value() && new_places.has_value();
    const auto text = [](const auto& places) {
      return places ? absl::StrCat("[", absl::StrJoin(places->value, ", "), "]")
                    : std::string("absent");
    };
    keys.Add("merge.hierarchies",
             both ? RelationOf(CompareHierarchies(new_places->value,
                                                  old_places->value))
                  : Relation::kIncomparable,
             text(old_places), text(new_places));
  }
  const auto old_entries = before.FailableEntriesOrDefault();
  const auto new_entries = after.FailableEntriesOrDefault();
  keys.Add("fail_boot.entries",
           RelationOf(CompareFailable(new_entries, old_entries)),
           absl::StrJoin(old_entries, ", "), absl::StrJoin(new_entries, ", "));
  keys.Word("fail_boot.when", before.FailWhenOrDefault(),
            after.FailWhenOrDefault());
  keys.Word("fail_boot.fallback", before.FailFallbackOrDefault(),
            after.FailFallbackOrDefault());
  if (!(before.measure == after.measure)) {
    keys.Add("measure", Relation::kIncomparable,
             before.measure ? "set" : "absent",
             after.measure ? "set" : "absent");
  }
}

// The rules that require an image, by what they say: of two that are alike in
// this, no image can tell them apart.
std::map<std::string, std::string> RequiredIds(const Policy& policy) {
  std::map<std::string, std::string> ids;
  for (const Rule& rule : policy.rules) {
    if (!rule.required || !rule.required->value) continue;
    ids.emplace(RuleText(rule, TextOfNames::kYes), rule.id.value);
  }
  return ids;
}

void CompareRequired(const Policy& before, const Policy& after, Keys& keys) {
  const auto old_ids = RequiredIds(before);
  const auto new_ids = RequiredIds(after);
  for (const auto& [text, id] : new_ids) {
    if (old_ids.contains(text)) continue;
    keys.Add("required", Relation::kStricter, "absent",
             absl::StrCat("rule `", id, "`"));
  }
  for (const auto& [text, id] : old_ids) {
    if (new_ids.contains(text)) continue;
    keys.Add("required", Relation::kLooser, absl::StrCat("rule `", id, "`"),
             "absent");
  }
}

}  // namespace

std::vector<KeyChange> CompareKeys(const Policy& before, const Policy& after) {
  Keys keys;
  keys.Word("mode", before.ModeOrDefault(), after.ModeOrDefault());
  const auto floor = [](const Policy& policy) {
    return policy.mode_floor ? policy.mode_floor->value : Mode::kDisabled;
  };
  keys.Word("mode_floor", floor(before), floor(after));
  keys.Word("on_violation", before.OnViolationOrDefault(),
            after.OnViolationOrDefault());
  keys.Word("unmergeable", before.UnmergeableOrDefault(),
            after.UnmergeableOrDefault());
  keys.Add("image_policy",
           CompareAdmission(before.ImagePolicyOrDefault(),
                            after.ImagePolicyOrDefault()),
           before.ImagePolicyOrDefault().ToString(),
           after.ImagePolicyOrDefault().ToString());
  keys.Word("default", before.DefaultOrDefault(), after.DefaultOrDefault());
  CompareHandling(before, after, keys);
  CompareTrust(before.trust, after.trust, keys);
  CompareRequired(before, after, keys);
  return keys.Take();
}

}  // namespace extgate
