// One way in: ComparePolicies.
#include "policy/diff/policy_diff.h"

#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/diff/image_space.h"
#include "policy/diff/name_ways.h"
#include "policy/diff/rule_pairing.h"
#include "policy/image_sketch.h"

namespace extgate {
namespace {

// With more rules of their own than this, all images are looked at together.
constexpr size_t kMostRegions = 40;
// Decisions in all: some ten seconds.
constexpr size_t kMaxImages = 2'000'000;

// 2026-11-27, whatever day it is: the answer does not depend on it.
constexpr int64_t kToday = 1795737600;

constexpr char kElsewhere[] = "elsewhere";  // an entry that nobody names

class Comparison {
 public:
  Comparison(const ComparedPolicy& before, const ComparedPolicy& after)
      : before_(before), after_(after) {}

  PolicyDiff Run() {
    diff_.keys = CompareKeys(before_.written, after_.written);
    rules_ = PairRules(before_.written.rules, before_.compiled.rules,
                       after_.written.rules, after_.compiled.rules);
    for (const PairedRule& rule : rules_) {
      if (rule.side != RuleSide::kBoth) own_.push_back(&rule);
    }
    names_.emplace(rules_, Mappings());
    FindDates();
    Weigh();
    const bool everywhere = ConcernsAll() || own_.size() > kMostRegions;
    if (everywhere) {
      Search(nullptr);
    } else {
      for (const PairedRule* rule : own_) Search(rule);
    }
    Doubt();
    diff_.relation = Overall();
    return std::move(diff_);
  }

 private:
  // Of both policies.
  std::vector<const CompiledEntryMapping*> Mappings() const {
    std::vector<const CompiledEntryMapping*> mappings;
    for (const CompiledPolicy* policy : {&before_.compiled, &after_.compiled}) {
      for (const CompiledEntryMapping& one : policy->entries) {
        mappings.push_back(&one);
      }
    }
    return mappings;
  }

  // ---- what can differ ------------------------------------------------------

  // Whether a difference concerns images whatever rules are about them.
  bool ConcernsAll() {
    for (const KeyChange& change : diff_.keys) {
      const bool ends = change.key == "trust.require_unexpired";
      const bool is_trust = absl::StartsWith(change.key, "trust.") && !ends;
      trust_.ends |= ends;
      trust_.more |= is_trust && change.relation != Relation::kStricter;
      trust_.less |= is_trust && change.relation != Relation::kLooser;
      if (is_trust || ends || change.key == "default" ||
          change.key == "image_policy") {
        may_loosen_ = may_tighten_ = true;
      }
    }
    if (!(before_.written.entries == after_.written.entries)) {
      may_loosen_ = may_tighten_ = true;
      return true;
    }
    return trust_.more || trust_.less || trust_.ends ||
           before_.compiled.default_verdict !=
               after_.compiled.default_verdict ||
           !(before_.compiled.image_policy == after_.compiled.image_policy);
  }

  // Days on which a rule with a mode of its own counts otherwise.
  void FindDates() {
    std::set<UtcTime> dates = {UtcTime::FromSeconds(kToday)};
    for (const PairedRule& rule : rules_) {
      if (!rule.compiled->permissive || !rule.compiled->until) continue;
      dates.insert(*rule.compiled->until);
      dates.insert(UtcTime::FromSeconds(rule.compiled->until->seconds() - 1));
    }
    dates_.assign(dates.begin(), dates.end());
  }

  // A deny rule more can only tighten, one less only loosen.
  void Weigh() {
    for (const PairedRule* rule : own_) {
      const bool denies = rule->compiled->verdict == RuleVerdict::kDeny;
      const bool sure = denies && !rule->compiled->permissive;
      may_tighten_ |= !sure || rule->side == RuleSide::kAfter;
      may_loosen_ |= !sure || rule->side == RuleSide::kBefore;
    }
  }

  bool Sought() const {
    return (may_loosen_ && !diff_.looser) || (may_tighten_ && !diff_.stricter);
  }

  // ---- images ---------------------------------------------------------------

  void Search(const PairedRule* rule) {
    if (!Sought()) return;
    const SeenNames seen = names_->NamesFor(rule);
    if (!seen.complete) {
      doubts_.insert("the ways in which names match are too many to look at");
    }
    for (const SeenName& name : seen.names) {
      if (Sought()) Try(name, rule);
    }
    NoteDoubts(rule, seen.names);
  }

  std::vector<ImagePolicy> PoliciesAt(const SeenName& name) const {
    std::vector<ImagePolicy> policies = {before_.compiled.image_policy};
    const auto add = [&](const ImagePolicy& policy) {
      if (!absl::c_linear_search(policies, policy)) policies.push_back(policy);
    };
    add(after_.compiled.image_policy);
    for (const PairedRule* rule : name.rules) {
      const auto& policy = rule->compiled->image_policy;
      if (policy.has_value()) add(*policy);
    }
    return policies;
  }

  const std::vector<SeenLayout>& LayoutsOf(
      const std::vector<ImagePolicy>& policies) {
    std::string key;
    for (const ImagePolicy& policy : policies) {
      absl::StrAppend(&key, policy.ToString(), "\n");
    }
    const auto [at, is_new] = layouts_.emplace(key, std::vector<SeenLayout>());
    if (is_new) at->second = LayoutsFor(policies);
    return at->second;
  }

  std::vector<std::string> EntriesAt(const SeenName& name) const {
    std::set<std::string> entries = {kElsewhere};
    for (const PairedRule* rule : name.rules) {
      const auto& named = rule->compiled->entries;
      entries.insert(named.begin(), named.end());
    }
    for (const CompiledPolicy* policy : {&before_.compiled, &after_.compiled}) {
      for (const CompiledEntryMapping& mapping : policy->entries) {
        if (mapping.match.Matches(name.outside) == PatternMatch::kNo) continue;
        entries.insert(mapping.entries.begin(), mapping.entries.end());
      }
    }
    return {entries.begin(), entries.end()};
  }

  static std::vector<ImageClass> ClassesAt(const SeenName& name) {
    const bool asked = absl::c_any_of(name.rules, [](const PairedRule* rule) {
      return !rule->compiled->classes.empty() ||
             rule->compiled->content.has_value();
    });
    if (!asked) return {ImageClass::kSysext};
    return {ImageClass::kSysext, ImageClass::kConfext};
  }

  static std::vector<Architecture> ArchitecturesAt(const SeenName& name) {
    std::set<Architecture> named;
    for (const PairedRule* rule : name.rules) {
      const auto& some = rule->compiled->architectures;
      named.insert(some.begin(), some.end());
    }
    for (const auto& [architecture, word] : Words<Architecture>::kTable) {
      if (named.insert(architecture).second) break;
    }
    if (named.size() == 1) return {Architecture::kX8664};
    return {named.begin(), named.end()};
  }

  void Try(const SeenName& name, const PairedRule* focus) {
    const std::vector<SeenLayout>& layouts = LayoutsOf(PoliciesAt(name));
    const std::vector<SeenSigners> all_signers = SignersFor(name.rules, trust_);
    std::vector<RootHash> hashes = RootHashesFor(name.rules);
    std::vector<FileDigest> digests = DigestsFor(name.rules);
    if (focus != nullptr && focus->compiled->names.empty()) {
      if (!focus->compiled->root_hashes.empty()) {
        hashes = focus->compiled->root_hashes;
      }
      if (!focus->compiled->sha256.empty()) digests = focus->compiled->sha256;
    }
    const std::vector<SeenSigners> unsigned_image = {SeenSigners()};
    for (const ImageClass image_class : ClassesAt(name)) {
      for (const Evidence<TreeFacts>& tree : TreesFor(name.rules)) {
        for (const SeenLayout& layout : layouts) {
          ImageFacts image = layout.image;
          image.name = name.outside;
          image.image_class = image_class;
          image.release.value()->name = name.inside;
          image.tree = tree;
          for (const SeenSigners& signers :
               layout.is_signed ? all_signers : unsigned_image) {
            TryContents(name, image, signers, hashes, digests);
          }
        }
      }
    }
  }

  void TryContents(const SeenName& name, ImageFacts& image,
                   const SeenSigners& signers,
                   const std::vector<RootHash>& hashes,
                   const std::vector<FileDigest>& digests) {
    const bool has_tree = image.verity.value() != nullptr;
    for (const RootHash& hash : hashes) {
      if (has_tree) SetRootHash(hash, image);
      for (const FileDigest& digest : digests) {
        image.sha256 = digest;
        for (const Architecture architecture : ArchitecturesAt(name)) {
          TryEntries(name, architecture, signers, image);
        }
      }
      if (!has_tree) break;
    }
  }

  static void SetRootHash(const RootHash& hash, ImageFacts& image) {
    ImageSketch sketch;
    sketch.root_hash = hash;
    const ImageFacts like = FactsOf(sketch);
    image.verity.value()->root_hash = hash;
    if (image.signature.value() != nullptr) {
      image.signature.value()->root_hash = hash;
    }
    image.layout.value()->data_uuid = like.layout.value()->data_uuid;
    image.layout.value()->verity_uuid = like.layout.value()->verity_uuid;
  }

  void TryEntries(const SeenName& name, Architecture architecture,
                  const SeenSigners& signers, ImageFacts& image) {
    HostFacts host;
    host.os_release = {{"ID", "debian"}};
    host.architecture = architecture;
    host.systemd_version = 257;
    if (image.layout.value()->architecture.has_value()) {
      image.layout.value()->architecture = architecture;
    } else {
      image.release.value()->fields["ARCHITECTURE"] = ToWord(architecture);
    }
    for (const std::string& entry : EntriesAt(name)) {
      for (const UtcTime& date : dates_) {
        if (!Sought()) return;
        host.entry = entry;
        host.date = date;
        TryOne(image, signers, host);
      }
    }
  }

  void TryOne(const ImageFacts& image, const SeenSigners& signers,
              const HostFacts& host) {
    if (++tried_ > kMaxImages) {
      doubts_.insert("the images that rules tell apart are too many");
      return;
    }
    const Decision was =
        Evaluate(image, signers.before, host, before_.compiled, HostOverlap());
    const Decision is =
        Evaluate(image, signers.after, host, after_.compiled, HostOverlap());
    const bool more = Admits(is.verdict, was.verdict) ||
                      Admits(ActingVerdict(is), ActingVerdict(was));
    const bool less = Admits(was.verdict, is.verdict) ||
                      Admits(ActingVerdict(was), ActingVerdict(is));
    const DiffWitness seen{image, signers.before, signers.after, host, was, is};
    if (more && !diff_.looser) Keep(seen, diff_.looser);
    if (less && !diff_.stricter) Keep(seen, diff_.stricter);
  }

  static bool Admits(Verdict one, Verdict other) {
    return one == Verdict::kAllow && other != Verdict::kAllow;
  }

  static void Keep(const DiffWitness& seen, std::optional<DiffWitness>& as) {
    as = seen;
    as->image.file_name = absl::StrCat(seen.image.name, ".",
                                       ToWord(seen.image.image_class), ".raw");
  }

  // ---- the answer -----------------------------------------------------------

  // Whether of a name with a version in it other rules ask otherwise.
  static bool CutsAVersion(const SeenName& name) {
    std::set<std::string> patterns;
    bool has_version = false;
    for (const PairedRule* rule : name.rules) {
      has_version |= rule->compiled->version.has_value();
      for (const NamePattern& pattern : rule->compiled->names) {
        patterns.insert(pattern.text());
      }
    }
    return has_version && patterns.size() > 1;
  }

  // What was tried by example alone, among images of `focus`.
  void NoteDoubts(const PairedRule* focus, const std::vector<SeenName>& names) {
    if (names_->HasExpressions()) {
      doubts_.insert("a regular expression is tried by example");
    }
    if (absl::c_any_of(names, CutsAVersion)) {
      doubts_.insert(
          "a `version` and the names of other rules are tried together by "
          "example");
    }
    for (const PairedRule* rule : own_) {
      if (focus != nullptr && rule != focus) continue;
      if (rule->compiled->content.has_value() &&
          !rule->compiled->content->deny.empty()) {
        doubts_.insert(absl::StrCat("rule `", rule->compiled->id,
                                    "`: the patterns of its `content` are "
                                    "tried by example"));
      }
    }
  }

  // Doubts count where a direction is possible and was not found.
  void Doubt() {
    if (!Sought()) return;
    diff_.undecided.assign(doubts_.begin(), doubts_.end());
  }

  Relation Overall() const {
    bool looser = diff_.looser.has_value();
    bool stricter = diff_.stricter.has_value();
    for (const KeyChange& change : diff_.keys) {
      looser |= change.relation != Relation::kStricter;
      stricter |= change.relation != Relation::kLooser;
    }
    if (looser && stricter) return Relation::kIncomparable;
    if (looser) return Relation::kLooser;
    return stricter ? Relation::kStricter : Relation::kEquivalent;
  }

  const ComparedPolicy& before_;
  const ComparedPolicy& after_;
  PolicyDiff diff_;
  TrustDifference trust_;
  bool may_loosen_ = false;
  bool may_tighten_ = false;
  std::vector<PairedRule> rules_;
  std::vector<const PairedRule*> own_;  // of one policy alone
  std::optional<NameWays> names_;       // of rules_
  std::vector<UtcTime> dates_;
  std::map<std::string, std::vector<SeenLayout>> layouts_;  // by policies
  std::set<std::string> doubts_;
  size_t tried_ = 0;
};

}  // namespace

PolicyDiff ComparePolicies(const ComparedPolicy& before,
                           const ComparedPolicy& after) {
  return Comparison(before, after).Run();
}

}  // namespace extgate
