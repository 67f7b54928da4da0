// Rules. One way in: ReadRules.
#include "policy/rule_reader.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/content_reader.h"
#include "policy/entry_reader.h"
#include "policy/hex_bytes.h"
#include "policy/name_pattern.h"
#include "policy/printable.h"
#include "policy/trust_reader.h"
#include "policy/utc_time.h"
#include "policy/values.h"
#include "policy/version_range.h"

namespace extgate {
namespace {

constexpr absl::string_view kRuleKeys[] = {
    "id",       "match", "verdict", "image_policy", "content",
    "required", "mode",  "until",   "reason"};
constexpr Vocabulary kRule = {"a rule", kRuleKeys};

constexpr absl::string_view kMatchKeys[] = {
    "name",   "version", "root_hash",    "sha256",
    "signer", "class",   "architecture", "entries"};
constexpr Vocabulary kMatch = {"`match`", kMatchKeys, UnknownKeys::kRefuse};

// The word that reports use for the policy's own default.
constexpr absl::string_view kReservedId = "default";

// `version`, given `names`, the node beside it; nullptr when there is none.
std::optional<LocatedText> ReadVersion(const Node& node, const Node* names,
                                       FieldReader& fields) {
  auto text = fields.Text(node, "version");
  if (!text.has_value()) return std::nullopt;
  const absl::StatusOr<VersionRange> range = VersionRange::Parse(text->value);
  if (!range.ok()) {
    fields.Report(
        DiagnosticCode::kBadPattern, node,
        absl::StrCat("`version`: ", PrintableText(range.status().message())),
        "write bounds that all have to hold, as in \">=1.29, <1.31\"");
    return std::nullopt;
  }
  if (names == nullptr) {
    fields.Report(DiagnosticCode::kBadPattern, node,
                  "`version` needs a `name` beside it: it is of what the `*` "
                  "there matched",
                  "write the name as in k3sv*");
    return std::nullopt;
  }
  return text;
}

// Each of `names` beside a `version` must have one `*`.
void CheckOneStar(const std::vector<LocatedText>& names, FieldReader& fields) {
  for (const LocatedText& name : names) {
    const absl::StatusOr<NamePattern> pattern = NamePattern::Parse(name.value);
    if (!pattern.ok() || pattern->HasOneStar()) continue;
    fields.Report({DiagnosticCode::kBadPattern, Severity::kError, name.span,
                   absl::StrCat("`name`: ", Quote(name.value),
                                " has not exactly one `*`, which the `version` "
                                "beside it is of"),
                   "write the name as in k3sv*"});
  }
}

template <typename Digest>
std::optional<LocatedText> ReadDigest(const Node& node, absl::string_view key,
                                      FieldReader& fields) {
  auto text = fields.Text(node, key);
  if (!text.has_value()) return std::nullopt;
  const absl::StatusOr<Digest> digest = Digest::Parse(text->value);
  if (!digest.ok()) {
    fields.Report(DiagnosticCode::kBadDigest, node,
                  absl::StrCat("`", key, "`: ", digest.status().message()));
    return std::nullopt;
  }
  return LocatedText{digest->hex(), text->span};
}

// `signer`: fingerprints, and names of trust sets.
void ReadSigner(const Node& node, FieldReader& fields, RuleMatch& match) {
  const auto text = fields.Text(node, "signer");
  if (!text.has_value()) return;
  if (MeantForFingerprint(text->value)) {
    auto print = ReadFingerprint(*text, node, "signer", fields);
    if (print.has_value()) match.signers.push_back(*std::move(print));
    return;
  }
  auto name = ReadSetName(*text, node, fields);
  if (name.has_value()) match.signer_sets.push_back(*std::move(name));
}

// The items of a list in `match`, which must not be empty.
std::vector<const Node*> Conditions(const Node& node, absl::string_view key,
                                    FieldReader& fields) {
  if (node.kind == Node::Kind::kList && node.items.empty()) {
    fields.Report(DiagnosticCode::kBadPattern, node,
                  absl::StrCat("the list `", key, "` in `match` is empty, so ",
                               "it would match nothing"),
                  "leave the key out to match any");
    return {};
  }
  return fields.Items(node, key);
}

RuleMatch ReadMatch(const Node& node, FieldReader& fields) {
  RuleMatch match;
  if (!fields.IsMap(node, kMatch)) return match;
  if (node.pairs.empty()) {
    fields.Report(DiagnosticCode::kMissingKey, node,
                  "`match` has no condition, so the rule would match every "
                  "image",
                  "write at least one; `name: [\"*\"]` matches every image");
  }
  const auto read = [&](absl::string_view key, const auto& read_item,
                        auto& list) {
    const Node* conditions = Find(node, key);
    if (conditions == nullptr) return;
    for (const Node* item : Conditions(*conditions, key, fields)) {
      if (auto value = read_item(*item)) list.push_back(*std::move(value));
    }
  };
  read(
      "name", [&](const Node& n) { return ReadNamePattern(n, "name", fields); },
      match.names);
  if (const Node* version = Find(node, "version")) {
    match.version = ReadVersion(*version, Find(node, "name"), fields);
    if (match.version.has_value()) CheckOneStar(match.names, fields);
  }
  read(
      "root_hash",
      [&](const Node& n) {
        return ReadDigest<RootHash>(n, "root_hash", fields);
      },
      match.root_hashes);
  read(
      "sha256",
      [&](const Node& n) {
        return ReadDigest<FileDigest>(n, "sha256", fields);
      },
      match.sha256);
  if (const Node* signer = Find(node, "signer")) {
    for (const Node* item : Conditions(*signer, "signer", fields)) {
      ReadSigner(*item, fields, match);
    }
  }
  read(
      "class",
      [&](const Node& n) { return fields.Word<ImageClass>(n, "class"); },
      match.classes);
  read(
      "architecture",
      [&](const Node& n) {
        return fields.Word<Architecture>(n, "architecture");
      },
      match.architectures);
  read(
      "entries", [&](const Node& n) { return ReadEntryName(n, fields); },
      match.entries);
  return match;
}

std::optional<LocatedText> ReadId(const Node& rule, FieldReader& fields) {
  const Node* node = Find(rule, "id");
  if (node == nullptr) {
    fields.ReportMissing(rule, "a rule", "id",
                         "every rule has a name of its own, which reports use");
    return std::nullopt;
  }
  auto id = fields.Text(*node, "id");
  if (id.has_value() && id->value == kReservedId) {
    fields.Report(DiagnosticCode::kUnknownValue, *node,
                  "a rule cannot have the id `default`: reports call the "
                  "policy's own default so",
                  "give the rule another id");
    return std::nullopt;
  }
  return id;
}

std::optional<Located<RuleMode>> ReadMode(const Node& node,
                                          FieldReader& fields) {
  if (node.kind == Node::Kind::kScalar && FromWord<Mode>(node.text) &&
      !FromWord<RuleMode>(node.text)) {
    fields.Report(
        DiagnosticCode::kUnknownValue, node,
        absl::StrCat("a rule cannot have the mode ", Quote(node.text),
                     ": it counts as the policy's mode says, unless it is "
                     "permissive"),
        "write `mode: permissive`, leave the key out, or take out the rule");
    return std::nullopt;
  }
  return fields.Word<RuleMode>(node, "mode");
}

std::optional<Located<UtcTime>> ReadUntil(const Node& node, const Node* mode,
                                          FieldReader& fields) {
  const auto text = fields.Text(node, "until");
  if (!text.has_value()) return std::nullopt;
  if (mode == nullptr) {
    fields.Report(DiagnosticCode::kMissingKey, node,
                  "`until` needs a `mode` beside it, which it ends",
                  "write `mode: permissive`, or leave it out");
    return std::nullopt;
  }
  const absl::StatusOr<UtcTime> time = UtcTime::Parse(text->value);
  if (!time.ok()) {
    fields.Report(DiagnosticCode::kBadTime, node,
                  absl::StrCat("`until`: ", time.status().message()),
                  "write 2027-01-31, its first second in UTC, or "
                  "2027-01-31T12:00:00Z");
    return std::nullopt;
  }
  return Located<UtcTime>{*time, text->span};
}

// `required`, `mode` and `until`; `called` is the rule in messages.
void ReadWeight(const Node& node, const std::string& called,
                FieldReader& fields, Rule& rule) {
  if (const Node* required = Find(node, "required")) {
    rule.required = fields.Word<bool>(*required, "required");
    if (rule.verdict.value == RuleVerdict::kDeny && rule.required.has_value() &&
        rule.required->value) {
      fields.Report(DiagnosticCode::kUnknownValue, *required,
                    absl::StrCat(called,
                                 " denies, so it cannot require an "
                                 "image"),
                    "write `required` in a rule that allows");
    }
  }
  const Node* mode = Find(node, "mode");
  if (mode != nullptr) rule.mode = ReadMode(*mode, fields);
  if (const Node* until = Find(node, "until")) {
    rule.until = ReadUntil(*until, mode, fields);
  }
}

// The rule, complete only when nothing was reported.
Rule ReadRule(const Node& node, FieldReader& fields) {
  Rule rule;
  const auto id = ReadId(node, fields);
  if (id.has_value()) rule.id = *id;
  const std::string called =
      id.has_value() ? absl::StrCat("the rule ", Quote(id->value)) : "a rule";
  if (const Node* match = Find(node, "match")) {
    rule.match = ReadMatch(*match, fields);
  } else {
    fields.ReportMissing(
        node, called, "match",
        "say which images it is for; `match: {name: [\"*\"]}` is "
        "for every image");
  }
  if (const Node* verdict = Find(node, "verdict")) {
    const auto word = fields.Word<RuleVerdict>(*verdict, "verdict");
    if (word.has_value()) rule.verdict = *word;
  } else {
    fields.ReportMissing(
        node, called, "verdict",
        absl::StrCat("write one of ", AllWords<RuleVerdict>()));
  }
  if (const Node* image_policy = Find(node, "image_policy")) {
    rule.image_policy = fields.ReadImagePolicy(*image_policy);
  }
  if (const Node* content = Find(node, "content")) {
    rule.content = ReadContent(*content, fields);
    if (rule.verdict.value == RuleVerdict::kDeny) {
      fields.Report(DiagnosticCode::kUnknownKey, *content,
                    absl::StrCat(called,
                                 " denies, so it cannot require "
                                 "anything with `content`"),
                    "write `content` in a rule that allows: what violates it "
                    "is denied");
    }
  }
  ReadWeight(node, called, fields, rule);
  if (const Node* reason = Find(node, "reason")) {
    const auto text = fields.Prose(*reason, "reason");
    if (text.has_value()) rule.reason = text->value;
  }
  return rule;
}

}  // namespace

std::vector<Rule> ReadRules(const Node& node, FieldReader& fields) {
  std::vector<Rule> rules;
  if (!fields.IsList(node, "rules")) return rules;
  std::map<std::string, SourceSpan> first_places;
  for (const Node& item : node.items) {
    if (!fields.IsMap(item, kRule)) continue;
    Rule rule = ReadRule(item, fields);
    if (rule.id.value.empty()) continue;
    const auto [first, is_new] =
        first_places.emplace(rule.id.value, rule.id.span);
    if (!is_new) {
      fields.Report(
          DiagnosticCode::kDuplicateId, *Find(item, "id"),
          absl::StrCat("the rule id ", Quote(rule.id.value),
                       " is used twice: first at ", PlaceInFile(first->second)),
          "give each rule an id of its own");
      continue;
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace extgate
