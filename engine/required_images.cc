// One way in: FindMissingImages.
#include "engine/required_images.h"

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

bool WantsOneHere(const CompiledRule& rule, const HostFacts& host) {
  return (rule.entries.empty() ||
          absl::c_linear_search(rule.entries, host.entry)) &&
         (rule.architectures.empty() || !host.architecture.has_value() ||
          absl::c_linear_search(rule.architectures, *host.architecture));
}

bool MayBeAbout(const CompiledRule& rule, const DecidedImage& image) {
  return rule.names.empty() ||
         absl::c_any_of(rule.names, [&image](const NamePattern& name) {
           return name.Matches(image.facts.name) != PatternMatch::kNo;
         });
}

std::string Said(const DecidedImage& image, absl::string_view why) {
  return absl::StrCat("`", image.facts.name, "` (", image.candidate.path,
                      "): ", why);
}

// Why an image that `required` selects does not do.
std::string WhyNot(const DecidedImage& image, const RequiredBy& required) {
  const Decision& decision = image.decision;
  const std::vector<Reason>& reasons = !required.unmet.empty() ? required.unmet
                                       : decision.excuse.has_value()
                                           ? decision.excuse->reasons
                                           : decision.reasons;
  if (!reasons.empty()) {
    return absl::StrCat(ToWord(reasons.front().code), ": ",
                        reasons.front().detail);
  }
  if (!image.obstacle.empty()) return image.obstacle;
  if (!image.candidate.masked_by.empty()) {
    return absl::StrCat("`", image.candidate.masked_by, "` masks that name");
  }
  return "it is withheld, or another image of its name is taken";
}

// It would do, had there been room. A plain directory is never copied.
bool IsLost(const DecidedImage& image, const RequiredBy& required) {
  return required.unmet.empty() && !image.obstacle.empty() &&
         image.candidate.kind != Container::kDirectory &&
         ActingVerdict(image.decision) == Verdict::kAllow;
}

struct Missing {
  std::string why;
  bool lost = false;
};

// What became of the first image that it is about; a loss says more.
Missing WhyMissing(const CompiledRule& rule,
                   const std::vector<DecidedImage>& images) {
  Missing missing;
  for (const DecidedImage& image : images) {
    if (image.decision.verdict == Verdict::kUnreadable &&
        MayBeAbout(rule, image)) {
      return {Said(image, image.facts.unreadable), true};
    }
    for (const RequiredBy& required : image.decision.required) {
      if (required.rule != rule.id) continue;
      const std::string why = Said(image, WhyNot(image, required));
      if (IsLost(image, required)) return {why, true};
      if (missing.why.empty()) missing.why = why;
    }
  }
  if (missing.why.empty()) missing.why = "there is no image that it is about";
  return missing;
}

}  // namespace

MissingImages FindMissingImages(const std::vector<DecidedImage>& images,
                                const std::set<std::string>& met,
                                const CompiledPolicy& policy,
                                const HostFacts& host) {
  MissingImages found;
  for (uint32_t number : policy.required_rules) {
    const CompiledRule& rule = policy.rules[number];
    if (met.contains(rule.id) || !WantsOneHere(rule, host)) continue;
    const Missing missing = WhyMissing(rule, images);
    const std::string text =
        absl::StrCat("rule `", rule.id,
                     "` requires an image and none is staged: ", missing.why);
    if (!OnlyReports(rule, host.date)) {
      found.violations.push_back({ReasonCode::kRequiredMissing, text});
      found.any_counts |= !missing.lost;
      continue;
    }
    found.diagnostics.push_back(
        {DiagnosticCode::kExcused, Severity::kWarning, rule.span,
         absl::StrCat(text, "; no violation, but for ",
                      ExcuseText({{rule.id, rule.until}})),
         "without the rule's own mode it counts"});
  }
  return found;
}

}  // namespace extgate
