// Way in: InspectTree().
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/filesystem.h"
#include "engine/image/inspect.h"
#include "policy/printable.h"

namespace extgate {
namespace {

TreeFile Describe(absl::string_view path, const NodeFacts& node) {
  TreeFile file;
  file.path = std::string(path);
  file.type = node.type;
  file.permissions = node.permissions;
  file.uid = node.uid;
  file.gid = node.gid;
  file.device_major = node.device_major;
  file.device_minor = node.device_minor;
  file.target = node.target;
  for (const auto& [name, value] : node.xattrs) file.attributes.push_back(name);
  return file;
}

size_t TextOf(const TreeFile& file) {
  size_t bytes = file.path.size() + file.target.size();
  for (const std::string& name : file.attributes) bytes += name.size();
  return bytes;
}

}  // namespace

void InspectTree(Filesystem& filesystem, ImageFacts& facts) {
  TreeFacts tree;
  size_t text = 0;
  std::string unclear;
  const absl::Status status =
      filesystem.Walk([&](absl::string_view path, const NodeFacts& node) {
        if (path.empty()) return true;
        if (!IsUtf8(path) || !IsUtf8(node.target)) {
          unclear = absl::StrCat("`", PrintableText(path),
                                 "` or what it leads to is not UTF-8");
          return false;
        }
        TreeFile file = Describe(path, node);
        text += TextOf(file);
        tree.truncated =
            text > kMaxTreeText || tree.files.size() == kMaxTreeFiles;
        if (!tree.truncated) tree.files.push_back(std::move(file));
        return !tree.truncated;
      });
  if (absl::IsUnimplemented(status)) {
    facts.tree = Unsupported{std::string(status.message())};
  } else if (!status.ok()) {
    facts.tree = Malformed{"tree", std::string(status.message())};
  } else if (!unclear.empty()) {
    facts.tree = Malformed{"tree", unclear};
  } else {
    facts.tree = std::move(tree);
  }
}

}  // namespace extgate
