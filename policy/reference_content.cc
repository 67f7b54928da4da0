// The way in is ReferenceContentViolated, which tries instead of computing.
#include "policy/reference_content.h"

#include <optional>
#include <string>
#include <vector>

#include "policy/reference_pattern.h"

namespace extgate {
namespace {

// What stands at `path` of the image; nullptr: nothing.
const TreeFile* FileAt(const TreeFacts& tree, const std::string& path) {
  for (const TreeFile& file : tree.files) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

using Directories = std::vector<std::string>;

// Part by part from the top, until one of the directories is reached.
bool InHierarchy(const std::string& path, const Directories& hierarchies) {
  const std::string whole = "/" + path + "/";
  for (size_t at = whole.find('/', 1); at != std::string::npos;
       at = whole.find('/', at + 1)) {
    for (const std::string& directory : hierarchies) {
      if (whole.substr(0, at) == directory) return true;
    }
  }
  return false;
}

// Whether one of the directories lies in `path`.
bool HoldsHierarchy(const std::string& path, const Directories& hierarchies) {
  for (const std::string& directory : hierarchies) {
    if (directory.find("/" + path + "/") == 0) return true;
  }
  return false;
}

// Where `target`, written in the directory `from`, leads within the image: ""
// for the root, nullopt for out of what the image gives.
std::optional<std::string> LeadsTo(const ImageFacts& image, std::string from,
                                   const std::string& target, int links,
                                   const Directories& hierarchies) {
  if (links > 32) return std::nullopt;
  if (!target.empty() && target[0] == '/') from.clear();
  std::string rest = target;
  while (!rest.empty()) {
    const size_t slash = rest.find('/');
    const std::string part = rest.substr(0, slash);
    rest = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      const size_t up = from.rfind('/');
      from = up == std::string::npos ? "" : from.substr(0, up);
      continue;
    }
    const std::string next = from.empty() ? part : from + "/" + part;
    const TreeFile* file = FileAt(*image.tree.value(), next);
    if (file == nullptr || !(InHierarchy(next, hierarchies) ||
                             HoldsHierarchy(next, hierarchies))) {
      return std::nullopt;
    }
    if (file->type == FileType::kSymlink) {
      const auto there =
          LeadsTo(image, from, file->target, links + 1, hierarchies);
      if (!there) return std::nullopt;
      from = *there;
    } else {
      from = next;
    }
    const TreeFile* now = FileAt(*image.tree.value(), from);
    if (now != nullptr && now->type != FileType::kDirectory) return from;
  }
  return from;
}

// "a symlink that does not lead to a file of the image counts as all that may
// lie behind it": tried with the names that the draw's patterns know.
bool MayCarry(const ImageFacts& image, const TreeFile& file,
              const std::string& pattern, const Directories& hierarchies) {
  if (ReferencePathGlobMatches(pattern, file.path)) return true;
  if (file.type != FileType::kSymlink) return false;
  const size_t slash = file.path.rfind('/');
  const auto to = LeadsTo(
      image, slash == std::string::npos ? "" : file.path.substr(0, slash),
      file.target, 0, hierarchies);
  if (to && !to->empty()) {
    const TreeFile* there = FileAt(*image.tree.value(), *to);
    if (there != nullptr && there->type != FileType::kDirectory) return false;
  }
  for (const char* below : {"/a", "/b", "/lib", "/lib/a", "/lib/b", "/a/b",
                            "/b/a", "/lib/b/a", "/b/b"}) {
    if (ReferencePathGlobMatches(pattern, file.path + below)) return true;
  }
  return false;
}

// Whether `file` is of one of the kinds that an image has by itself.
bool IsOf(ContentKind kind, const TreeFile& file,
          const Directories& hierarchies) {
  const bool device =
      file.type == FileType::kCharDevice || file.type == FileType::kBlockDevice;
  const bool whiteout = file.type == FileType::kCharDevice &&
                        file.device_major + file.device_minor == 0;
  bool capability = false;
  bool overlay = false;
  for (const std::string& name : file.attributes) {
    capability |= name == "security.capability";
    overlay |= name.find("overlay") != std::string::npos;
  }
  switch (kind) {
    case ContentKind::kSetuid:
      return file.type != FileType::kDirectory && file.permissions / 02000 % 4;
    case ContentKind::kCapabilities:
      return capability;
    case ContentKind::kDevices:
      return device && !whiteout;
    case ContentKind::kWhiteouts:
      return whiteout || overlay;
    case ContentKind::kOutside:
      return file.type != FileType::kDirectory &&
             !InHierarchy(file.path, hierarchies);
    case ContentKind::kTypeConflict:
    case ContentKind::kShadow:
      break;
  }
  return false;
}

}  // namespace

bool ReferencePathGlobMatches(const std::string& pattern,
                              const std::string& path) {
  // Part by part; `pattern` begins with `/`, and so does `path` from here on.
  const auto matches = [](const auto& self, const std::string& glob,
                          const std::string& text) -> bool {
    if (glob.empty() || text.empty()) return glob.empty() && text.empty();
    const auto cut = [](const std::string& whole) {
      const size_t slash = whole.find('/', 1);
      return slash == std::string::npos ? whole.size() : slash;
    };
    const std::string part = glob.substr(0, cut(glob));
    const std::string name = text.substr(0, cut(text));
    const std::string rest = glob.substr(part.size());
    const std::string below = text.substr(name.size());
    if (part != "/**") {
      return ReferenceGlobMatches(part, name) && self(self, rest, below);
    }
    if (rest.empty()) return true;
    return self(self, rest, text) || self(self, glob, below);
  };
  return matches(matches, pattern, "/" + path);
}

bool ReferenceContentViolated(const RuleContent& content,
                              const ImageFacts& image,
                              const Evidence<HostOverlap>& overlap,
                              const std::vector<std::string>& hierarchies) {
  const TreeFacts* tree = image.tree.value();
  if (!content.deny.empty() && (tree == nullptr || tree->truncated)) {
    return true;
  }
  for (const LocatedText& pattern : content.deny) {
    for (const TreeFile& file : tree->files) {
      if (MayCarry(image, file, pattern.value, hierarchies)) return true;
    }
  }
  for (const auto& [kind, action] : content.actions) {
    if (action.value != ContentAction::kDeny) continue;
    if (tree == nullptr || tree->truncated) return true;
    for (const TreeFile& file : tree->files) {
      if (IsOf(kind, file, hierarchies)) return true;
    }
    if (kind == ContentKind::kTypeConflict &&
        (!overlap.value() || !overlap.value()->conflicts.empty())) {
      return true;
    }
    if (kind == ContentKind::kShadow &&
        (!overlap.value() || !overlap.value()->shadowed.empty())) {
      return true;
    }
  }
  return false;
}

}  // namespace extgate
