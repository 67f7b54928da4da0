// Policy to canonical YAML. One way in: CanonicalText.
#include "policy/policy_printer.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

// A scalar in double quotes. What no YAML text may hold as it is, is escaped:
// control characters of one byte (C0, delete) and of two (C1, as UTF-8), U+FFFE
// and U+FFFF.
std::string Quoted(absl::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next =
        static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte == '"' || byte == '\\') {
      absl::StrAppend(&out, "\\", text.substr(i, 1));
    } else if (byte == '\n') {
      absl::StrAppend(&out, "\\n");
    } else if (byte == '\t') {
      absl::StrAppend(&out, "\\t");
    } else if (byte < 0x20 || byte == 0x7F) {
      absl::StrAppendFormat(&out, "\\x%02x", byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      absl::StrAppendFormat(&out, "\\x%02x", next);
      ++i;
    } else if (const absl::string_view three = text.substr(i, 3);
               three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      absl::StrAppend(&out, three == "\xEF\xBF\xBE" ? "\\ufffe" : "\\uffff");
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  out.push_back('"');
  return out;
}

// True when every line of `text` is printable ASCII that does not begin with a
// space, none is empty, and one line feed ends it: then it reads best, and
// exactly, as a block scalar.
bool FitsBlock(absl::string_view text) {
  if (!absl::ConsumeSuffix(&text, "\n")) return false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.empty() || line[0] == ' ') return false;
    for (char c : line) {
      if (!absl::ascii_isprint(static_cast<unsigned char>(c))) return false;
    }
  }
  return true;
}

// `text` as an item of a list or a value, lines below indented by `indent`.
std::string Block(absl::string_view text, size_t indent) {
  if (!FitsBlock(text)) return absl::StrCat(Quoted(text), "\n");
  absl::ConsumeSuffix(&text, "\n");
  const std::string margin(indent, ' ');
  std::string out = "|\n";
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&out, margin, line, "\n");
  }
  return out;
}

std::string FlowList(const std::vector<LocatedText>& texts) {
  return absl::StrCat(
      "[",
      absl::StrJoin(texts, ", ",
                    [](std::string* out, const LocatedText& text) {
                      absl::StrAppend(out, Quoted(text.value));
                    }),
      "]\n");
}

template <typename E>
std::string FlowList(const std::vector<Located<E>>& words) {
  return absl::StrCat("[",
                      absl::StrJoin(words, ", ",
                                    [](std::string* out, const auto& word) {
                                      absl::StrAppend(out, ToWord(word.value));
                                    }),
                      "]\n");
}

std::string FlowList(const std::vector<EfiList>& words) {
  return absl::StrCat("[",
                      absl::StrJoin(words, ", ",
                                    [](std::string* out, EfiList word) {
                                      absl::StrAppend(out, ToWord(word));
                                    }),
                      "]\n");
}

template <typename E>
std::string WordLine(absl::string_view margin, absl::string_view key,
                     const std::optional<Located<E>>& word) {
  if (!word.has_value()) return "";
  return absl::StrCat(margin, key, ": ", ToWord(word->value), "\n");
}

// "key: [...]" with `margin` before it; nothing for an empty list.
template <typename List>
std::string ListLine(absl::string_view margin, absl::string_view key,
                     const List& list) {
  if (list.empty()) return "";
  return absl::StrCat(margin, key, ": ", FlowList(list));
}

std::string TextLine(absl::string_view margin, absl::string_view key,
                     const std::optional<LocatedText>& text) {
  if (!text.has_value()) return "";
  return absl::StrCat(margin, key, ": ", Quoted(text->value), "\n");
}

// The keys `certificates` and `files`, each line behind `margin`.
std::string PrintCertificates(absl::string_view margin,
                              const std::vector<LocatedText>& certificates,
                              const std::vector<LocatedText>& files) {
  std::string out;
  if (!certificates.empty()) absl::StrAppend(&out, margin, "certificates:\n");
  for (const LocatedText& pem : certificates) {
    absl::StrAppend(&out, margin, "  - ", Block(pem.value, margin.size() + 4));
  }
  return absl::StrCat(out, ListLine(margin, "files", files));
}

std::string FlowList(const std::vector<std::string>& texts) {
  return absl::StrCat(
      "[",
      absl::StrJoin(texts, ", ",
                    [](std::string* out, const std::string& text) {
                      absl::StrAppend(out, Quoted(text));
                    }),
      "]\n");
}

// "  key:" and `lines` below it; nothing for no lines.
std::string Section(absl::string_view key, const std::string& lines) {
  return lines.empty() ? "" : absl::StrCat("  ", key, ":\n", lines);
}

std::string PrintMerge(const MergeSettings& merge) {
  std::string out;
  if (merge.timeout.has_value()) {
    absl::StrAppend(&out, "    timeout: ", merge.timeout->value.ToString(),
                    "\n");
  }
  if (merge.hierarchies.has_value()) {
    absl::StrAppend(&out,
                    "    hierarchies: ", FlowList(merge.hierarchies->value));
  }
  return Section("merge", out);
}

std::string PrintFailBoot(const FailBoot& fail_boot) {
  std::string out;
  if (fail_boot.entries.has_value()) {
    absl::StrAppend(&out, "    entries: ", FlowList(fail_boot.entries->value));
  }
  absl::StrAppend(&out, WordLine("    ", "when", fail_boot.when),
                  WordLine("    ", "fallback", fail_boot.fallback));
  return Section("fail_boot", out);
}

std::string PrintMeasure(const std::optional<Located<MeasureTarget>>& measure) {
  if (!measure.has_value()) return "";
  const MeasureTarget& target = measure->value;
  return Section("measure",
                 target.pcr.has_value()
                     ? absl::StrCat("    pcr: ", *target.pcr, "\n")
                     : absl::StrCat("    nvpcr: ", Quoted(target.nvpcr), "\n"));
}

std::string PrintTrust(const Trust& trust) {
  std::string out;
  if (trust.efi.has_value()) {
    absl::StrAppend(&out, "    efi: ", FlowList(trust.efi->value));
  }
  absl::StrAppend(&out, WordLine("    ", "verity_d", trust.verity_d),
                  PrintCertificates("    ", trust.certificates, trust.files));
  if (!trust.sets.empty()) absl::StrAppend(&out, "    sets:\n");
  for (const auto& [name, set] : trust.sets) {
    absl::StrAppend(&out, "      ", Quoted(name), ":\n",
                    PrintCertificates("        ", set.certificates, set.files));
  }
  absl::StrAppend(
      &out, ListLine("    ", "revoked", trust.revoked),
      WordLine("    ", "require_unexpired", trust.require_unexpired));
  return Section("trust", out);
}

std::string PrintEntries(const std::vector<EntryMapping>& entries) {
  std::string out;
  if (!entries.empty()) out = "  entries:\n";
  for (const EntryMapping& mapping : entries) {
    absl::StrAppend(&out, "    - match: ", Quoted(mapping.match.value), "\n",
                    "      entries: ", FlowList(mapping.entries));
  }
  return out;
}

std::string PrintContent(const RuleContent& content) {
  std::vector<std::string> keys;
  if (!content.deny.empty()) {
    const std::string list = FlowList(content.deny);
    keys.push_back(absl::StrCat("deny: ", absl::StripSuffix(list, "\n")));
  }
  for (const auto& [kind, action] : content.actions) {
    keys.push_back(absl::StrCat(ToWord(kind), ": ", ToWord(action.value)));
  }
  if (keys.empty()) return "";
  return absl::StrCat("      content: {", absl::StrJoin(keys, ", "), "}\n");
}

std::string PrintRule(const Rule& rule) {
  constexpr absl::string_view kMargin = "        ";
  const RuleMatch& match = rule.match;
  std::vector<LocatedText> signers = match.signer_sets;
  signers.insert(signers.end(), match.signers.begin(), match.signers.end());
  std::string out = absl::StrCat("    - id: ", Quoted(rule.id.value), "\n");
  absl::StrAppend(&out, "      match:\n",
                  ListLine(kMargin, "name", match.names),
                  TextLine(kMargin, "version", match.version),
                  ListLine(kMargin, "root_hash", match.root_hashes),
                  ListLine(kMargin, "sha256", match.sha256),
                  ListLine(kMargin, "signer", signers),
                  ListLine(kMargin, "class", match.classes));
  absl::StrAppend(&out, ListLine(kMargin, "architecture", match.architectures),
                  ListLine(kMargin, "entries", match.entries),
                  "      verdict: ", ToWord(rule.verdict.value), "\n");
  if (rule.image_policy.has_value()) {
    absl::StrAppend(&out, "      image_policy: ",
                    Quoted(rule.image_policy->value.ToString()), "\n");
  }
  absl::StrAppend(&out, PrintContent(rule.content),
                  WordLine("      ", "required", rule.required),
                  WordLine("      ", "mode", rule.mode));
  if (rule.until.has_value()) {
    absl::StrAppend(&out, "      until: ", rule.until->value.ToString(), "\n");
  }
  if (!rule.reason.empty()) {
    absl::StrAppend(&out, "      reason: ", Block(rule.reason, 8));
  }
  return out;
}

}  // namespace

std::string CanonicalText(const Policy& policy) {
  std::string out =
      absl::StrCat("extension_policy:\n  version: ", policy.version, "\n");
  absl::StrAppend(&out, ListLine("  ", "critical", policy.critical),
                  WordLine("  ", "mode", policy.mode),
                  WordLine("  ", "mode_floor", policy.mode_floor),
                  WordLine("  ", "on_violation", policy.on_violation),
                  WordLine("  ", "unmergeable", policy.unmergeable));
  if (policy.image_policy.has_value()) {
    absl::StrAppend(&out, "  image_policy: ",
                    Quoted(policy.image_policy->value.ToString()), "\n");
  }
  absl::StrAppend(&out, WordLine("  ", "default", policy.default_verdict),
                  WordLine("  ", "staging", policy.staging),
                  ListLine("  ", "sources", policy.sources),
                  PrintMerge(policy.merge), PrintFailBoot(policy.fail_boot),
                  PrintMeasure(policy.measure), PrintTrust(policy.trust),
                  PrintEntries(policy.entries));
  if (!policy.rules.empty()) absl::StrAppend(&out, "  rules:\n");
  for (const Rule& rule : policy.rules) absl::StrAppend(&out, PrintRule(rule));
  return out;
}

}  // namespace extgate
