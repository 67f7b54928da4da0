// Ways in: ComparePolicies and AllowsAny.
#include "policy/diff/policy_diff.h"

#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/diff/content_space.h"
#include "policy/diff/image_space.h"
#include "policy/diff/layout_space.h"
#include "policy/diff/name_ways.h"
#include "policy/diff/rule_pairing.h"
#include "policy/diff/signer_space.h"
#include "policy/image_sketch.h"

namespace extgate {
namespace {

// With more rules of their own than this, all images are looked at together.
constexpr size_t kMostRegions = 40;
// Decisions in all: some ten seconds.
constexpr size_t kMaxImages = 2'000'000;

constexpr char kElsewhere[] = "elsewhere";  // an entry that nobody names

// Images of one name, one of which is looked at at a time.
struct Trial {
  std::vector<RootHash> hashes;
  std::vector<FileDigest> digests;
  std::vector<UtcTime> dates;
  ImageFacts image;
  HostFacts host;
  Evidence<HostOverlap> overlap;
};

enum class Directions { kBoth, kStricter };

class Comparison {
 public:
  Comparison(const ComparedPolicy& before, const ComparedPolicy& after,
             Directions directions)
      : before_(before), after_(after), directions_(directions) {}

  PolicyDiff Run() {
    diff_.keys = CompareKeys(before_.written, after_.written);
    rules_ = PairRules(before_.written.rules, before_.compiled.rules,
                       after_.written.rules, after_.compiled.rules);
    for (const PairedRule& rule : rules_) {
      if (rule.side != RuleSide::kBoth) own_.push_back(&rule);
    }
    names_.emplace(rules_, Mappings());
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
    const bool looser = directions_ == Directions::kBoth && may_loosen_;
    return (looser && !diff_.looser) || (may_tighten_ && !diff_.stricter);
  }

  // ---- images ---------------------------------------------------------------

  void Search(const PairedRule* rule) {
    if (!Sought()) return;
    const SeenNames seen = names_->NamesFor(rule);
    for (const SeenName& name : seen.names) {
      if (Sought()) Try(name, rule);
    }
    NoteDoubts(seen);
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

  // Class, architecture and entry, in every way in which rules and mappings
  // tell them apart.
  std::vector<Setting> SettingsAt(const SeenName& name) const {
    const bool carries = absl::c_any_of(name.rules, [](const PairedRule* rule) {
      return rule->compiled->content.has_value();
    });
    const std::vector<std::string> entries = EntriesAt(name);
    std::vector<Setting> settings;
    std::set<std::vector<bool>> known;
    for (const ImageClass image_class : ClassesFor(name.rules)) {
      for (const Architecture architecture : ArchitecturesFor(name.rules)) {
        for (const std::string& entry : entries) {
          const Setting setting = {image_class, architecture, entry};
          std::vector<bool> way = {carries &&
                                   image_class == ImageClass::kConfext};
          for (const PairedRule* rule : name.rules) {
            way.push_back(setting.IsMeant(*rule->compiled));
          }
          HostFacts host;
          host.entry = entry;
          for (const ComparedPolicy* policy : {&before_, &after_}) {
            way.push_back(
                BelongsElsewhere(name.outside, host, policy->compiled));
          }
          if (known.insert(std::move(way)).second) settings.push_back(setting);
        }
      }
    }
    return settings;
  }

  void Try(const SeenName& name, const PairedRule* focus) {
    const std::vector<SeenLayout>& layouts = LayoutsOf(PoliciesAt(name));
    const SignerWays signers = SignersFor(name.rules, trust_);
    if (!signers.complete) {
      doubts_.insert("the ways in which signers meet lists are too many");
    }
    Trial trial;
    trial.hashes = RootHashesFor(name.rules);
    trial.digests = DigestsFor(name.rules);
    trial.dates = DatesFor(name.rules);
    if (focus != nullptr && focus->compiled->names.empty()) {
      const CompiledRule& rule = *focus->compiled;
      if (!rule.root_hashes.empty()) trial.hashes = rule.root_hashes;
      if (!rule.sha256.empty()) trial.digests = rule.sha256;
    }
    for (const Setting& setting : SettingsAt(name)) {
      const ContentWays& contents =
          contents_.For(name.rules, setting.image_class);
      if (!contents.complete) {
        doubts_.insert(
            "the paths that patterns of `content` match are too many to look "
            "at");
      }
      for (const SeenContents& content : contents.all) {
        trial.overlap = content.overlap;
        for (const SeenLayout& layout : layouts) {
          trial.image = layout.image;
          trial.image.name = name.outside;
          trial.image.release.value()->name = name.inside;
          trial.image.tree = content.tree;
          setting.SetOn(trial.image, trial.host);
          if (!layout.is_signed) {
            TryDigests({}, trial);
            continue;
          }
          for (const SeenSigners& some : signers.all) {
            if (Sought()) TryDigests(some, trial);
          }
        }
      }
    }
  }

  void TryDigests(const SeenSigners& signers, Trial& trial) {
    ImageFacts& image = trial.image;
    const bool has_tree = image.verity.value() != nullptr;
    for (const RootHash& hash : trial.hashes) {
      if (has_tree) SetRootHash(hash, image);
      for (const FileDigest& digest : trial.digests) {
        image.sha256 = digest;
        for (const UtcTime& date : trial.dates) {
          trial.host.date = date;
          TryOne(signers, trial);
        }
      }
      if (!has_tree) break;
    }
  }

  static void SetRootHash(const RootHash& hash, ImageFacts& image) {
    if (image.verity.value()->root_hash == hash) return;
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

  void TryOne(const SeenSigners& signers, const Trial& trial) {
    if (++tried_ > kMaxImages) {
      doubts_.insert("the images that rules tell apart are too many");
      return;
    }
    const ImageFacts& image = trial.image;
    const HostFacts& host = trial.host;
    const Decision was =
        Evaluate(image, signers.before, host, before_.compiled, trial.overlap);
    const Decision is =
        Evaluate(image, signers.after, host, after_.compiled, trial.overlap);
    const auto keep = [&](std::optional<DiffWitness>& as) {
      as = DiffWitness{
          image, signers.before, signers.after, host, trial.overlap, was, is};
      as->image.file_name =
          absl::StrCat(image.name, ".", ToWord(image.image_class), ".raw");
    };
    if (!diff_.looser && AdmitsMore(is, was)) keep(diff_.looser);
    if (!diff_.stricter && AdmitsMore(was, is)) keep(diff_.stricter);
  }

  static bool AdmitsMore(const Decision& one, const Decision& other) {
    const auto more = [](Verdict a, Verdict b) {
      return a == Verdict::kAllow && b != Verdict::kAllow;
    };
    return more(one.verdict, other.verdict) ||
           more(ActingVerdict(one), ActingVerdict(other));
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

  // What was tried by example alone.
  void NoteDoubts(const SeenNames& seen) {
    if (!seen.complete) {
      doubts_.insert("the ways in which names match are too many to look at");
    }
    for (const std::string& text : names_->unread()) {
      doubts_.insert(
          absl::StrCat("the names of `", text, "` are tried by example"));
    }
    if (!seen.versions_complete && absl::c_any_of(seen.names, CutsAVersion)) {
      doubts_.insert(
          "a `version` and the names of other rules are tried together by "
          "example");
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
  const Directions directions_;
  PolicyDiff diff_;
  TrustDifference trust_;
  bool may_loosen_ = false;
  bool may_tighten_ = false;
  std::vector<PairedRule> rules_;
  std::vector<const PairedRule*> own_;  // of one policy alone
  std::optional<NameWays> names_;       // of rules_
  std::map<std::string, std::vector<SeenLayout>> layouts_;  // by policies
  ContentSpace contents_{
      {before_.compiled.HierarchiesOr({}), after_.compiled.HierarchiesOr({})}};
  std::set<std::string> doubts_;
  size_t tried_ = 0;
};

}  // namespace

PolicyDiff ComparePolicies(const ComparedPolicy& before,
                           const ComparedPolicy& after) {
  return Comparison(before, after, Directions::kBoth).Run();
}

std::optional<bool> AllowsAny(const ComparedPolicy& policy) {
  Policy closed = policy.written;
  closed.rules.clear();
  closed.default_verdict = {RuleVerdict::kDeny, {}};
  const auto compiled = CompilePolicy(closed, std::nullopt);
  if (!compiled.value.has_value()) return std::nullopt;
  const PolicyDiff diff =
      Comparison(policy, {closed, *compiled.value}, Directions::kStricter)
          .Run();
  if (diff.stricter.has_value()) return true;
  if (!diff.undecided.empty()) return std::nullopt;
  return false;
}

}  // namespace extgate
