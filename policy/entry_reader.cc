// Names of images and boot entries, and the map between them. Ways in:
// ReadEntries, ReadNamePattern and ReadEntryName.
#include "policy/entry_reader.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/name_pattern.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr absl::string_view kMappingKeys[] = {"match", "entries"};
constexpr Vocabulary kMapping = {"an item of `entries`", kMappingKeys};

}  // namespace

std::optional<LocatedText> ReadNamePattern(const Node& node,
                                           absl::string_view key,
                                           FieldReader& fields) {
  auto text = fields.Text(node, key);
  if (!text.has_value()) return std::nullopt;
  const absl::StatusOr<NamePattern> pattern = NamePattern::Parse(text->value);
  if (pattern.ok()) return text;
  fields.Report(
      DiagnosticCode::kBadPattern, node,
      absl::StrCat("`", key, "`: ", PrintableText(pattern.status().message())),
      absl::StartsWith(text->value, "re:")
          ? "the syntax is that of RE2, github.com/google/re2/wiki/Syntax"
          : "a glob has `*` for any run, `?` for one character, `[a-z]` for "
            "one of a set");
  return std::nullopt;
}

std::optional<LocatedText> ReadEntryName(const Node& node,
                                         FieldReader& fields) {
  auto text = fields.Text(node, "entries");
  if (!text.has_value()) return std::nullopt;
  if (absl::StrContains(text->value, '/') || text->value == "." ||
      text->value == "..") {
    fields.Report(
        DiagnosticCode::kBadPattern, node,
        absl::StrCat(Quote(text->value), " cannot be the name of a boot entry"),
        "names are active, passive, recovery, common or that of a "
        "boot entry of your own");
    return std::nullopt;
  }
  return text;
}

std::vector<EntryMapping> ReadEntries(const Node& node, FieldReader& fields) {
  std::vector<EntryMapping> mappings;
  if (!fields.IsList(node, "entries")) return mappings;
  for (const Node& item : node.items) {
    if (!fields.IsMap(item, kMapping)) continue;
    EntryMapping mapping;
    const Node* match = Find(item, "match");
    const Node* entries = Find(item, "entries");
    if (match == nullptr) {
      fields.ReportMissing(item, "an item of `entries`", "match",
                           "write a glob on image names, as in k3sv1.29.*");
    } else if (auto glob = ReadNamePattern(*match, "match", fields)) {
      mapping.match = *std::move(glob);
    }
    if (entries == nullptr ||
        (entries->kind == Node::Kind::kList && entries->items.empty())) {
      fields.ReportMissing(entries == nullptr ? item : *entries,
                           "an item of `entries`", "entries",
                           "name the boot entries, as in [active, passive]");
    } else {
      for (const Node* name : fields.Items(*entries, "entries")) {
        auto entry = ReadEntryName(*name, fields);
        if (entry.has_value()) mapping.entries.push_back(*std::move(entry));
      }
    }
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

}  // namespace extgate
