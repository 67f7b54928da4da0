// Ways in: the functions of the header.
#include "policy/diff/image_space.h"

#include <map>
#include <set>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/diff/fresh_digest.h"
#include "policy/words.h"

namespace extgate {
namespace {

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
  std::vector<T> values = {*T::Parse(kFreshDigest)};
  std::set<std::set<std::string>> seen;
  for (const auto& [hex, shapes] : named) {
    if (seen.insert(shapes).second) values.push_back(*T::Parse(hex));
  }
  return values;
}

template <typename T>
bool Holds(const std::vector<T>& condition, const T& value) {
  return condition.empty() || absl::c_linear_search(condition, value);
}

// 2026-11-27, whatever day it is: the answer does not depend on it.
constexpr int64_t kToday = 1795737600;

}  // namespace

bool Setting::IsMeant(const CompiledRule& rule) const {
  return Holds(rule.classes, image_class) &&
         Holds(rule.architectures, architecture) && Holds(rule.entries, entry);
}

void Setting::SetOn(ImageFacts& image, HostFacts& host) const {
  image.image_class = image_class;
  if (image.layout.value()->architecture.has_value()) {
    image.layout.value()->architecture = architecture;
  } else {
    image.release.value()->fields["ARCHITECTURE"] = ToWord(architecture);
  }
  host.os_release = {{"ID", "debian"}};
  host.architecture = architecture;
  host.systemd_version = 257;
  host.entry = entry;
}

std::vector<RootHash> RootHashesFor(const RulesAtHand& rules) {
  return ValuesOf(rules, &CompiledRule::root_hashes);
}

std::vector<FileDigest> DigestsFor(const RulesAtHand& rules) {
  return ValuesOf(rules, &CompiledRule::sha256);
}

std::vector<ImageClass> ClassesFor(const RulesAtHand& rules) {
  const bool asked = absl::c_any_of(rules, [](const PairedRule* rule) {
    return !rule->compiled->classes.empty() ||
           rule->compiled->content.has_value();
  });
  if (!asked) return {ImageClass::kSysext};
  return {ImageClass::kSysext, ImageClass::kConfext};
}

std::vector<Architecture> ArchitecturesFor(const RulesAtHand& rules) {
  std::set<Architecture> named;
  for (const PairedRule* rule : rules) {
    const auto& some = rule->compiled->architectures;
    named.insert(some.begin(), some.end());
  }
  for (const auto& [architecture, word] : Words<Architecture>::kTable) {
    if (named.insert(architecture).second) break;
  }
  if (named.size() == 1) return {Architecture::kX8664};
  return {named.begin(), named.end()};
}

std::vector<UtcTime> DatesFor(const RulesAtHand& rules) {
  std::set<UtcTime> dates = {UtcTime::FromSeconds(kToday)};
  for (const PairedRule* rule : rules) {
    const auto& until = rule->compiled->until;
    if (!rule->compiled->permissive || !until.has_value()) continue;
    dates.insert(*until);
    dates.insert(UtcTime::FromSeconds(until->seconds() - 1));
  }
  return {dates.begin(), dates.end()};
}

}  // namespace extgate
