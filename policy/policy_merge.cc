// Sources to one policy. One way in: MergePolicies.
#include "policy/policy_merge.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/authority.h"

namespace extgate {
namespace {

// mode_floor counts from everybody but local; the highest wins.
std::optional<Located<Mode>> FloorOf(const std::vector<PolicySource>& sources) {
  std::optional<Located<Mode>> floor;
  for (const PolicySource& source : sources) {
    if (source.authority == Authority::kLocal) continue;
    const auto& asked = source.policy.mode_floor;
    if (!asked.has_value()) continue;
    if (!floor.has_value() || asked->value > floor->value) floor = asked;
  }
  return floor;
}

bool IsLocal(const PolicySource& source) {
  return source.authority == Authority::kLocal;
}

// Of a source that is not local: kept where local writers can write.
bool IsWeakStandIn(const PolicySource& source) {
  return source.stand_in && !IsLocal(source);
}

// The trust sets that sources which `counts` define or name: who is in them is
// not for the others to say.
template <typename Counts>
std::set<std::string> SetsOf(const std::vector<PolicySource>& sources,
                             Counts counts) {
  std::set<std::string> names;
  for (const PolicySource& source : sources) {
    if (!counts(source)) continue;
    for (const auto& [name, set] : source.policy.trust.sets) names.insert(name);
    for (const Rule& rule : source.policy.rules) {
      for (const LocatedText& name : rule.match.signer_sets) {
        names.insert(name.value);
      }
    }
  }
  return names;
}

// The merge in progress. Sources are added in order.
class Merge {
 public:
  explicit Merge(const std::vector<PolicySource>& sources)
      : sets_of_stronger_(SetsOf(sources,
                                 [](const PolicySource& source) {
                                   return !IsLocal(source) &&
                                          !IsWeakStandIn(source);
                                 })),
        sets_of_sound_(SetsOf(sources, [](const PolicySource& source) {
          return !IsWeakStandIn(source);
        })) {
    merged_.mode_floor = FloorOf(sources);
  }

  void Add(const PolicySource& source) {
    if (source.authority != Authority::kLocal) {
      if (!source.stand_in) return AddFreely(source);
      speaker_ = "the last good text of a broken source";
      why_ignored_ = kNotAuthenticated;
      settled_sets_ = &sets_of_sound_;
      AddTightening(source.policy);
      return;
    }
    speaker_ = "a local source";
    why_ignored_ = kUnderFloor;
    settled_sets_ = &sets_of_stronger_;
    if (source.policy.mode_floor.has_value()) {
      Ignore(source.policy.mode_floor->span,
             "`mode_floor` is for the vendor, the command line of a signed "
             "image and fleet bundles",
             "leave it out here");
    }
    if (merged_.mode_floor.has_value()) {
      AddTightening(source.policy);
    } else {
      AddFreely(source);
    }
  }

  WithDiagnostics<MergedPolicy> Finish() {
    MergedPolicy result;
    if (merged_.mode_floor.has_value()) {
      result.floor = merged_.mode_floor->value;
      RaiseToFloor();
    }
    result.policy = std::move(merged_);
    return {std::move(result), std::move(diagnostics_)};
  }

 private:
  // ---- Sources that may say anything ----------------------------------------

  template <typename T>
  static void Replace(std::optional<T>& scalar, const std::optional<T>& said) {
    if (said.has_value()) scalar = said;
  }

  static void Append(std::vector<EntryMapping>& list,
                     const std::vector<EntryMapping>& said) {
    list.insert(list.end(), said.begin(), said.end());
  }

  // What an earlier source said already is not said twice.
  static void Append(std::vector<LocatedText>& list,
                     const std::vector<LocatedText>& said) {
    if (list.empty()) {
      list = said;
      return;
    }
    std::set<std::string> stands;
    for (const LocatedText& item : list) stands.insert(item.value);
    for (const LocatedText& item : said) {
      if (stands.insert(item.value).second) list.push_back(item);
    }
  }

  void AddToSet(const std::string& name, const TrustSet& said) {
    TrustSet& set = merged_.trust.sets.try_emplace(name).first->second;
    if (set.span == SourceSpan()) set.span = said.span;
    Append(set.certificates, said.certificates);
    Append(set.files, said.files);
  }

  void AddFreely(const PolicySource& source) {
    const Policy& said = source.policy;
    Replace(merged_.mode, said.mode);
    Replace(merged_.on_violation, said.on_violation);
    Replace(merged_.unmergeable, said.unmergeable);
    Replace(merged_.image_policy, said.image_policy);
    Replace(merged_.default_verdict, said.default_verdict);
    Replace(merged_.staging, said.staging);
    Append(merged_.sources, said.sources);
    Replace(merged_.merge.timeout, said.merge.timeout);
    Replace(merged_.merge.hierarchies, said.merge.hierarchies);
    Replace(merged_.fail_boot.entries, said.fail_boot.entries);
    Replace(merged_.fail_boot.when, said.fail_boot.when);
    Replace(merged_.fail_boot.fallback, said.fail_boot.fallback);
    Replace(merged_.measure, said.measure);
    Replace(merged_.trust.efi, said.trust.efi);
    Replace(merged_.trust.verity_d, said.trust.verity_d);
    Replace(merged_.trust.require_unexpired, said.trust.require_unexpired);
    Append(merged_.trust.certificates, said.trust.certificates);
    Append(merged_.trust.files, said.trust.files);
    for (const auto& [name, set] : said.trust.sets) AddToSet(name, set);
    Append(merged_.trust.revoked, said.trust.revoked);
    Append(merged_.entries, said.entries);
    for (const Rule& rule : said.rules) {
      Rule added = rule;
      added.authority = source.authority;
      Rule* known = FindRule(rule.id.value);
      if (known != nullptr) {
        *known = std::move(added);
      } else {
        AddRule(std::move(added));
      }
    }
  }

  // ---- Sources that may only tighten ----------------------------------------

  void AddTightening(const Policy& said) {
    Mode mode = merged_.ModeOrDefault();
    if (merged_.mode_floor.has_value()) {
      mode = std::max(mode, merged_.mode_floor->value);
    }
    Tighten("mode", merged_.mode, said.mode, mode);
    Tighten("on_violation", merged_.on_violation, said.on_violation,
            merged_.OnViolationOrDefault());
    Tighten("unmergeable", merged_.unmergeable, said.unmergeable,
            merged_.UnmergeableOrDefault());
    Tighten("image_policy", merged_.image_policy, said.image_policy,
            merged_.ImagePolicyOrDefault());
    Tighten("default", merged_.default_verdict, said.default_verdict,
            merged_.DefaultOrDefault());
    TightenHandling(said);
    TightenTrust(said.trust);
    for (const EntryMapping& mapping : said.entries) {
      if (absl::c_linear_search(merged_.entries, mapping)) continue;
      Ignore(mapping.match.span,
             absl::StrCat(speaker_, " may not say which boot entries `",
                          mapping.match.value, "` belongs to"),
             why_ignored_);
    }
    for (const Rule& rule : said.rules) AddTighteningRule(rule);
  }

  void TightenHandling(const Policy& said) {
    Tighten("staging", merged_.staging, said.staging,
            merged_.StagingOrDefault());
    IgnoreNew("a place to take images from", merged_.sources, said.sources);
    KeepWhatStands("merge.timeout", merged_.merge.timeout, said.merge.timeout);
    auto& hierarchies = merged_.merge.hierarchies;
    if (hierarchies.has_value() && said.merge.hierarchies.has_value()) {
      Apply("merge.hierarchies", hierarchies, *said.merge.hierarchies,
            CompareHierarchies(said.merge.hierarchies->value,
                               hierarchies->value));
    } else {
      // What the system merges by itself is not known here.
      KeepWhatStands("merge.hierarchies", hierarchies, said.merge.hierarchies);
    }
    FailBoot& fail_boot = merged_.fail_boot;
    if (said.fail_boot.entries.has_value()) {
      Apply("fail_boot.entries", fail_boot.entries, *said.fail_boot.entries,
            CompareFailable(said.fail_boot.entries->value,
                            merged_.FailableEntriesOrDefault()));
    }
    Tighten("fail_boot.when", fail_boot.when, said.fail_boot.when,
            merged_.FailWhenOrDefault());
    Tighten("fail_boot.fallback", fail_boot.fallback, said.fail_boot.fallback,
            merged_.FailFallbackOrDefault());
    KeepWhatStands("measure", merged_.measure, said.measure);
  }

  // What has no order from loose to tight is not for local sources to change.
  template <typename T>
  void KeepWhatStands(absl::string_view key,
                      const std::optional<Located<T>>& stands,
                      const std::optional<Located<T>>& said) {
    if (!said.has_value() || said == stands) return;
    Ignore(said->span, absl::StrCat(speaker_, " may not change `", key, "`"),
           why_ignored_);
  }

  void TightenTrust(const Trust& said) {
    Trust& trust = merged_.trust;
    Tighten("trust.efi", trust.efi, said.efi,
            trust.efi.has_value() ? trust.efi->value
                                  : std::vector<EfiList>{EfiList::kDb});
    Tighten("trust.verity_d", trust.verity_d, said.verity_d,
            trust.verity_d.has_value() ? trust.verity_d->value : VerityD::kUsr);
    Tighten(
        "trust.require_unexpired", trust.require_unexpired,
        said.require_unexpired,
        trust.require_unexpired.has_value() && trust.require_unexpired->value);
    IgnoreNew("a trusted certificate", trust.certificates, said.certificates);
    IgnoreNew("a file of trusted certificates", trust.files, said.files);
    for (const auto& [name, set] : said.sets) {
      // What allow rules trust comes from others, those to come too.
      if (settled_sets_->contains(name)) {
        IgnoreNewInSet(name, set);
      } else {
        AddToSet(name, set);
      }
    }
    Append(trust.revoked, said.revoked);
  }

  void IgnoreNewInSet(const std::string& name, const TrustSet& said) {
    const auto known = merged_.trust.sets.find(name);
    const TrustSet stands =
        known == merged_.trust.sets.end() ? TrustSet() : known->second;
    IgnoreNew(absl::StrCat("a certificate to the trust set `", name, "`"),
              stands.certificates, said.certificates);
    IgnoreNew(
        absl::StrCat("a file of certificates to the trust set `", name, "`"),
        stands.files, said.files);
  }

  template <typename T>
  void Tighten(absl::string_view key, std::optional<Located<T>>& scalar,
               const std::optional<Located<T>>& said, const T& stands) {
    if (!said.has_value()) return;
    Apply(key, scalar, *said, Compare(said->value, stands));
  }

  // Takes over `said` where that tightens.
  template <typename T>
  void Apply(absl::string_view key, std::optional<Located<T>>& scalar,
             const Located<T>& said, Change change) {
    switch (change) {
      case Change::kNone:
        return;
      case Change::kTightens:
        scalar = said;
        return;
      case Change::kLoosens:
        Ignore(said.span, absl::StrCat(speaker_, " may not loosen `", key, "`"),
               why_ignored_);
        return;
    }
  }

  // What stands already may be said again.
  void IgnoreNew(absl::string_view what, const std::vector<LocatedText>& stands,
                 const std::vector<LocatedText>& said) {
    for (const LocatedText& item : said) {
      if (absl::c_linear_search(stands, item)) continue;
      Ignore(item.span, absl::StrCat(speaker_, " may not add ", what),
             why_ignored_);
    }
  }

  void AddTighteningRule(const Rule& rule) {
    if (Rule* known = FindRule(rule.id.value)) {
      TightenRule(rule, *known);
      return;
    }
    const auto ignore = [&](absl::string_view what) {
      Ignore(rule.id.span,
             absl::StrCat(speaker_, " may not add a rule that ", what, ": `",
                          rule.id.value, "`"),
             why_ignored_);
    };
    switch (rule.verdict.value) {
      case RuleVerdict::kAllow:
        ignore("allows");
        return;
      case RuleVerdict::kDeny:
        break;
    }
    // Without its mode it would do more than its author asks for.
    if (rule.mode.has_value()) {
      ignore("is permissive");
      return;
    }
    Rule added = rule;
    added.authority = Authority::kLocal;
    added.image_policy.reset();  // says nothing where the verdict is deny
    AddRule(std::move(added));
  }

  void TightenRule(const Rule& asked, Rule& stands) {
    switch (Compare(asked, stands)) {
      case Change::kNone:
        return;
      case Change::kTightens:
        stands.required = asked.required;
        stands.mode = asked.mode;
        stands.until = asked.until;
        return;
      case Change::kLoosens:
        Ignore(asked.id.span,
               absl::StrCat(speaker_, " may not replace the rule `",
                            asked.id.value, "`, which stands already"),
               why_ignored_);
        return;
    }
  }

  // ---- Common ---------------------------------------------------------------

  void RaiseToFloor() {
    const Located<Mode>& floor = *merged_.mode_floor;
    if (merged_.ModeOrDefault() >= floor.value) return;
    if (merged_.mode.has_value()) {
      Ignore(merged_.mode->span,
             absl::StrCat("the mode `", ToWord(merged_.mode->value),
                          "` is below the floor `", ToWord(floor.value), "`"),
             "the floor counts");
    }
    merged_.mode = floor;
  }

  Rule* FindRule(const std::string& id) {
    const auto found = rule_by_id_.find(id);
    return found == rule_by_id_.end() ? nullptr : &merged_.rules[found->second];
  }

  void AddRule(Rule rule) {
    rule_by_id_.emplace(rule.id.value, merged_.rules.size());
    merged_.rules.push_back(std::move(rule));
  }

  void Ignore(const SourceSpan& span, std::string message,
              absl::string_view help) {
    diagnostics_.push_back({DiagnosticCode::kNotAuthorised, Severity::kWarning,
                            span, std::move(message), std::string(help)});
  }

  static constexpr absl::string_view kUnderFloor =
      "a mode_floor is set, so this is ignored and the rest of the source "
      "counts";
  static constexpr absl::string_view kNotAuthenticated =
      "it was kept where others may write, so it can only tighten until the "
      "source itself is mended";

  // Who speaks at present, and why not everything counts.
  absl::string_view speaker_;
  absl::string_view why_ignored_;
  const std::set<std::string> sets_of_stronger_;
  const std::set<std::string> sets_of_sound_;
  // Those of which who speaks may not change who is in them.
  const std::set<std::string>* settled_sets_ = &sets_of_stronger_;
  Policy merged_;
  std::unordered_map<std::string, size_t> rule_by_id_;  // into merged_.rules
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

WithDiagnostics<MergedPolicy> MergePolicies(
    const std::vector<PolicySource>& sources) {
  Merge merge(sources);
  for (const PolicySource& source : sources) merge.Add(source);
  return merge.Finish();
}

}  // namespace extgate
