// The way in is FindRemedies: the search runs in confinement and says which
// candidates, by number, make an offer.
#include "engine/remedy/remedies.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/image/buffer_reader.h"
#include "engine/pipeline.h"
#include "engine/remedy/rebuild.h"
#include "policy/policy_printer.h"

namespace extgate {
namespace {

constexpr size_t kMostEdits = 3;
constexpr size_t kMostOffers = 5;
// Text of policy read in all trials: some 10 seconds' worth.
constexpr uint64_t kMostBytes = uint64_t{12} << 20;

// Numbers of candidates, ascending.
using Choice = std::vector<size_t>;

constexpr char kOfferLine[] = "offer";
constexpr char kRemainsLine[] = "remains";

std::vector<Edit> Chosen(const std::vector<Edit>& candidates,
                         const Choice& choice) {
  std::vector<Edit> edits;
  for (const size_t number : choice) edits.push_back(candidates[number]);
  return edits;
}

bool Includes(const Choice& choice, const Choice& part) {
  return absl::c_includes(choice, part);
}

// Whether the edits can be made together: one signature, name and layout.
bool GoTogether(const std::vector<Edit>& edits) {
  for (const EditKind kind :
       {EditKind::kSign, EditKind::kRenameFile, EditKind::kOneLayout}) {
    if (absl::c_count_if(
            edits, [&](const Edit& edit) { return edit.kind == kind; }) > 1) {
      return false;
    }
  }
  // Of one rule one edit.
  std::set<std::string> rules;
  for (const Edit& edit : edits) {
    if (edit.rule && !rules.insert(ToString(edit.rule->span)).second) {
      return false;
    }
  }
  return true;
}

bool DeniedByRule(const Decision& decision) {
  return absl::c_any_of(decision.reasons, [](const Reason& reason) {
    return reason.code == ReasonCode::kDeniedByRule;
  });
}

// Tries sets of candidates, fewest first.
class Search {
 public:
  Search(const RemedyCase& subject, const std::vector<Edit>& candidates,
         PolicyTrial& trial)
      : case_(subject), candidates_(candidates), trial_(trial) {
    for (const Reason& reason : case_.decision.reasons) {
      remains_.insert(reason.code);
    }
  }

  // Lines: "offer AUTHORITY NUMBER...", "remains CODE".
  std::string Run() {
    for (size_t size = 1; size <= kMostEdits; ++size) {
      Choice choice;
      Extend(choice, 0, size);
    }
    for (const ReasonCode code : remains_) {
      absl::StrAppend(&lines_, kRemainsLine, " ", ToWord(code), "\n");
    }
    return std::move(lines_);
  }

 private:
  void Extend(Choice& choice, size_t from, size_t size) {
    if (choice.size() == size) {
      Examine(choice);
      return;
    }
    for (size_t next = from; next < candidates_.size(); ++next) {
      choice.push_back(next);
      Extend(choice, next + 1, size);
      choice.pop_back();
    }
  }

  void Examine(const Choice& choice) {
    if (absl::c_any_of(found_, [&](const Choice& part) {
          return Includes(choice, part);
        })) {
      return;
    }
    const std::vector<Edit> edits = Chosen(candidates_, choice);
    if (!GoTogether(edits) || trial_.bytes_read() > kMostBytes) return;
    // Who may say it: whoever is at hand, else who made the system.
    for (const Authority authority : {Authority::kLocal, Authority::kVendor}) {
      const Offer offer = MakeOffer(case_, edits, authority);
      const Decision decision = Try(case_, offer, trial_);
      if (choice.size() == 1) Forget(decision);
      if (decision.verdict == Verdict::kAllow) {
        found_.push_back(choice);
        absl::StrAppend(&lines_, kOfferLine, " ", ToWord(authority), " ",
                        absl::StrJoin(choice, " "), "\n");
        return;
      }
      if (offer.added.text.empty()) return;
    }
  }

  // What a single change removes does not remain.
  void Forget(const Decision& decision) {
    std::set<ReasonCode> still;
    for (const Reason& reason : decision.reasons) {
      if (remains_.contains(reason.code)) still.insert(reason.code);
    }
    remains_ = std::move(still);
  }

  const RemedyCase& case_;
  const std::vector<Edit>& candidates_;
  PolicyTrial& trial_;
  std::vector<Choice> found_;
  std::set<ReasonCode> remains_;
  std::string lines_;
};

// What the search said, as far as it makes sense.
struct Answer {
  std::vector<std::pair<Authority, Choice>> offers;
  std::set<ReasonCode> remains;
};

Answer Read(absl::string_view lines, size_t candidates) {
  Answer answer;
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 2 && words[0] == kRemainsLine) {
      if (auto code = FromWord<ReasonCode>(words[1])) {
        answer.remains.insert(*code);
      }
      continue;
    }
    if (words.size() < 3 || words.size() > 2 + kMostEdits ||
        words[0] != kOfferLine) {
      continue;
    }
    const auto authority = FromWord<Authority>(words[1]);
    std::set<size_t> numbers;
    for (size_t i = 2; i < words.size(); ++i) {
      size_t number = 0;
      if (absl::SimpleAtoi(words[i], &number) && number < candidates) {
        numbers.insert(number);
      }
    }
    if (!authority.has_value() || numbers.size() + 2 != words.size()) continue;
    answer.offers.emplace_back(*authority,
                               Choice(numbers.begin(), numbers.end()));
  }
  return answer;
}

// Kinds from the widest on.
std::vector<EditKind> KindsOf(const Offer& offer) {
  std::vector<EditKind> kinds;
  for (const Edit& edit : offer.edits) kinds.push_back(edit.kind);
  absl::c_sort(kinds, std::greater<EditKind>());
  return kinds;
}

bool Smaller(const Offer& a, const Offer& b) {
  if (a.edits.size() != b.edits.size()) return a.edits.size() < b.edits.size();
  return KindsOf(a) < KindsOf(b);
}

// True when they differ in nothing but who signs.
bool OnlySignersDiffer(const Offer& a, const Offer& b) {
  if (a.edits.size() != b.edits.size()) return false;
  for (size_t i = 0; i < a.edits.size(); ++i) {
    const bool both_sign = a.edits[i].kind == EditKind::kSign &&
                           b.edits[i].kind == EditKind::kSign;
    if (!both_sign && a.edits[i] != b.edits[i]) return false;
  }
  return true;
}

std::vector<Offer> Best(std::vector<Offer> offers) {
  absl::c_stable_sort(offers, Smaller);
  std::vector<Offer> best;
  for (Offer& offer : offers) {
    if (best.size() == kMostOffers) break;
    if (absl::c_any_of(best, [&](const Offer& other) {
          return OnlySignersDiffer(other, offer);
        })) {
      continue;
    }
    best.push_back(std::move(offer));
  }
  return best;
}

std::vector<Advice> AdviceFor(const RemedyCase& subject,
                              const std::vector<Offer>& offers,
                              const std::set<ReasonCode>& remains) {
  std::vector<Advice> advice;
  std::set<ReasonCode> said;
  for (const Reason& reason : subject.decision.reasons) {
    if (!said.insert(reason.code).second) continue;
    const bool revoked = reason.code == ReasonCode::kSignerRevoked;
    if (!offers.empty() && !revoked) continue;
    if (offers.empty() && !remains.empty() && !remains.contains(reason.code)) {
      continue;
    }
    std::string text = AdviceOn(reason.code);
    if (revoked && !subject.standing.detail.empty()) {
      absl::StrAppend(&text, " (", subject.standing.detail, ")");
    }
    advice.push_back({reason.code, std::move(text)});
  }
  return advice;
}

}  // namespace

Offer MakeOffer(const RemedyCase& subject, std::vector<Edit> edits,
                Authority authority) {
  Offer offer;
  offer.rebuild =
      RebuildCommands(edits, subject.facts, subject.host, subject.path);
  if (absl::c_any_of(edits,
                     [](const Edit& edit) { return AddsPolicy(edit.kind); })) {
    offer.added.path =
        PathForNew(subject.sources, authority, subject.facts.name);
    offer.added.authority = authority;
    offer.added.text = CanonicalText(Additions(edits));
  }
  offer.edits = std::move(edits);
  return offer;
}

Decision Try(const RemedyCase& subject, const Offer& offer,
             PolicyTrial& trial) {
  const LoadedPolicy& tried = trial.Trial(offer.edits, offer.added);
  if (tried.invalid) return Decision();  // unreadable
  const DecisionContext context{tried.policy, tried.trust, subject.host};
  const SeenImage as_it_is{subject.facts,
                           StandingOf(subject.facts, tried.trust)};
  Decision before = DecideFacts(as_it_is.facts, as_it_is.standing, context);
  if (DeniedByRule(before)) return before;
  const SeenImage changed = ApplyToImage(offer.edits, as_it_is, subject.host);
  return DecideFacts(changed.facts, changed.standing, context);
}

Remedies FindRemedies(const RemedyCase& subject, PolicyTrial& trial,
                      Confinement& confinement) {
  Remedies remedies;
  if (subject.decision.verdict <= Verdict::kAllow) return remedies;
  const std::vector<Edit> candidates = CandidateEdits(subject);
  Answer answer;
  if (!candidates.empty()) {
    BufferReader nothing({});
    const std::unique_ptr<ConfinedRun> run = confinement.Start(
        nothing, [&](ImageReader&, const Confinement::Emit& emit) {
          emit(Search(subject, candidates, trial).Run());
        });
    const absl::StatusOr<std::vector<std::string>> parts = run->Finish();
    if (!parts.ok()) {
      remedies.trouble = std::string(parts.status().message());
    } else if (!parts->empty()) {
      answer = Read(parts->front(), candidates.size());
    }
  }
  std::vector<Offer> offers;
  for (const auto& [authority, choice] : answer.offers) {
    offers.push_back(MakeOffer(subject, Chosen(candidates, choice), authority));
  }
  remedies.offers = Best(std::move(offers));
  remedies.advice = AdviceFor(subject, remedies.offers, answer.remains);
  return remedies;
}

}  // namespace extgate
