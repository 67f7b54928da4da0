// One way in: ContentSpace::For.
#include "policy/diff/content_space.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/compiled_policy.h"
#include "policy/content.h"
#include "policy/diff/name_cells.h"

namespace extgate {
namespace {

bool Denies(const CompiledContent& content, ContentKind kind) {
  const auto action = content.actions.find(kind);
  return action != content.actions.end() &&
         action->second == ContentAction::kDeny;
}

std::string TextOf(const CompiledContent& content) {
  std::set<std::string> parts;
  for (const PathGlob& glob : content.deny) parts.insert(glob.text());
  for (const auto& [kind, action] : content.actions) {
    if (action == ContentAction::kDeny) parts.insert(ToWord(kind));
  }
  std::string text;
  for (const std::string& part : parts) absl::StrAppend(&text, part, "\n");
  return text;
}

// A path for each way in which patterns of `contents` can match one, and be of
// what a class merges.
NameCells PathsOf(const std::map<std::string, const CompiledContent*>& contents,
                  const std::vector<Hierarchies>& merged) {
  std::set<std::string> globs;
  for (const Hierarchies& of_policy : merged) {
    for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
      for (const std::string& hierarchy : of_policy.Of(image_class)) {
        globs.insert(hierarchy);
        globs.insert(absl::StrCat(hierarchy, "/**"));
      }
    }
  }
  for (const auto& [text, content] : contents) {
    for (const PathGlob& glob : content->deny) globs.insert(glob.text());
  }
  std::vector<NameLanguage> languages;
  bool all = true;
  for (const std::string& glob : globs) {
    auto language = LanguageOfPathGlob(glob);
    all &= language.has_value();
    if (language) languages.push_back(*std::move(language));
  }
  NameCells cells = FindPathCells(std::move(languages));
  cells.complete &= all;
  return cells;
}

// At `path` all that `content` does not mind; nullopt where it minds the path.
std::optional<TreeFile> FileAt(const std::string& path,
                               const CompiledContent& content,
                               ImageClass image_class,
                               const std::vector<Hierarchies>& merged) {
  if (absl::c_any_of(content.deny, [&](const PathGlob& glob) {
        return glob.Matches(path);
      })) {
    return std::nullopt;
  }
  TreeFile file;
  file.path = path;
  file.type = FileType::kRegular;
  file.permissions = 0644;
  if (!Denies(content, ContentKind::kDevices)) {
    file.type = FileType::kBlockDevice;
    file.device_major = 8;
  }
  if (!Denies(content, ContentKind::kSetuid)) file.permissions = 04755;
  if (!Denies(content, ContentKind::kCapabilities)) {
    file.attributes.push_back("security.capability");
  }
  if (!Denies(content, ContentKind::kWhiteouts)) {
    file.attributes.push_back("trusted.overlay.redirect");
  }
  const bool merges = absl::c_all_of(merged, [&](const Hierarchies& by) {
    return IsMerged(path, by.Of(image_class));
  });
  if (Denies(content, ContentKind::kOutside) && !merges) {
    file.type = FileType::kDirectory;
  }
  return file;
}

SeenContents FullestOf(const CompiledContent& content,
                       const std::set<std::string>& paths,
                       ImageClass image_class,
                       const std::vector<Hierarchies>& merged) {
  TreeFacts tree;
  for (const std::string& path : paths) {
    auto file = FileAt(path, content, image_class, merged);
    if (!file) continue;
    // Of a path with others below it the one that is not of a directory is not
    // one that an image can have.
    for (TreeFile& other : tree.files) {
      if (absl::StartsWith(path, absl::StrCat(other.path, "/"))) {
        other.type = FileType::kDirectory;
      }
    }
    tree.files.push_back(*std::move(file));
  }
  HostOverlap overlap;
  if (!Denies(content, ContentKind::kTypeConflict)) {
    overlap.conflicts = {{"usr/zz", FileType::kRegular, FileType::kDirectory}};
  }
  if (!Denies(content, ContentKind::kShadow)) overlap.shadowed = {"usr/yy"};
  return {std::move(tree), std::move(overlap)};
}

}  // namespace

const ContentWays& ContentSpace::For(const RulesAtHand& rules,
                                     ImageClass image_class) {
  std::map<std::string, const CompiledContent*> contents;
  for (const PairedRule* paired : rules) {
    const auto& content = paired->compiled->content;
    if (content.has_value()) contents.emplace(TextOf(*content), &*content);
  }
  std::string key = ToWord(image_class);
  for (const auto& [text, content] : contents) {
    absl::StrAppend(&key, "\n\n", text);
  }
  const auto [at, is_new] = known_.emplace(key, ContentWays());
  ContentWays& ways = at->second;
  if (!is_new) return ways;
  ways.all.push_back({TreeFacts(), HostOverlap()});
  if (contents.empty()) return ways;
  ways.all.push_back({Absent(), Absent()});
  const NameCells cells = PathsOf(contents, merged_);
  ways.complete = cells.complete;
  std::set<std::string> paths;
  for (const NameCell& cell : cells.cells) paths.insert(cell.name.substr(1));
  for (const auto& [text, content] : contents) {
    ways.all.push_back(FullestOf(*content, paths, image_class, merged_));
  }
  return ways;
}

}  // namespace extgate
