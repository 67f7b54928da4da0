// Way in: ReadContent.
#include "policy/content_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/path_glob.h"

namespace extgate {
namespace {

constexpr char kDeny[] = "deny";

std::vector<absl::string_view> Keys() {
  std::vector<absl::string_view> keys = {kDeny};
  for (const auto& entry : Words<ContentKind>::kTable) {
    keys.push_back(entry.second);
  }
  return keys;
}

std::vector<LocatedText> ReadPatterns(const Node& node, FieldReader& fields) {
  std::vector<LocatedText> patterns;
  for (const Node* item : fields.Items(node, kDeny)) {
    auto text = fields.Text(*item, kDeny);
    if (!text.has_value()) continue;
    const absl::StatusOr<PathGlob> glob = PathGlob::Parse(text->value);
    if (glob.ok()) {
      patterns.push_back(*std::move(text));
      continue;
    }
    fields.Report(DiagnosticCode::kBadPattern, *item,
                  absl::StrCat("`content.deny`: ", glob.status().message()),
                  "write a path, as in /usr/lib/systemd/**: `*` is any run "
                  "within one part, `**` any number of parts");
  }
  return patterns;
}

}  // namespace

RuleContent ReadContent(const Node& node, FieldReader& fields) {
  static const std::vector<absl::string_view>* const kKeys =
      new std::vector<absl::string_view>(Keys());
  RuleContent content;
  if (!fields.IsMap(node, {"`content`", *kKeys, UnknownKeys::kRefuse}))
    return content;
  if (const Node* deny = Find(node, kDeny)) {
    content.deny = ReadPatterns(*deny, fields);
  }
  for (const auto& [kind, word] : Words<ContentKind>::kTable) {
    const Node* key = Find(node, word);
    if (key == nullptr) continue;
    if (auto action = fields.Word<ContentAction>(*key, word)) {
      content.actions.emplace(kind, *action);
    }
  }
  return content;
}

}  // namespace extgate
