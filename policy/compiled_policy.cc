// The way in is CompilePolicy: text becomes patterns and digests, an absent key
// its default, and every problem is reported where it was written.
#include "policy/compiled_policy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr char kFingerprintPrefix[] = "sha256:";

class Compiler {
 public:
  absl::InlinedVector<NamePattern, 1> Patterns(
      const std::vector<LocatedText>& texts) {
    absl::InlinedVector<NamePattern, 1> patterns;
    for (const LocatedText& text : texts) {
      absl::StatusOr<NamePattern> pattern = NamePattern::Parse(text.value);
      if (!pattern.ok()) {
        Report(DiagnosticCode::kBadPattern, text.span,
               std::string(pattern.status().message()),
               "a pattern is a name with `*`, `?` or `[a-z]` in it, or `re:` "
               "and a regular expression");
        continue;
      }
      patterns.push_back(*std::move(pattern));
    }
    return patterns;
  }

  // `names`: those of `match`, but for broken ones.
  std::optional<VersionRange> Version(const RuleMatch& match,
                                      absl::Span<const NamePattern> names) {
    if (!match.version.has_value()) return std::nullopt;
    absl::StatusOr<VersionRange> range =
        VersionRange::Parse(match.version->value);
    if (!range.ok()) {
      Report(DiagnosticCode::kBadPattern, match.version->span,
             absl::StrCat("`version`: ", range.status().message()),
             "write bounds, as in `>=1.29, <1.31`");
      return std::nullopt;
    }
    if (match.names.empty() || !absl::c_all_of(names, [](const auto& pattern) {
          return pattern.HasOneStar();
        })) {
      Report(DiagnosticCode::kBadPattern, match.version->span,
             "`version` is of what the one `*` of a name matched: every `name` "
             "beside it must have exactly one",
             "write the name as in k3sv*");
      return std::nullopt;
    }
    return *std::move(range);
  }

  template <typename Digest>
  std::vector<Digest> Digests(const std::vector<LocatedText>& texts,
                              absl::string_view key) {
    std::vector<Digest> digests;
    for (const LocatedText& text : texts) {
      absl::string_view hex = text.value;
      if (key == "signer") hex = absl::StripPrefix(hex, kFingerprintPrefix);
      absl::StatusOr<Digest> digest = Digest::Parse(hex);
      if (!digest.ok()) {
        Report(DiagnosticCode::kBadDigest, text.span,
               absl::StrCat("`", key, "`: ", digest.status().message()), "");
        continue;
      }
      digests.push_back(*std::move(digest));
    }
    return digests;
  }

  CompiledRule Compile(const Rule& rule);
  CompiledContent CompileContent(const RuleContent& content);

  void Report(DiagnosticCode code, const SourceSpan& span, std::string message,
              std::string help) {
    diagnostics_.push_back(
        {code, Severity::kError, span, std::move(message), std::move(help)});
  }

  std::vector<Diagnostic> TakeDiagnostics() { return std::move(diagnostics_); }

 private:
  std::vector<Diagnostic> diagnostics_;
};

template <typename T>
std::vector<T> Values(const std::vector<Located<T>>& located) {
  std::vector<T> values;
  for (const Located<T>& item : located) values.push_back(item.value);
  return values;
}

CompiledContent Compiler::CompileContent(const RuleContent& content) {
  CompiledContent compiled;
  for (const LocatedText& text : content.deny) {
    absl::StatusOr<PathGlob> glob = PathGlob::Parse(text.value);
    if (!glob.ok()) {
      Report(DiagnosticCode::kBadPattern, text.span,
             std::string(glob.status().message()),
             "write a path, as in /usr/lib/systemd/**");
      continue;
    }
    compiled.deny.push_back(*std::move(glob));
  }
  for (const auto& [kind, action] : content.actions) {
    if (action.value == ContentAction::kAllow) continue;
    compiled.actions.emplace(kind, action.value);
  }
  return compiled;
}

CompiledRule Compiler::Compile(const Rule& rule) {
  CompiledRule compiled;
  compiled.id = rule.id.value;
  compiled.span = rule.id.span;
  compiled.verdict = rule.verdict.value;
  compiled.specificity = SpecificityOf(rule.match);
  compiled.names = Patterns(rule.match.names);
  compiled.version = Version(rule.match, compiled.names);
  compiled.root_hashes = Digests<RootHash>(rule.match.root_hashes, "root_hash");
  compiled.sha256 = Digests<FileDigest>(rule.match.sha256, "sha256");
  compiled.signers = Digests<Fingerprint>(rule.match.signers, "signer");
  compiled.signer_sets = Values(rule.match.signer_sets);
  compiled.classes = Values(rule.match.classes);
  compiled.architectures = Values(rule.match.architectures);
  compiled.entries = Values(rule.match.entries);
  if (rule.image_policy.has_value()) {
    compiled.image_policy = rule.image_policy->value;
  }
  if (rule.verdict.value == RuleVerdict::kAllow) {
    CompiledContent content = CompileContent(rule.content);
    if (!content.deny.empty() || !content.actions.empty()) {
      compiled.content = std::move(content);
    }
  }
  compiled.required = rule.required.has_value() && rule.required->value;
  compiled.permissive = rule.mode.has_value();
  if (rule.until.has_value()) compiled.until = rule.until->value;
  compiled.reason = rule.reason;
  if (rule.match == RuleMatch{}) {
    Report(DiagnosticCode::kMissingKey, rule.id.span,
           absl::StrCat("rule `", rule.id.value,
                        "` has no condition in its `match`"),
           "write at least one; `name: [\"*\"]` matches every image");
  }
  return compiled;
}

void CompileHandling(const Policy& policy, CompiledPolicy& compiled) {
  compiled.staging = policy.StagingOrDefault();
  compiled.sources = Values(policy.sources);
  compiled.merge_timeout = policy.MergeTimeoutOrDefault();
  if (policy.merge.hierarchies.has_value()) {
    compiled.merge_hierarchies = policy.merge.hierarchies->value;
  }
  compiled.failable_entries = policy.FailableEntriesOrDefault();
  compiled.fail_when = policy.FailWhenOrDefault();
  compiled.fail_fallback = policy.FailFallbackOrDefault();
  if (policy.measure.has_value()) compiled.measure = policy.measure->value;
}

template <typename List, typename Text>
void AppendList(std::string& line, absl::string_view key, const List& list,
                Text text) {
  if (list.empty()) return;
  absl::StrAppend(
      &line, "  ", key, "=",
      absl::StrJoin(list, "|", [&](std::string* out, const auto& v) {
        absl::StrAppend(out, text(v));
      }));
}

std::string PlaceOf(const SourceSpan& span) {
  const std::string place = ToString(span);
  return place.empty() ? std::string("-") : place;
}

std::string DumpHandling(const CompiledPolicy& policy) {
  const auto text = [](const std::string& item) { return item; };
  std::string line = absl::StrCat(
      "handling  staging=", ToWord(policy.staging),
      "  merge.timeout=", policy.merge_timeout.ToString(),
      "  fail_boot.entries=", absl::StrJoin(policy.failable_entries, "|"),
      "  fail_boot.when=", ToWord(policy.fail_when),
      "  fail_boot.fallback=", ToWord(policy.fail_fallback));
  AppendList(line, "sources", policy.sources, text);
  if (policy.merge_hierarchies.has_value()) {
    AppendList(line, "merge.hierarchies", *policy.merge_hierarchies, text);
  }
  if (policy.measure.has_value()) {
    absl::StrAppend(&line, "  measure=",
                    policy.measure->pcr.has_value()
                        ? absl::StrCat("pcr", *policy.measure->pcr)
                        : absl::StrCat("nvpcr:", policy.measure->nvpcr));
  }
  return line + "\n";
}

std::string DumpRule(const CompiledRule& rule) {
  const auto hex = [](const auto& digest) { return digest.hex(); };
  const auto word = [](auto value) { return std::string(ToWord(value)); };
  std::string line = absl::StrCat("rule ", rule.id, "  ", ToWord(rule.verdict),
                                  "  ", ToWord(rule.specificity));
  AppendList(line, "name", rule.names,
             [](const NamePattern& pattern) { return pattern.text(); });
  if (rule.version.has_value()) {
    absl::StrAppend(&line, "  version=", rule.version->text());
  }
  AppendList(line, "root_hash", rule.root_hashes, hex);
  AppendList(line, "sha256", rule.sha256, hex);
  AppendList(line, "signer", rule.signers, hex);
  AppendList(line, "signer_set", rule.signer_sets,
             [](const std::string& name) { return name; });
  if (rule.sets_in_doubt) absl::StrAppend(&line, "  sets_in_doubt");
  AppendList(line, "class", rule.classes, word);
  AppendList(line, "architecture", rule.architectures, word);
  AppendList(line, "entries", rule.entries,
             [](const std::string& entry) { return entry; });
  if (rule.image_policy.has_value()) {
    absl::StrAppend(&line, "  image_policy=", rule.image_policy->ToString());
  }
  if (rule.content.has_value()) {
    AppendList(line, "content.deny", rule.content->deny,
               [](const PathGlob& glob) { return glob.text(); });
    for (const auto& [kind, action] : rule.content->actions) {
      absl::StrAppend(&line, "  content.", ToWord(kind), "=", ToWord(action));
    }
  }
  if (rule.required) absl::StrAppend(&line, "  required");
  if (rule.permissive) absl::StrAppend(&line, "  permissive");
  if (rule.until.has_value()) {
    absl::StrAppend(&line, "  until=", rule.until->ToString());
  }
  absl::StrAppend(&line, "  at ", PlaceOf(rule.span), "\n");
  return line;
}

}  // namespace

Specificity SpecificityOf(const RuleMatch& match) {
  if (!match.root_hashes.empty() || !match.sha256.empty()) {
    return Specificity::kContent;
  }
  if (!match.signers.empty() || !match.signer_sets.empty()) {
    return match.names.empty() ? Specificity::kSigner
                               : Specificity::kSignerAndName;
  }
  return match.names.empty() ? Specificity::kAttributes : Specificity::kName;
}

Hierarchies CompiledPolicy::HierarchiesOr(Hierarchies of_host) const {
  if (merge_hierarchies.has_value()) of_host.sysext = *merge_hierarchies;
  return of_host;
}

WithDiagnostics<std::optional<CompiledPolicy>> CompilePolicy(
    const Policy& policy, std::optional<Mode> floor) {
  Compiler compiler;
  CompiledPolicy compiled;
  compiled.floor = floor;
  compiled.mode = std::max(policy.ModeOrDefault(), floor.value_or(Mode()));
  compiled.on_violation = policy.OnViolationOrDefault();
  compiled.unmergeable = policy.UnmergeableOrDefault();
  compiled.image_policy = policy.ImagePolicyOrDefault();
  compiled.default_verdict = policy.DefaultOrDefault();
  CompileHandling(policy, compiled);
  compiled.require_unexpired = policy.trust.require_unexpired.has_value() &&
                               policy.trust.require_unexpired->value;
  for (const EntryMapping& mapping : policy.entries) {
    for (NamePattern& pattern : compiler.Patterns({mapping.match})) {
      compiled.entries.push_back({std::move(pattern), Values(mapping.entries)});
    }
  }
  compiled.rules.reserve(policy.rules.size());
  for (const Rule& rule : policy.rules) {
    compiled.rules.push_back(compiler.Compile(rule));
    compiled.rules.back().sets_in_doubt = absl::c_any_of(
        rule.match.signer_sets, [&policy](const LocatedText& name) {
          return !policy.trust.sets.contains(name.value);
        });
    if (compiled.rules.back().required) {
      compiled.required_rules.push_back(
          static_cast<uint32_t>(compiled.rules.size() - 1));
    }
    compiled.needs_file_digest |= !rule.match.sha256.empty();
    if (const auto& content = compiled.rules.back().content) {
      compiled.needs_tree = true;
      compiled.needs_host_tree |=
          content->actions.contains(ContentKind::kTypeConflict) ||
          content->actions.contains(ContentKind::kShadow);
    }
  }
  std::vector<Diagnostic> diagnostics = compiler.TakeDiagnostics();
  if (HasErrors(diagnostics)) return {std::nullopt, std::move(diagnostics)};
  compiled.index = RuleIndex(compiled.rules);
  return {std::move(compiled), std::move(diagnostics)};
}

void DoubtSets(const std::set<std::string>& names, CompiledPolicy& policy) {
  for (CompiledRule& rule : policy.rules) {
    rule.sets_in_doubt |= absl::c_any_of(
        rule.signer_sets,
        [&names](const std::string& name) { return names.contains(name); });
  }
}

std::string Dump(const CompiledPolicy& policy) {
  std::string dump = absl::StrCat(
      "mode=", ToWord(policy.mode),
      "  floor=", policy.floor.has_value() ? ToWord(*policy.floor) : "-",
      "  on_violation=", ToWord(policy.on_violation),
      "  unmergeable=", ToWord(policy.unmergeable),
      "  default=", ToWord(policy.default_verdict),
      "  image_policy=", policy.image_policy.ToString(),
      policy.require_unexpired ? "  require_unexpired" : "",
      "  needs_file_digest=", policy.needs_file_digest ? "yes" : "no",
      "  needs_tree=", policy.needs_tree ? "yes" : "no",
      "  needs_host_tree=", policy.needs_host_tree ? "yes" : "no", "\n");
  absl::StrAppend(&dump, DumpHandling(policy));
  for (const CompiledEntryMapping& mapping : policy.entries) {
    absl::StrAppend(&dump, "entries ", mapping.match.text(), "  ",
                    absl::StrJoin(mapping.entries, "|"), "\n");
  }
  for (const CompiledRule& rule : policy.rules) {
    absl::StrAppend(&dump, DumpRule(rule));
  }
  return dump;
}

}  // namespace extgate
