// Ways in: the functions of the header.
#include "policy/diff/image_space.h"

#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "policy/content_check.h"
#include "policy/image_sketch.h"
#include "policy/requirement.h"
#include "policy/words.h"

namespace extgate {
namespace {

constexpr uint64_t kGrowfs = uint64_t{1} << 59;  // GPT attribute bits
constexpr uint64_t kReadOnly = uint64_t{1} << 60;
constexpr size_t kMaxSignerSets = 64;

// Digits that no policy is likely to name.
constexpr char kFresh[] =
    "5eed0000000000000000000000000000000000000000000000000000000000ff";

template <typename Digest>
Digest Fresh() {
  return *Digest::Parse(kFresh);
}

// Who may sign: a fingerprint, or one of a trust set.
struct SignerAtom {
  std::string hex;
  std::string set;  // ""
};

// What a policy makes of a signer.
enum class SignerStanding {
  kStranger,
  kOfItsSet,  // trusted where a rule names the set alone
  kTrusted,
  kEnded,  // trusted, but over since long
};

Signer SignerOf(const SignerAtom& atom, SignerStanding standing) {
  Signer signer;
  signer.subject = "CN=witness";
  signer.issuer_and_serial = "CN=witness, serial 01";
  signer.sha256 = *Fingerprint::Parse(atom.hex);
  if (standing == SignerStanding::kStranger) return signer;
  signer.origin = "trust";
  signer.trusted = standing != SignerStanding::kOfItsSet;
  if (!atom.set.empty()) signer.sets = {atom.set};
  signer.not_after = standing == SignerStanding::kEnded
                         ? UtcTime()
                         : UtcTime::FromSeconds(int64_t{1} << 40);
  return signer;
}

// Designators beside the data that `policies` treat differently. Of those that
// each policy treats alike two are enough: one may be there and one absent.
std::vector<std::string> OtherDesignators(
    absl::Span<const ImagePolicy> policies) {
  std::map<std::vector<PartitionFlags>, int> alike;
  std::vector<std::string> words;
  for (const PartitionDesignator other : kOtherPartitionDesignators) {
    std::vector<PartitionFlags> flags;
    for (const ImagePolicy& policy : policies) {
      flags.push_back(policy.FlagsFor(other));
    }
    const bool differs = absl::c_any_of(
        flags, [&](PartitionFlags one) { return one != flags[0]; });
    if (differs && ++alike[flags] <= 2) words.push_back(ToString(other));
  }
  absl::c_sort(words);
  return words;
}

// Which of `words` are there: the bits of `number`.
std::vector<std::string> Subset(const std::vector<std::string>& words,
                                size_t number) {
  std::vector<std::string> subset;
  for (size_t i = 0; i < words.size(); ++i) {
    if ((number >> i & 1) != 0) subset.push_back(words[i]);
  }
  return subset;
}

// All layouts, those that are admitted alike too.
std::vector<ImageSketch> AllLayouts(absl::Span<const ImagePolicy> policies) {
  const std::vector<std::string> others = OtherDesignators(policies);
  std::vector<ImageSketch> sketches;
  for (const Designator designator : {Designator::kRoot, Designator::kUsr}) {
    for (const auto& [helpers, word] : Words<SketchedHelpers>::kTable) {
      for (const uint64_t attributes :
           {uint64_t{0}, kGrowfs, kReadOnly, kGrowfs | kReadOnly}) {
        for (size_t number = 0; number < size_t{1} << others.size(); ++number) {
          for (const bool below : {false, true}) {
            if (below && designator == Designator::kRoot) continue;
            ImageSketch& sketch = sketches.emplace_back();
            sketch.designator = designator;
            sketch.helpers = helpers;
            sketch.data_attributes = attributes;
            sketch.other_designators = Subset(others, number);
            sketch.root_below = below;
            if (helpers != SketchedHelpers::kNone) {
              sketch.root_hash = Fresh<RootHash>();
            }
          }
        }
      }
    }
  }
  ImageSketch& bare = sketches.emplace_back();
  bare.architecture = std::nullopt;
  bare.helpers = SketchedHelpers::kNone;
  return sketches;
}

// The rule but for its digests, of the kind that `which` tells apart.
std::string ShapeOf(const PairedRule& paired) {
  const CompiledRule& rule = *paired.compiled;
  return absl::StrCat(static_cast<int>(paired.side), "|", ToWord(rule.verdict),
                      "|", ToWord(rule.specificity), "|",
                      rule.image_policy ? rule.image_policy->ToString() : "",
                      "|", rule.names.size(), "|", rule.signers.size(), "|",
                      absl::StrJoin(rule.classes, ",",
                                    [](std::string* out, ImageClass value) {
                                      absl::StrAppend(out, ToWord(value));
                                    }),
                      "|",
                      absl::StrJoin(rule.architectures, ",",
                                    [](std::string* out, Architecture value) {
                                      absl::StrAppend(out, ToWord(value));
                                    }),
                      "|", absl::StrJoin(rule.entries, ","), "|",
                      rule.content.has_value() ? "content" : "");
}

// Of each value that `list` of a rule names one for each set of rules.
template <typename T>
std::vector<T> ValuesOf(const RulesAtHand& rules,
                        std::vector<T> CompiledRule::*list) {
  std::map<std::string, std::set<std::string>> named;
  for (const PairedRule* paired : rules) {
    const CompiledRule* rule = paired->compiled;
    // A rule with more conditions is not like any other.
    const bool alone = rule->names.empty() && rule->signers.empty() &&
                       rule->signer_sets.empty() && !rule->permissive &&
                       !rule->content.has_value() &&
                       (rule->root_hashes.empty() || rule->sha256.empty());
    const std::string shape =
        alone ? ShapeOf(*paired)
              : absl::StrCat(absl::Hex(reinterpret_cast<uintptr_t>(rule)));
    for (const T& value : rule->*list) named[value.hex()].insert(shape);
  }
  std::vector<T> values = {Fresh<T>()};
  std::set<std::set<std::string>> seen;
  for (const auto& [hex, shapes] : named) {
    if (seen.insert(shapes).second) values.push_back(*T::Parse(hex));
  }
  return values;
}

// Which lists a set of signers meets.
struct Meets {
  std::vector<bool> all;
  std::vector<bool> any;
  friend auto operator<=>(const Meets&, const Meets&) = default;
};

Meets Joined(const Meets& a, const Meets& b) {
  Meets joined = a;
  for (size_t i = 0; i < a.all.size(); ++i) {
    joined.all[i] = a.all[i] && b.all[i];
    joined.any[i] = a.any[i] || b.any[i];
  }
  return joined;
}

// Whether a rule that lists signers means this one.
bool Means(const CompiledRule& rule, const SignerAtom& atom) {
  return absl::c_linear_search(rule.signers, *Fingerprint::Parse(atom.hex)) ||
         absl::c_linear_search(rule.signer_sets, atom.set);
}

using SignerSet = std::vector<SignerAtom>;

// All that rules name, each alone, and one that none does.
std::vector<SignerAtom> AtomsOf(const RulesAtHand& rules) {
  std::set<std::string> named = {kFresh};
  std::set<std::string> sets = {""};
  for (const PairedRule* paired : rules) {
    const CompiledRule* rule = paired->compiled;
    for (const Fingerprint& signer : rule->signers) named.insert(signer.hex());
    sets.insert(rule->signer_sets.begin(), rule->signer_sets.end());
  }
  std::vector<SignerAtom> atoms;
  for (const std::string& hex : named) {
    for (const std::string& set : sets) atoms.push_back({hex, set});
  }
  return atoms;
}

// A set of signers for each way to meet the lists.
std::vector<SignerSet> SignerSets(const RulesAtHand& rules) {
  std::vector<const CompiledRule*> lists;
  for (const PairedRule* paired : rules) {
    const CompiledRule* rule = paired->compiled;
    if (!rule->signers.empty() || !rule->signer_sets.empty()) {
      lists.push_back(rule);
    }
  }
  std::map<Meets, SignerSet> sets;
  for (const SignerAtom& atom : AtomsOf(rules)) {
    Meets meets;
    for (const CompiledRule* list : lists) {
      meets.all.push_back(Means(*list, atom));
      meets.any.push_back(meets.all.back());
    }
    sets.emplace(std::move(meets), SignerSet{atom});
  }
  for (bool grown = true; grown && sets.size() < kMaxSignerSets;) {
    grown = false;
    const auto known = sets;
    for (const auto& [a, signers] : known) {
      for (const auto& [b, more] : known) {
        SignerSet both = signers;
        both.insert(both.end(), more.begin(), more.end());
        grown |= sets.emplace(Joined(a, b), std::move(both)).second;
      }
    }
  }
  std::vector<SignerSet> found;
  for (auto& [meets, signers] : sets) found.push_back(signers);
  return found;
}

SignatureStanding StandingOf(const SignerSet& signers,
                             SignerStanding standing) {
  SignatureStanding seen;
  for (const SignerAtom& atom : signers) {
    seen.signers.push_back(SignerOf(atom, standing));
  }
  const bool trusted = absl::c_all_of(
      seen.signers, [](const Signer& signer) { return signer.trusted; });
  seen.state = trusted ? SignatureState::kTrusted : SignatureState::kUntrusted;
  return seen;
}

TreeFile File(std::string path) {
  TreeFile file;
  file.path = std::move(path);
  file.type = FileType::kRegular;
  file.permissions = 0644;
  return file;
}

// Files each of which some `content` may mind.
std::vector<TreeFile> MindedFiles(const RulesAtHand& rules) {
  std::vector<TreeFile> files;
  for (const PairedRule* paired : rules) {
    const CompiledRule* rule = paired->compiled;
    if (!rule->content.has_value()) continue;
    for (const PathGlob& glob : rule->content->deny) {
      for (const char* middle : {"zz", "zz/yy"}) {
        const std::string path = absl::StrReplaceAll(
            glob.text().substr(1), {{"**", middle}, {"*", "zz"}, {"?", "z"}});
        if (glob.Matches(path)) files.push_back(File(path));
      }
    }
  }
  for (const char* root : {"usr", "opt", "etc", "srv"}) {
    files.push_back(File(absl::StrCat(root, "/zz-setuid")));
    files.back().permissions = 04755;
    files.push_back(File(absl::StrCat(root, "/zz-capability")));
    files.back().attributes = {"security.capability"};
    files.push_back(File(absl::StrCat(root, "/zz-device")));
    files.back().type = FileType::kBlockDevice;
    files.push_back(File(absl::StrCat(root, "/zz-whiteout")));
    files.back().type = FileType::kCharDevice;
  }
  return files;
}

bool Denies(const CompiledContent& content, const ImageFacts& image) {
  return absl::c_any_of(CheckContent(content, image, HostOverlap(), {}),
                        [](const ContentFinding& finding) {
                          return finding.action == ContentAction::kDeny;
                        });
}

}  // namespace

std::vector<SeenLayout> LayoutsFor(absl::Span<const ImagePolicy> policies) {
  std::vector<SeenLayout> layouts;
  std::set<std::vector<bool>> seen;
  for (ImageSketch& sketch : AllLayouts(policies)) {
    const bool has_signature =
        sketch.helpers == SketchedHelpers::kTreeAndSignature;
    const ImageFacts image = FactsOf(sketch);
    std::vector<bool> ways = {has_signature, image.verity.value() != nullptr,
                              sketch.root_below,
                              !sketch.architecture.has_value()};
    for (const bool trusted : {false, true}) {
      const SignatureStanding standing =
          has_signature
              ? StandingOf({{kFresh, ""}}, trusted ? SignerStanding::kTrusted
                                                   : SignerStanding::kStranger)
              : SignatureStanding();
      for (const ImagePolicy& policy : policies) {
        ways.push_back(UnmetImagePolicy(image, standing, policy).empty());
      }
    }
    if (!seen.insert(std::move(ways)).second) continue;
    layouts.push_back({image, has_signature});
  }
  return layouts;
}

std::vector<SeenSigners> SignersFor(const RulesAtHand& rules,
                                    const TrustDifference& trust) {
  std::vector<SeenSigners> seen;
  for (const SignerSet& signers : SignerSets(rules)) {
    const SignatureStanding no = StandingOf(signers, SignerStanding::kStranger);
    const SignatureStanding yes = StandingOf(signers, SignerStanding::kTrusted);
    const SignatureStanding by_set =
        StandingOf(signers, SignerStanding::kOfItsSet);
    seen.push_back({yes, yes});
    seen.push_back({no, no});
    seen.push_back({by_set, by_set});
    if (trust.ends) {
      const SignatureStanding ended =
          StandingOf(signers, SignerStanding::kEnded);
      seen.push_back({ended, ended});
    }
    for (const SignatureStanding& some : {yes, by_set}) {
      if (trust.more) seen.push_back({no, some});
      if (trust.less) seen.push_back({some, no});
    }
  }
  return seen;
}

std::vector<RootHash> RootHashesFor(const RulesAtHand& rules) {
  return ValuesOf(rules, &CompiledRule::root_hashes);
}

std::vector<FileDigest> DigestsFor(const RulesAtHand& rules) {
  return ValuesOf(rules, &CompiledRule::sha256);
}

std::vector<Evidence<TreeFacts>> TreesFor(const RulesAtHand& rules) {
  std::vector<Evidence<TreeFacts>> trees = {TreeFacts()};
  const bool asked = absl::c_any_of(rules, [](const PairedRule* rule) {
    return rule->compiled->content.has_value();
  });
  if (!asked) return trees;
  trees.push_back(Absent());
  const std::vector<TreeFile> files = MindedFiles(rules);
  for (const PairedRule* paired : rules) {
    const CompiledRule* rule = paired->compiled;
    if (!rule->content.has_value()) continue;
    TreeFacts tree;
    for (const TreeFile& file : files) {
      ImageFacts alone;
      alone.tree = TreeFacts{{file}, false};
      if (!Denies(*rule->content, alone)) tree.files.push_back(file);
    }
    trees.push_back(std::move(tree));
  }
  return trees;
}

}  // namespace extgate
