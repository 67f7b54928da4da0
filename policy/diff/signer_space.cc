// Ways in: the functions of the header.
#include "policy/diff/signer_space.h"

#include <deque>
#include <set>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "policy/diff/fresh_digest.h"

namespace extgate {
namespace {

// What a policy makes of a signer.
enum class SignerStanding {
  kStranger,
  kOfItsSet,  // trusted where a rule names the set alone
  kTrusted,
  kEnded,  // trusted, but over since long
};

// One signer, as both policies see it.
struct SeenSigner {
  Signer before;
  Signer after;
};

Signer SignerOf(const std::string& hex, const std::string& set,
                SignerStanding standing) {
  Signer signer;
  signer.subject = "CN=witness";
  signer.issuer_and_serial = "CN=witness, serial 01";
  signer.sha256 = *Fingerprint::Parse(hex);
  if (standing == SignerStanding::kStranger) return signer;
  signer.origin = "trust";
  signer.trusted = standing != SignerStanding::kOfItsSet;
  if (!set.empty()) signer.sets = {set};
  signer.not_after = standing == SignerStanding::kEnded
                         ? UtcTime()
                         : UtcTime::FromSeconds(int64_t{1} << 40);
  return signer;
}

// How the two policies may see one signer.
std::vector<std::pair<SignerStanding, SignerStanding>> StandingsOf(
    const std::string& set, const TrustDifference& trust) {
  using S = SignerStanding;
  std::vector<std::pair<S, S>> pairs = {{S::kTrusted, S::kTrusted},
                                        {S::kStranger, S::kStranger}};
  std::vector<S> trusted = {S::kTrusted};
  if (!set.empty()) {
    pairs.emplace_back(S::kOfItsSet, S::kOfItsSet);
    trusted.push_back(S::kOfItsSet);
  }
  if (trust.ends) pairs.emplace_back(S::kEnded, S::kEnded);
  for (const S one : trusted) {
    if (trust.more) pairs.emplace_back(S::kStranger, one);
    if (trust.less) pairs.emplace_back(one, S::kStranger);
  }
  return pairs;
}

std::vector<SeenSigner> SignersNamed(const RulesAtHand& rules,
                                     const TrustDifference& trust) {
  std::set<std::string> named = {kFreshDigest};
  std::set<std::string> sets = {""};
  for (const PairedRule* paired : rules) {
    const CompiledRule& rule = *paired->compiled;
    for (const Fingerprint& signer : rule.signers) named.insert(signer.hex());
    sets.insert(rule.signer_sets.begin(), rule.signer_sets.end());
  }
  std::vector<SeenSigner> signers;
  for (const std::string& hex : named) {
    for (const std::string& set : sets) {
      for (const auto& [before, after] : StandingsOf(set, trust)) {
        signers.push_back(
            {SignerOf(hex, set, before), SignerOf(hex, set, after)});
      }
    }
  }
  return signers;
}

bool IsOfOne(const Signer& signer, const std::vector<std::string>& sets) {
  return absl::c_any_of(signer.sets, [&](const std::string& set) {
    return absl::c_linear_search(sets, set);
  });
}

bool IsMeant(const CompiledRule& rule, const Signer& signer) {
  return absl::c_linear_search(rule.signers, *signer.sha256) ||
         IsOfOne(signer, rule.signer_sets);
}

// What can be asked of all of an image's signers, and of any.
struct Meets {
  std::vector<bool> all;
  std::vector<bool> any;
  friend auto operator<=>(const Meets&, const Meets&) = default;
};

Meets MeetsOf(const SeenSigner& seen,
              const std::vector<const CompiledRule*>& lists) {
  Meets meets;
  for (const Signer* signer : {&seen.before, &seen.after}) {
    meets.all.push_back(signer->trusted);
    meets.all.push_back(signer->not_after != UtcTime());
    for (const CompiledRule* list : lists) {
      const bool meant = IsMeant(*list, *signer);
      meets.any.push_back(meant);
      meets.all.push_back(meant);
      meets.all.push_back(signer->trusted ||
                          IsOfOne(*signer, list->signer_sets));
    }
  }
  return meets;
}

Meets Joined(const Meets& a, const Meets& b) {
  Meets joined = a;
  for (size_t i = 0; i < a.all.size(); ++i) {
    joined.all[i] = a.all[i] && b.all[i];
  }
  for (size_t i = 0; i < a.any.size(); ++i) {
    joined.any[i] = a.any[i] || b.any[i];
  }
  return joined;
}

SignatureStanding StandingOf(std::vector<Signer> signers) {
  SignatureStanding standing;
  const bool trusted = absl::c_all_of(
      signers, [](const Signer& signer) { return signer.trusted; });
  standing.signers = std::move(signers);
  standing.state =
      trusted ? SignatureState::kTrusted : SignatureState::kUntrusted;
  return standing;
}

}  // namespace

SignerWays SignersFor(const RulesAtHand& rules, const TrustDifference& trust) {
  std::vector<const CompiledRule*> lists;
  for (const PairedRule* paired : rules) {
    const CompiledRule* rule = paired->compiled;
    if (!rule->signers.empty() || !rule->signer_sets.empty()) {
      lists.push_back(rule);
    }
  }
  struct Waiting {
    Meets meets;
    std::vector<Signer> before;
    std::vector<Signer> after;
  };
  std::vector<Waiting> singles;
  std::set<Meets> known;
  std::deque<Waiting> waiting;
  for (const SeenSigner& signer : SignersNamed(rules, trust)) {
    Waiting one = {MeetsOf(signer, lists), {signer.before}, {signer.after}};
    if (!known.insert(one.meets).second) continue;
    singles.push_back(one);
    waiting.push_back(std::move(one));
  }
  SignerWays ways;
  while (!waiting.empty()) {
    const Waiting from = std::move(waiting.front());
    waiting.pop_front();
    ways.all.push_back({StandingOf(from.before), StandingOf(from.after)});
    for (const Waiting& one : singles) {
      Waiting both = {Joined(from.meets, one.meets), from.before, from.after};
      if (known.size() >= kMostSignerWays) break;
      if (!known.insert(both.meets).second) continue;
      both.before.push_back(one.before[0]);
      both.after.push_back(one.after[0]);
      waiting.push_back(std::move(both));
    }
  }
  ways.complete = known.size() < kMostSignerWays;
  SignatureStanding invalid;
  invalid.state = SignatureState::kInvalid;
  ways.all.push_back({invalid, invalid});
  return ways;
}

SignatureStanding Stranger() {
  return StandingOf({SignerOf(kFreshDigest, "", SignerStanding::kStranger)});
}

SignatureStanding SomebodyTrusted() {
  return StandingOf({SignerOf(kFreshDigest, "", SignerStanding::kTrusted)});
}

}  // namespace extgate
