// Way in: CheckContent.
#include "policy/content_check.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace extgate {
namespace {

constexpr size_t kShownPaths = 3;
constexpr int kMaxSymlinks = 32;

// Some paths for people, and how many they are.
class PathList {
 public:
  void Add(absl::string_view path, absl::string_view note = "") {
    if (count_++ >= kShownPaths) return;
    absl::StrAppend(&text_, text_.empty() ? "" : ", ", "`/", path, "`", note);
  }
  bool empty() const { return count_ == 0; }
  std::string Text() const {
    if (count_ <= kShownPaths) return text_;
    return absl::StrCat(text_, " and ", count_ - kShownPaths, " more");
  }

 private:
  size_t count_ = 0;
  std::string text_;
};

// The tree by path.
class TreeIndex {
 public:
  explicit TreeIndex(const TreeFacts& tree) {
    for (const TreeFile& file : tree.files) by_path_.emplace(file.path, &file);
  }

  // Whether something may be found below the symlink `link` once it is merged:
  // unless it leads to what is, in the image, neither symlink nor directory.
  bool MayLeadToDirectory(const TreeFile& link,
                          const std::vector<std::string>& hierarchies) const;

 private:
  std::map<absl::string_view, const TreeFile*> by_path_;
};

bool TreeIndex::MayLeadToDirectory(
    const TreeFile& link, const std::vector<std::string>& hierarchies) const {
  std::string at = link.path.substr(0, link.path.rfind('/') + 1);
  if (!at.empty()) at.pop_back();
  std::vector<std::string> pending;  // last part first
  const auto push = [&pending](absl::string_view target) {
    std::vector<std::string> parts = absl::StrSplit(target, '/');
    pending.insert(pending.end(), parts.rbegin(), parts.rend());
  };
  push(link.target);
  if (link.target.rfind('/', 0) == 0) at.clear();
  for (int links = 0; !pending.empty();) {
    const std::string part = std::move(pending.back());
    pending.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      const size_t slash = at.rfind('/');
      at.resize(slash == std::string::npos ? 0 : slash);
      continue;
    }
    const std::string next = absl::StrCat(at, at.empty() ? "" : "/", part);
    const auto found = by_path_.find(next);
    // What is not merged is the host's.
    if (found == by_path_.end()) return true;
    if (!IsMerged(next, hierarchies) && !LeadsToMerged(next, hierarchies)) {
      return true;
    }
    const TreeFile& file = *found->second;
    if (file.type == FileType::kSymlink) {
      if (++links > kMaxSymlinks) return true;
      if (file.target.rfind('/', 0) == 0) at.clear();
      push(file.target);
    } else if (file.type == FileType::kDirectory) {
      at = next;
    } else {
      return false;
    }
  }
  return true;
}

class Check {
 public:
  Check(const CompiledContent& content, const ImageFacts& image,
        const Evidence<HostOverlap>& overlap,
        const std::vector<std::string>& hierarchies)
      : content_(content),
        image_(image),
        overlap_(overlap),
        hierarchies_(hierarchies) {}

  std::vector<ContentFinding> Run() {
    const TreeFacts* tree = image_.tree.value();
    if (tree == nullptr) {
      AddUnknown(absl::StrCat("its tree ", WhyUnknown(image_.tree)));
      return std::move(findings_);
    }
    if (tree->truncated) {
      AddUnknown("it has more files than can be looked at");
    }
    CheckPatterns(*tree);
    for (const auto& [kind, action] : content_.actions) {
      switch (kind) {
        case ContentKind::kSetuid:
        case ContentKind::kCapabilities:
        case ContentKind::kDevices:
        case ContentKind::kWhiteouts:
        case ContentKind::kOutside:
          CheckKind(*tree, kind, action);
          break;
        case ContentKind::kTypeConflict:
        case ContentKind::kShadow:
          CheckHost(kind, action);
          break;
      }
    }
    return std::move(findings_);
  }

 private:
  template <typename T>
  static std::string WhyUnknown(const Evidence<T>& evidence) {
    if (const Malformed* malformed = evidence.malformed()) {
      return absl::StrCat("could not be looked at: ", malformed->why);
    }
    if (const Unsupported* unsupported = evidence.unsupported()) {
      return absl::StrCat("could not be looked at: ", unsupported->what,
                          " is not supported");
    }
    return "was not looked at";
  }

  // Of what the whole tree is asked.
  void AddUnknown(const std::string& why) {
    ContentAction worst =
        content_.deny.empty() ? ContentAction::kWarn : ContentAction::kDeny;
    for (const auto& [kind, action] : content_.actions) {
      worst = std::max(worst, action);
    }
    findings_.push_back(
        {worst, absl::StrCat("what it carries is unknown: ", why)});
  }

  void Add(ContentAction action, absl::string_view what,
           const PathList& paths) {
    if (paths.empty()) return;
    findings_.push_back({action, absl::StrCat(what, ": ", paths.Text())});
  }

  void CheckPatterns(const TreeFacts& tree) {
    if (content_.deny.empty()) return;
    const TreeIndex index(tree);
    for (const PathGlob& glob : content_.deny) {
      PathList paths;
      for (const TreeFile& file : tree.files) {
        if (glob.Matches(file.path)) {
          paths.Add(file.path);
        } else if (file.type == FileType::kSymlink &&
                   glob.MayMatchBelow(file.path) &&
                   index.MayLeadToDirectory(file, hierarchies_)) {
          paths.Add(file.path, absl::StrCat(" (leads to `", file.target, "`)"));
        }
      }
      Add(ContentAction::kDeny, absl::StrCat("`", glob.text(), "`"), paths);
    }
  }

  void CheckKind(const TreeFacts& tree, ContentKind kind,
                 ContentAction action) {
    PathList paths;
    for (const TreeFile& file : tree.files) {
      if (IsOfKind(file, kind, hierarchies_)) paths.Add(file.path);
    }
    Add(action, ToWord(kind), paths);
  }

  void CheckHost(ContentKind kind, ContentAction action) {
    const HostOverlap* overlap = overlap_.value();
    if (overlap == nullptr) {
      findings_.push_back({action, absl::StrCat(ToWord(kind), ": the host ",
                                                WhyUnknown(overlap_))});
      return;
    }
    PathList paths;
    if (kind == ContentKind::kShadow) {
      for (const std::string& path : overlap->shadowed) paths.Add(path);
    } else {
      for (const TypeConflict& conflict : overlap->conflicts) {
        paths.Add(conflict.path, absl::StrCat(" (", ToWord(conflict.image),
                                              " over the host's ",
                                              ToWord(conflict.host), ")"));
      }
    }
    Add(action, ToWord(kind), paths);
  }

  const CompiledContent& content_;
  const ImageFacts& image_;
  const Evidence<HostOverlap>& overlap_;
  const std::vector<std::string>& hierarchies_;
  std::vector<ContentFinding> findings_;
};

}  // namespace

std::vector<ContentFinding> CheckContent(const CompiledContent& content,
                                         const ImageFacts& image,
                                         const Evidence<HostOverlap>& overlap,
                                         const Hierarchies& hierarchies) {
  return Check(content, image, overlap, hierarchies.Of(image.image_class))
      .Run();
}

}  // namespace extgate
