// How a machine goes about decisions. Ways in: ReadSources, ReadMerge,
// ReadFailBoot and ReadMeasure.
#include "policy/handling_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "policy/entry_reader.h"

namespace extgate {
namespace {

constexpr absl::string_view kMergeKeys[] = {"timeout", "hierarchies"};
constexpr Vocabulary kMerge = {"`merge`", kMergeKeys};

constexpr absl::string_view kFailBootKeys[] = {"entries", "when", "fallback"};
constexpr Vocabulary kFailBoot = {"`fail_boot`", kFailBootKeys};

constexpr absl::string_view kMeasureKeys[] = {"pcr", "nvpcr"};
constexpr Vocabulary kMeasure = {"`measure`", kMeasureKeys};

constexpr int kLastPcr = 23;
constexpr size_t kMaxNvPcrName = 64;

// Why `path` is no absolute path of a directory below the root, in one
// spelling; "" when it is one.
absl::string_view WhyNoDirectory(absl::string_view path) {
  if (path[0] != '/') return "is not absolute";
  const std::vector<absl::string_view> parts =
      absl::StrSplit(path.substr(1), '/');
  for (const absl::string_view part : parts) {
    if (part.empty() || part == "." || part == "..") {
      return "has a part that is empty, `.` or `..`";
    }
  }
  if (path.find_first_of("*?[:") != absl::string_view::npos) {
    return "has one of `*`, `?`, `[` and `:` in it, which is no pattern here";
  }
  return "";
}

std::vector<LocatedText> ReadDirectories(const Node& node,
                                         absl::string_view key,
                                         absl::string_view example,
                                         FieldReader& fields) {
  std::vector<LocatedText> directories;
  for (const Node* item : fields.Items(node, key)) {
    auto path = fields.Text(*item, key);
    if (!path.has_value()) continue;
    const absl::string_view why = WhyNoDirectory(path->value);
    if (why.empty()) {
      directories.push_back(*std::move(path));
      continue;
    }
    fields.Report(
        DiagnosticCode::kBadPattern, *item,
        absl::StrCat("`", key, "`: the path ", Quote(path->value), " ", why),
        absl::StrCat("write an absolute path, as in ", example));
  }
  return directories;
}

Located<std::vector<std::string>> AsScalar(
    const Node& node, const std::vector<LocatedText>& texts,
    const FieldReader& fields) {
  Located<std::vector<std::string>> list{{}, fields.SpanOf(node)};
  for (const LocatedText& text : texts) list.value.push_back(text.value);
  return list;
}

std::optional<Located<TimeSpan>> ReadTimeout(const Node& node,
                                             FieldReader& fields) {
  const auto text = fields.Text(node, "timeout");
  if (!text.has_value()) return std::nullopt;
  const absl::StatusOr<TimeSpan> span = TimeSpan::Parse(text->value);
  if (!span.ok()) {
    fields.Report(DiagnosticCode::kBadTime, node,
                  absl::StrCat("`timeout`: ", span.status().message()),
                  "write seconds, or as in 90s, 2min, 1min 30s");
    return std::nullopt;
  }
  return Located<TimeSpan>{*span, text->span};
}

// The index of a PCR that may be extended.
std::optional<int> ReadPcr(const Node& node, FieldReader& fields) {
  const auto text = fields.Text(node, "pcr");
  if (!text.has_value()) return std::nullopt;
  int pcr = 0;
  if (!absl::SimpleAtoi(text->value, &pcr) || pcr < 0 || pcr > kLastPcr ||
      absl::StrCat(pcr) != text->value) {
    fields.Report(DiagnosticCode::kUnknownValue, node,
                  absl::StrCat(Quote(text->value), " is no PCR"),
                  "write a number from 0 to 22, as in `pcr: 14`");
    return std::nullopt;
  }
  // TCG PC Client Platform TPM Profile: 16 is for debugging and 23 for
  // applications, and who runs on the machine can reset both.
  if (pcr == 16 || pcr == 23) {
    fields.Report(DiagnosticCode::kUnknownValue, node,
                  absl::StrCat("PCR ", pcr,
                               " can be reset on the running system, so what "
                               "it holds proves nothing"),
                  "use another, as in `pcr: 14`");
    return std::nullopt;
  }
  return pcr;
}

std::optional<std::string> ReadNvPcr(const Node& node, FieldReader& fields) {
  const auto text = fields.Text(node, "nvpcr");
  if (!text.has_value()) return std::nullopt;
  const auto is_plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
           c == '-';
  };
  if (text->value.size() > kMaxNvPcrName ||
      !absl::c_all_of(text->value, is_plain)) {
    fields.Report(
        DiagnosticCode::kUnknownValue, node,
        absl::StrCat(Quote(text->value), " cannot be the name of an NvPCR"),
        "a name has up to 64 letters, digits, `_` and `-`");
    return std::nullopt;
  }
  return text->value;
}

}  // namespace

std::vector<LocatedText> ReadSources(const Node& node, FieldReader& fields) {
  return ReadDirectories(node, "sources", "/var/lib/acme/extensions", fields);
}

MergeSettings ReadMerge(const Node& node, FieldReader& fields) {
  MergeSettings merge;
  if (!fields.IsMap(node, kMerge)) return merge;
  if (const Node* timeout = Find(node, "timeout")) {
    merge.timeout = ReadTimeout(*timeout, fields);
  }
  if (const Node* list = Find(node, "hierarchies")) {
    const std::vector<LocatedText> paths =
        ReadDirectories(*list, "hierarchies", "/usr", fields);
    if (list->kind == Node::Kind::kList && list->items.empty()) {
      fields.Report(DiagnosticCode::kBadPattern, *list,
                    "the list `hierarchies` is empty, so nothing would be "
                    "merged",
                    "leave the key out for those that systemd has");
    }
    merge.hierarchies = AsScalar(*list, paths, fields);
  }
  return merge;
}

FailBoot ReadFailBoot(const Node& node, FieldReader& fields) {
  FailBoot fail_boot;
  if (!fields.IsMap(node, kFailBoot)) return fail_boot;
  if (const Node* list = Find(node, "entries")) {
    std::vector<LocatedText> names;
    for (const Node* item : fields.Items(*list, "entries")) {
      auto name = ReadEntryName(*item, fields);
      if (name.has_value()) names.push_back(*std::move(name));
    }
    fail_boot.entries = AsScalar(*list, names, fields);
  }
  if (const Node* when = Find(node, "when")) {
    fail_boot.when = fields.Word<FailWhen>(*when, "when");
  }
  if (const Node* fallback = Find(node, "fallback")) {
    fail_boot.fallback = fields.Word<FailFallback>(*fallback, "fallback");
  }
  return fail_boot;
}

std::optional<Located<MeasureTarget>> ReadMeasure(const Node& node,
                                                  FieldReader& fields) {
  if (!fields.IsMap(node, kMeasure)) return std::nullopt;
  const Node* pcr = Find(node, "pcr");
  const Node* nvpcr = Find(node, "nvpcr");
  if ((pcr == nullptr) == (nvpcr == nullptr)) {
    fields.Report(DiagnosticCode::kMissingKey, node,
                  absl::StrCat("`measure` has ",
                               pcr == nullptr ? "neither `pcr` nor `nvpcr`"
                                              : "both `pcr` and `nvpcr`"),
                  "write one of them, as in `measure: {pcr: 14}`");
  }
  Located<MeasureTarget> target{{}, fields.SpanOf(node)};
  if (pcr != nullptr) target.value.pcr = ReadPcr(*pcr, fields);
  if (nvpcr != nullptr) {
    target.value.nvpcr = ReadNvPcr(*nvpcr, fields).value_or("");
  }
  return target;
}

}  // namespace extgate
