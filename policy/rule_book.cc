// Ways in: ConsultRules and ExplainRules, one reading with and without a Trace.
#include "policy/rule_book.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/content_check.h"
#include "policy/matcher.h"
#include "policy/requirement.h"
#include "policy/signer_trust.h"

namespace extgate {
namespace {

constexpr char kDefaultRule[] = "default";

void Append(std::vector<Reason> more, std::vector<Reason>& reasons) {
  std::move(more.begin(), more.end(), std::back_inserter(reasons));
}

std::string CodesText(const std::vector<Reason>& reasons) {
  std::vector<std::string> words;
  for (const Reason& reason : reasons) {
    const std::string word = ToWord(reason.code);
    if (!absl::c_linear_search(words, word)) words.push_back(word);
  }
  return absl::StrJoin(words, ", ");
}

// What each rule did with the image, for those who ask.
class Trace {
 public:
  Trace(const CompiledPolicy& policy, const Subject& subject)
      : policy_(policy), subject_(subject) {}

  void Add(uint32_t rule, std::string text) {
    lines_.emplace(rule, std::move(text));
  }

  // Adds the first rules of `verdict` that no line is about: they do not match.
  void AddPassedOver(RuleVerdict verdict) {
    size_t rest = HowMany(verdict);
    for (const auto& [number, text] : lines_) {
      if (policy_.rules[number].verdict == verdict) --rest;
    }
    for (uint32_t i = 0, added = 0;
         i < policy_.rules.size() && rest > 0 && added < kMostPassedOver; ++i) {
      if (policy_.rules[i].verdict != verdict || lines_.contains(i)) continue;
      passed_over_.push_back(i);
      ++added;
      --rest;
    }
    more_ += rest;
  }

  void WriteTo(RuleAnswer& answer) {
    std::sort(passed_over_.begin(), passed_over_.end());
    answer.passed_over = more_;
    if (passed_over_.size() > kMostPassedOver) {
      answer.passed_over += passed_over_.size() - kMostPassedOver;
      passed_over_.resize(kMostPassedOver);
    }
    for (uint32_t i : passed_over_) lines_.emplace(i, WhyNot(i));
    for (auto& [rule, text] : lines_) {
      answer.trace.push_back({policy_.rules[rule].id, std::move(text)});
    }
  }

 private:
  size_t HowMany(RuleVerdict verdict) const {
    if (policy_.index.size() != policy_.rules.size()) {
      return absl::c_count_if(policy_.rules, [verdict](const auto& rule) {
        return rule.verdict == verdict;
      });
    }
    const size_t denies = policy_.index.denies();
    return verdict == RuleVerdict::kDeny ? denies
                                         : policy_.rules.size() - denies;
  }

  std::string WhyNot(uint32_t i) const {
    const CompiledRule& rule = policy_.rules[i];
    const auto why = rule.verdict == RuleVerdict::kDeny
                         ? WhyDenyDoesNotMatch(rule, subject_)
                         : WhyAllowDoesNotSelect(rule, subject_);
    return absl::StrCat("does not match: ", why.value_or(""));
  }

  const CompiledPolicy& policy_;
  const Subject& subject_;
  std::map<uint32_t, std::string> lines_;  // by rule
  std::vector<uint32_t> passed_over_;      // of the others, the first
  size_t more_ = 0;                        // and how many more there are
};

// What the rules say, given an image that could be merged.
class RuleBook {
 public:
  RuleBook(const ImageFacts& image, const SignatureStanding& standing,
           const HostFacts& host, const CompiledPolicy& policy,
           const Evidence<HostOverlap>& overlap, const Subject& subject,
           const RuleNumbers& set_aside, Trace* trace)
      : image_(image),
        standing_(standing),
        overlap_(overlap),
        host_(host),
        policy_(policy),
        subject_(subject),
        set_aside_(set_aside),
        trace_(trace) {}

  RuleAnswer Consult() {
    const RuleCandidates candidates = Candidates();
    bool decided = DenyRules(candidates.deny);
    if (trace_ != nullptr) trace_->AddPassedOver(RuleVerdict::kDeny);
    if (!decided) {
      decided = AllowRules(candidates.allow);
      if (trace_ != nullptr) trace_->AddPassedOver(RuleVerdict::kAllow);
    }
    if (trace_ != nullptr) trace_->WriteTo(answer_);
    if (!decided) Default();
    for (uint32_t number : policy_.required_rules) Require(number);
    return std::move(answer_);
  }

 private:
  // Every rule where the index is not of these rules.
  RuleCandidates Candidates() const {
    if (policy_.index.size() == policy_.rules.size()) {
      return policy_.index.Find(subject_);
    }
    RuleCandidates all;
    for (uint32_t i = 0; i < policy_.rules.size(); ++i) {
      const bool denies = policy_.rules[i].verdict == RuleVerdict::kDeny;
      (denies ? all.deny : all.allow).push_back(i);
    }
    return all;
  }

  // True when one matches.
  bool DenyRules(const RuleNumbers& candidates) {
    bool denied = false;
    for (uint32_t number : candidates) {
      const CompiledRule& rule = policy_.rules[number];
      if (IsSetAside(number) || !DenyMatches(rule, subject_)) continue;
      if (trace_ != nullptr) trace_->Add(number, "matches: denies");
      if (!denied) NameAsDeciding(number);
      denied = true;
      answer_.reasons.push_back(
          {ReasonCode::kDeniedByRule,
           absl::StrCat("rule `", rule.id, "`", rule.reason.empty() ? "" : ": ",
                        rule.reason)});
    }
    return denied;
  }

  // True when one selects the image.
  bool AllowRules(const RuleNumbers& candidates) {
    RuleNumbers selected;
    for (uint32_t number : candidates) {
      if (!IsSetAside(number) &&
          AllowSelects(policy_.rules[number], subject_)) {
        selected.push_back(number);
      }
    }
    if (!selected.empty()) DecideAmong(selected);
    return !selected.empty();
  }

  // Among the most specific of `selected` any satisfied one allows.
  void DecideAmong(const RuleNumbers& selected) {
    Specificity most = Specificity::kAttributes;
    for (uint32_t number : selected) {
      most = std::min(most, policy_.rules[number].specificity);
    }
    std::vector<Reason> unmet;
    std::optional<uint32_t> first;
    std::optional<uint32_t> satisfied;
    for (uint32_t number : selected) {
      const CompiledRule& rule = policy_.rules[number];
      if (rule.specificity != most) {
        if (trace_ != nullptr) {
          trace_->Add(number, "selects, but a more specific rule decides");
        }
        continue;
      }
      if (satisfied.has_value() && trace_ == nullptr) continue;
      if (!first.has_value()) first = number;
      std::vector<std::string> warnings;
      std::vector<Reason> reasons = Unmet(rule, warnings);
      if (trace_ != nullptr) {
        trace_->Add(number, reasons.empty()
                                ? "selects: allows"
                                : absl::StrCat("selects, not satisfied: ",
                                               CodesText(reasons)));
      }
      if (reasons.empty() && !satisfied.has_value()) {
        satisfied = number;
        answer_.warnings = std::move(warnings);
      }
      Append(std::move(reasons), unmet);
    }
    const uint32_t deciding = satisfied.has_value() ? *satisfied : *first;
    NameAsDeciding(deciding);
    answer_.signer_sets = policy_.rules[deciding].signer_sets;
    if (!satisfied.has_value()) Append(std::move(unmet), answer_.reasons);
  }

  void NameAsDeciding(uint32_t number) {
    answer_.rule = policy_.rules[number].id;
    answer_.number = number;
  }

  bool IsSetAside(uint32_t number) const {
    return absl::c_linear_search(set_aside_, number);
  }

  // Whatever decides: it is about what there is.
  void Require(uint32_t number) {
    const CompiledRule& rule = policy_.rules[number];
    if (!AllowSelects(rule, subject_)) return;
    RequiredBy required{rule.id, VersionOutOfRange(rule, subject_)};
    Append(PinnedElsewhere(rule, subject_), required.unmet);
    answer_.required.push_back(std::move(required));
  }

  std::vector<Reason> Unmet(const CompiledRule& rule,
                            std::vector<std::string>& warnings) const {
    std::vector<Reason> reasons = VersionOutOfRange(rule, subject_);
    Append(PinnedElsewhere(rule, subject_), reasons);
    if (rule.content.has_value()) {
      for (ContentFinding& finding :
           CheckContent(*rule.content, image_, overlap_,
                        policy_.HierarchiesOr(host_.hierarchies))) {
        std::string text = absl::StrCat("rule `", rule.id, "`: ", finding.text);
        if (finding.action == ContentAction::kDeny) {
          reasons.push_back({ReasonCode::kForbiddenContent, std::move(text)});
        } else {
          warnings.push_back(std::move(text));
        }
      }
    }
    const ImagePolicy& image_policy = rule.image_policy.has_value()
                                          ? *rule.image_policy
                                          : policy_.image_policy;
    Append(rule.signer_sets.empty()
               ? UnmetImagePolicy(image_, standing_, image_policy)
               : UnmetImagePolicy(image_, WithSets(standing_, rule.signer_sets),
                                  image_policy),
           reasons);
    return reasons;
  }

  void Default() {
    answer_.rule = kDefaultRule;
    std::vector<Reason> reasons;
    switch (policy_.default_verdict) {
      case RuleVerdict::kDeny:
        reasons.push_back({ReasonCode::kNoMatchingRule,
                           "no allow rule is about this image, and the "
                           "policy's default is to deny"});
        break;
      case RuleVerdict::kAllow:
        reasons = UnmetImagePolicy(image_, standing_, policy_.image_policy);
        break;
    }
    if (trace_ != nullptr) {
      answer_.trace.push_back(
          {kDefaultRule, reasons.empty()
                             ? "allows"
                             : absl::StrCat("denies: ", CodesText(reasons))});
    }
    Append(std::move(reasons), answer_.reasons);
  }

  const ImageFacts& image_;
  const SignatureStanding& standing_;  // without any trust set
  const Evidence<HostOverlap>& overlap_;
  const HostFacts& host_;
  const CompiledPolicy& policy_;
  const Subject& subject_;
  const RuleNumbers& set_aside_;
  Trace* const trace_;  // nullptr when nobody asks
  RuleAnswer answer_;
};

}  // namespace

RuleAnswer ConsultRules(const ImageFacts& image,
                        const SignatureStanding& standing,
                        const HostFacts& host, const CompiledPolicy& policy,
                        const Evidence<HostOverlap>& overlap,
                        const RuleNumbers& set_aside) {
  const Subject subject = SubjectOf(image, standing, host);
  return RuleBook(image, standing, host, policy, overlap, subject, set_aside,
                  nullptr)
      .Consult();
}

RuleAnswer ExplainRules(const ImageFacts& image,
                        const SignatureStanding& standing,
                        const HostFacts& host, const CompiledPolicy& policy,
                        const Evidence<HostOverlap>& overlap,
                        const RuleNumbers& set_aside) {
  const Subject subject = SubjectOf(image, standing, host);
  Trace trace(policy, subject);
  return RuleBook(image, standing, host, policy, overlap, subject, set_aside,
                  &trace)
      .Consult();
}

}  // namespace extgate
