// One way in: ReadCases.
#include "policy/cases/case_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/cases/node_text.h"
#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/hierarchies.h"
#include "policy/yaml_reader.h"

namespace extgate {
namespace {

constexpr absl::string_view kFileKeys[] = {"policy", "trust", "host", "mode",
                                           "cases"};
constexpr Vocabulary kFile = {"a file of cases", kFileKeys};

constexpr absl::string_view kCaseKeys[] = {"name", "policy", "facts", "trust",
                                           "host", "mode",   "want"};
constexpr Vocabulary kCase = {"a case", kCaseKeys};

constexpr absl::string_view kHostKeys[] = {
    "os_release", "architecture", "systemd",    "entry",
    "initrd",     "date",         "hierarchies"};
constexpr Vocabulary kHost = {"`host`", kHostKeys};

constexpr absl::string_view kWantKeys[] = {"verdict", "rule", "reasons",
                                           "action"};
constexpr Vocabulary kWant = {"`want`", kWantKeys};

constexpr absl::string_view kPolicyRoot = "extension_policy";
constexpr int kMaxSystemd = 9999;

bool IsPolicy(const Node& root, absl::string_view text) {
  return Find(root, kPolicyRoot) != nullptr ||
         absl::StartsWith(text, "#cloud-config");
}

// Reads one file.
class CaseFile {
 public:
  CaseFile(absl::string_view text, absl::string_view path, const Node& root,
           const UtcTime& today)
      : text_(text), root_(root), today_(today), fields_(path) {}

  WithDiagnostics<std::optional<std::vector<PolicyCase>>> Read() {
    std::vector<PolicyCase> cases;
    for (Diagnostic& diagnostic : CheckPlain(root_, fields_.SpanOf(root_).path))
      fields_.Report(std::move(diagnostic));
    if (fields_.IsMap(root_, kFile)) cases = ReadAll();
    auto diagnostics = fields_.TakeDiagnostics();
    if (HasErrors(diagnostics)) return {std::nullopt, std::move(diagnostics)};
    return {std::move(cases), std::move(diagnostics)};
  }

 private:
  std::vector<PolicyCase> ReadAll() {
    std::vector<PolicyCase> cases;
    const Node* const list = Find(root_, "cases");
    if (list == nullptr || !fields_.IsList(*list, "cases")) {
      if (list == nullptr) {
        fields_.ReportMissing(root_, "a file of cases", "cases",
                              "write `cases:` and a list below it");
      }
      return cases;
    }
    PolicyCase of_all;
    of_all.host.architecture = Architecture::kX8664;
    of_all.host.date = today_;
    ReadShared(root_, of_all);
    for (const Node& item : list->items) {
      if (!fields_.IsMap(item, kCase)) continue;
      cases.push_back(ReadCase(item, of_all));
    }
    return cases;
  }

  // What a file may say for all its cases.
  void ReadShared(const Node& node, PolicyCase& into) {
    if (const Node* policy = Find(node, "policy")) {
      into.policy = ReadPolicy(*policy);
    }
    if (const Node* trust = Find(node, "trust")) {
      into.trust = fields_.Texts(*trust, "trust");
    }
    if (const Node* host = Find(node, "host")) ReadHost(*host, into.host);
    if (const Node* mode = Find(node, "mode")) {
      if (auto word = fields_.Word<Mode>(*mode, "mode")) {
        into.mode = word->value;
      }
    }
  }

  PolicyCase ReadCase(const Node& node, PolicyCase read) {
    if (const Node* name = Find(node, "name")) {
      if (auto text = fields_.Text(*name, "name")) read.name = *text;
    } else {
      fields_.ReportMissing(node, "a case", "name", "say what it is about");
    }
    ReadShared(node, read);
    if (Find(node, "policy") == nullptr && Find(root_, "policy") == nullptr) {
      fields_.ReportMissing(node, "a case", "policy",
                            "write the path of a policy, or the policy");
    }
    if (const Node* facts = Find(node, "facts")) {
      read.facts = ReadFacts(*facts);
    } else {
      fields_.ReportMissing(
          node, "a case", "facts",
          "record them: extgate inspect --facts IMAGE > FILE");
    }
    if (const Node* want = Find(node, "want")) {
      read.want = ReadWanted(*want);
    } else {
      fields_.ReportMissing(node, "a case", "want",
                            "write `want: {verdict: allow}`");
    }
    return read;
  }

  CaseText ReadPath(const Node& node, absl::string_view key) {
    CaseText read{CaseText::Kind::kPath, "", fields_.SpanOf(node)};
    if (auto text = fields_.Text(node, key)) read.text = text->value;
    return read;
  }

  CaseText ReadPolicy(const Node& node) {
    if (node.kind != Node::Kind::kMap) return ReadPath(node, "policy");
    return {CaseText::Kind::kInline, SliceOf(text_, root_, node),
            fields_.SpanOf(node)};
  }

  CaseText ReadFacts(const Node& node) {
    if (node.kind == Node::Kind::kMap) {
      return {CaseText::Kind::kInline, NodeToJson(node), fields_.SpanOf(node)};
    }
    if (node.kind == Node::Kind::kScalar && absl::StartsWith(node.text, "{")) {
      return {CaseText::Kind::kInline, node.text, fields_.SpanOf(node)};
    }
    return ReadPath(node, "facts");
  }

  void ReadHost(const Node& node, HostFacts& host) {
    if (!fields_.IsMap(node, kHost)) return;
    if (const Node* os = Find(node, "os_release")) ReadOsRelease(*os, host);
    if (const Node* word = Find(node, "architecture")) {
      if (auto read = fields_.Word<Architecture>(*word, "architecture")) {
        host.architecture = read->value;
      }
    }
    if (const Node* systemd = Find(node, "systemd")) {
      if (!absl::SimpleAtoi(systemd->text, &host.systemd_version) ||
          host.systemd_version < 1 || host.systemd_version > kMaxSystemd) {
        fields_.Report(DiagnosticCode::kUnknownValue, *systemd,
                       "`systemd` is not a version of it",
                       "write a number, as in `systemd: 257`");
      }
    }
    if (const Node* entry = Find(node, "entry")) {
      if (auto read = fields_.Text(*entry, "entry")) host.entry = read->value;
    }
    if (const Node* initrd = Find(node, "initrd")) {
      if (auto read = fields_.Word<bool>(*initrd, "initrd")) {
        host.initrd = read->value;
      }
    }
    if (const Node* date = Find(node, "date")) ReadDate(*date, host);
    if (const Node* list = Find(node, "hierarchies")) {
      ReadHierarchies(*list, host);
    }
  }

  void ReadOsRelease(const Node& node, HostFacts& host) {
    if (!fields_.IsMapOf(node, "os_release", "as in {ID: debian}")) return;
    host.os_release.clear();
    for (const auto& [key, value] : node.pairs) {
      if (auto read = fields_.Text(value, key.text)) {
        host.os_release[key.text] = read->value;
      }
    }
  }

  // Of sysext images.
  void ReadHierarchies(const Node& node, HostFacts& host) {
    std::vector<std::string> paths;
    for (const Node* item : fields_.Items(node, "hierarchies")) {
      if (auto text = fields_.Text(*item, "hierarchies")) {
        paths.push_back(text->value);
      }
    }
    auto hierarchies = ParseHierarchies(absl::StrJoin(paths, ":"));
    if (hierarchies.ok()) {
      host.hierarchies.sysext = *std::move(hierarchies);
      return;
    }
    fields_.Report(
        DiagnosticCode::kUnknownValue, node,
        absl::StrCat("`hierarchies`: ", hierarchies.status().message()),
        "write absolute paths, as in [/usr, /opt]");
  }

  void ReadDate(const Node& node, HostFacts& host) {
    auto text = fields_.Text(node, "date");
    if (!text.has_value()) return;
    auto date = UtcTime::Parse(text->value);
    if (date.ok()) {
      host.date = *date;
      return;
    }
    fields_.Report(DiagnosticCode::kBadTime, node,
                   std::string(date.status().message()));
  }

  Wanted ReadWanted(const Node& node) {
    Wanted want;
    if (!fields_.IsMap(node, kWant)) return want;
    if (const Node* verdict = Find(node, "verdict")) {
      want.verdict = fields_.Word<Verdict>(*verdict, "verdict");
    }
    if (const Node* rule = Find(node, "rule")) {
      want.rule = fields_.Text(*rule, "rule");
    }
    if (const Node* reasons = Find(node, "reasons")) {
      want.reasons = {{}, fields_.SpanOf(*reasons)};
      for (const auto& code : fields_.WordList<ReasonCode>(*reasons, "reasons"))
        want.reasons->value.insert(code.value);
    }
    if (const Node* action = Find(node, "action")) {
      want.action = fields_.Word<Action>(*action, "action");
    }
    if (node.pairs.empty()) {
      fields_.Report(DiagnosticCode::kMissingKey, node, "`want` wants nothing",
                     "write one of verdict, rule, reasons, action");
    }
    return want;
  }

  const absl::string_view text_;
  const Node& root_;
  const UtcTime today_;
  FieldReader fields_;
};

}  // namespace

WithDiagnostics<std::optional<std::vector<PolicyCase>>> ReadCases(
    absl::string_view text, absl::string_view path, const UtcTime& today) {
  auto [root, diagnostics] = ReadYaml(text, path);
  if (!root.has_value()) return {std::nullopt, std::move(diagnostics)};
  if (IsPolicy(*root, text)) return {std::nullopt, {}};
  return CaseFile(text, path, *root, today).Read();
}

}  // namespace extgate
