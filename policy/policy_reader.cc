// The policy language over a located document. Ways in: ReadPolicyText and
// PolicyFileKind.
#include "policy/policy_reader.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/binpb_reader.h"
#include "policy/document.h"
#include "policy/entry_reader.h"
#include "policy/field_reader.h"
#include "policy/handling_reader.h"
#include "policy/json_reader.h"
#include "policy/rule_reader.h"
#include "policy/seed_reader.h"
#include "policy/spelling.h"
#include "policy/textproto_reader.h"
#include "policy/trust_reader.h"
#include "policy/yaml_reader.h"

namespace extgate {
namespace {

constexpr absl::string_view kRoot = "extension_policy";

constexpr absl::string_view kKeys[] = {
    "version",     "critical",     "mode",    "on_violation",
    "unmergeable", "image_policy", "default", "mode_floor",
    "trust",       "entries",      "staging", "sources",
    "merge",       "fail_boot",    "measure", "rules"};
constexpr Vocabulary kPolicy = {"`extension_policy`", kKeys};

// Of a cloud-config, for near misses.
constexpr absl::string_view kOurs[] = {kRoot, "sysext_cert"};

constexpr absl::string_view kRootKeys[] = {kRoot};
constexpr Vocabulary kFile = {"a policy file", kRootKeys};

using ReadResult = WithDiagnostics<std::optional<Policy>>;

// The version of the language; that of this program when none is given, or
// one that is no version (reported).
int ReadVersion(const Node& policy, FieldReader& fields) {
  const Node* node = Find(policy, "version");
  if (node == nullptr) return kPolicyVersion;
  const auto text = fields.Text(*node, "version");
  if (!text.has_value()) return kPolicyVersion;
  int number = 0;
  if (absl::SimpleAtoi(text->value, &number) && number >= 1 &&
      absl::StrCat(number) == text->value) {
    return number;
  }
  fields.Report(
      DiagnosticCode::kBadVersion, *node,
      absl::StrCat(Quote(text->value), " is no version of the policy language"),
      absl::StrCat("write `version: ", kPolicyVersion, "`"));
  return kPolicyVersion;
}

// How the machine is to go about decisions, into `policy`.
void ReadHandling(const Node& node, FieldReader& fields, Policy& policy) {
  if (const Node* word = Find(node, "staging")) {
    policy.staging = fields.Word<Staging>(*word, "staging");
  }
  if (const Node* sources = Find(node, "sources")) {
    policy.sources = ReadSources(*sources, fields);
  }
  if (const Node* merge = Find(node, "merge")) {
    policy.merge = ReadMerge(*merge, fields);
  }
  if (const Node* fail_boot = Find(node, "fail_boot")) {
    policy.fail_boot = ReadFailBoot(*fail_boot, fields);
  }
  if (const Node* measure = Find(node, "measure")) {
    policy.measure = ReadMeasure(*measure, fields);
  }
}

Policy ReadPolicy(const Node& node, FieldReader& fields) {
  Policy policy;
  if (node.kind == Node::Kind::kMap) {
    policy.version = ReadVersion(node, fields);
    if (const Node* critical = Find(node, "critical")) {
      policy.critical = fields.Texts(*critical, "critical");
    }
    if (policy.version > kPolicyVersion) fields.ReadAsNewer(policy.critical);
  }
  if (!fields.IsMap(node, kPolicy)) return policy;
  if (const Node* mode = Find(node, "mode")) {
    policy.mode = fields.Word<Mode>(*mode, "mode");
  }
  if (const Node* floor = Find(node, "mode_floor")) {
    policy.mode_floor = fields.Word<Mode>(*floor, "mode_floor");
  }
  if (const Node* word = Find(node, "on_violation")) {
    policy.on_violation = fields.Word<OnViolation>(*word, "on_violation");
  }
  if (const Node* word = Find(node, "unmergeable")) {
    policy.unmergeable = fields.Word<Unmergeable>(*word, "unmergeable");
  }
  if (const Node* text = Find(node, "image_policy")) {
    policy.image_policy = fields.ReadImagePolicy(*text);
  }
  if (const Node* word = Find(node, "default")) {
    policy.default_verdict = fields.Word<RuleVerdict>(*word, "default");
  }
  ReadHandling(node, fields, policy);
  if (const Node* trust = Find(node, "trust")) {
    policy.trust = ReadTrust(*trust, fields);
  }
  if (const Node* entries = Find(node, "entries")) {
    policy.entries = ReadEntries(*entries, fields);
  }
  if (const Node* rules = Find(node, "rules")) {
    policy.rules = ReadRules(*rules, fields);
  }
  return policy;
}

// Reads the value of `extension_policy`.
Policy ReadPolicyNode(const Node& node, FieldReader& fields,
                      absl::string_view path) {
  for (Diagnostic& diagnostic : CheckPlain(node, path)) {
    fields.Report(std::move(diagnostic));
  }
  if (node.kind != Node::Kind::kNull) return ReadPolicy(node, fields);
  fields.Report(DiagnosticCode::kWrongType, node,
                "`extension_policy` has no value",
                "write `extension_policy: {}` for a policy of defaults");
  return Policy();
}

// `policy`, unless something is wrong with it.
ReadResult Finish(Policy policy, FieldReader& fields) {
  std::vector<Diagnostic> diagnostics = fields.TakeDiagnostics();
  if (HasErrors(diagnostics)) return {std::nullopt, std::move(diagnostics)};
  return {std::move(policy), std::move(diagnostics)};
}

ReadResult ReadPolicyFile(const Node& root, FieldReader fields,
                          absl::string_view path) {
  if (root.kind == Node::Kind::kNull) {
    fields.Report(DiagnosticCode::kMissingKey, root,
                  "a policy file must hold `extension_policy`",
                  "write `extension_policy: {}` for a policy of defaults");
    return {std::nullopt, fields.TakeDiagnostics()};
  }
  const bool is_map = fields.IsMap(root, kFile);
  const Node* policy = is_map ? Find(root, kRoot) : nullptr;
  if (is_map && policy == nullptr) {
    fields.Report(DiagnosticCode::kMissingKey, root,
                  "a policy file must hold `extension_policy`");
  }
  if (policy != nullptr) {
    // What the root itself may have wrong; its values beside the policy are
    // errors already.
    Node above;
    above.kind = root.kind;
    above.line = root.line;
    above.column = root.column;
    above.tag = root.tag;
    above.anchored = root.anchored;
    for (const auto& [key, value] : root.pairs)
      above.pairs.push_back({key, {}});
    for (Diagnostic& diagnostic : CheckPlain(above, path)) {
      fields.Report(std::move(diagnostic));
    }
    return Finish(ReadPolicyNode(*policy, fields, path), fields);
  }
  return {std::nullopt, fields.TakeDiagnostics()};
}

// Warns of keys beside ours that look as if they were meant for us.
void WarnOfNearMisses(const Node& root, FieldReader& fields) {
  for (const auto& [key, value] : root.pairs) {
    if (key.kind != Node::Kind::kScalar || key.text == kRoot ||
        IsSeed(key, value)) {
      continue;
    }
    const std::string meant = Closest(key.text, kOurs);
    if (meant.empty() || EditDistance(key.text, meant) > 2) continue;
    fields.Report(
        {DiagnosticCode::kUnknownKey, Severity::kWarning, fields.SpanOf(key),
         absl::StrCat("the key ", Quote(key.text),
                      " is not read by this version of extgate"),
         absl::StrCat("did you mean `", meant, "`? as it is, it is ignored")});
  }
}

// Whether a text that is no cloud-config may have been meant for us.
bool MayBeOurs(absl::string_view text) {
  return absl::StrContains(text, kRoot) || MayHaveSeed(text);
}

// `text` is what `root` was read from.
ReadResult ReadCloudConfig(const Node& root, absl::string_view text,
                           absl::string_view path) {
  FieldReader fields(path);
  const bool mentions_us = MayBeOurs(text);
  if (root.kind != Node::Kind::kMap) {
    if (mentions_us && root.kind != Node::Kind::kNull) {
      fields.Report(DiagnosticCode::kWrongType, root,
                    absl::StrCat("a cloud-config must be a mapping, not ",
                                 Describe(root.kind)),
                    "write `extension_policy:` at the start of a line");
    }
    return {std::nullopt, fields.TakeDiagnostics()};
  }
  WarnOfNearMisses(root, fields);
  // Only what could hide or double our key is ours to judge out here.
  // With a seed, another value of its key is a duplicate, ours or not.
  std::set<std::string> seed_keys;
  for (const auto& [key, value] : root.pairs) {
    if (IsSeed(key, value)) seed_keys.insert(key.text);
  }
  Node ours;
  ours.kind = Node::Kind::kMap;
  for (const auto& [key, value] : root.pairs) {
    const bool merge_key =
        key.kind == Node::Kind::kScalar && key.text == "<<" && mentions_us;
    if ((key.kind == Node::Kind::kScalar && key.text == kRoot) || merge_key) {
      ours.pairs.push_back({key, Node()});
    } else if (key.kind == Node::Kind::kScalar &&
               seed_keys.contains(key.text)) {
      ours.pairs.push_back({key, IsSeed(key, value) ? value : Node()});
    }
  }
  for (Diagnostic& diagnostic : CheckPlain(ours, path)) {
    fields.Report(std::move(diagnostic));
  }
  const Node* policy = Find(root, kRoot);
  Seeds seeds = ReadSeeds(root, fields);
  if (policy == nullptr && seed_keys.empty()) {
    return {std::nullopt, fields.TakeDiagnostics()};
  }
  Policy read;
  if (policy != nullptr) read = ReadPolicyNode(*policy, fields, path);
  for (LocatedText& pem : seeds.certificates) {
    read.trust.certificates.push_back(std::move(pem));
  }
  for (EntryMapping& mapping : seeds.entries) {
    read.entries.push_back(std::move(mapping));
  }
  return Finish(std::move(read), fields);
}

ReadResult ReadCloudConfigText(absl::string_view text, absl::string_view path) {
  auto [root, diagnostics] = ReadYaml(text, path);
  if (root.has_value()) return ReadCloudConfig(*root, text, path);
  for (Diagnostic& diagnostic : diagnostics) {
    if (!MayBeOurs(text)) diagnostic.severity = Severity::kWarning;
  }
  return {std::nullopt, std::move(diagnostics)};
}

// A policy file, with what its spelling already had to say.
ReadResult ReadFields(const Node& root, FieldReader fields,
                      std::vector<Diagnostic> diagnostics,
                      absl::string_view path) {
  for (Diagnostic& diagnostic : diagnostics) {
    fields.Report(std::move(diagnostic));
  }
  return ReadPolicyFile(root, std::move(fields), path);
}

ReadResult ReadTree(WithDiagnostics<std::optional<Node>> tree,
                    absl::string_view path) {
  if (!tree.value.has_value()) {
    return {std::nullopt, std::move(tree.diagnostics)};
  }
  return ReadFields(*tree.value, FieldReader(path), std::move(tree.diagnostics),
                    path);
}

ReadResult ReadBytes(absl::string_view bytes, absl::string_view path) {
  auto [document, diagnostics] = ReadBinpb(bytes, path);
  if (!document.has_value()) return {std::nullopt, std::move(diagnostics)};
  return ReadFields(document->root,
                    FieldReader(path, std::move(document->paths)),
                    std::move(diagnostics), path);
}

}  // namespace

ReadResult ReadPolicyText(absl::string_view text, absl::string_view path,
                          SourceKind kind) {
  switch (kind) {
    case SourceKind::kPolicyFile:
      return ReadTree(ReadYaml(text, path), path);
    case SourceKind::kCloudConfig:
      return ReadCloudConfigText(text, path);
    case SourceKind::kTextproto:
      return ReadTree(ReadTextproto(text, path), path);
    case SourceKind::kBinpb:
      return ReadBytes(text, path);
    case SourceKind::kJson:
      return ReadTree(ReadJson(text, path), path);
  }
  return {};
}

SourceKind PolicyFileKind(absl::string_view path) {
  if (absl::EndsWith(path, ".textproto")) return SourceKind::kTextproto;
  if (absl::EndsWith(path, ".binpb")) return SourceKind::kBinpb;
  if (absl::EndsWith(path, ".json")) return SourceKind::kJson;
  return SourceKind::kPolicyFile;
}

}  // namespace extgate
