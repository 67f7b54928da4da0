// Way in: CompareWithHost.
#include "engine/host_comparison.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace extgate {
namespace {

// "" for a name in the root.
absl::string_view DirectoryOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? "" : path.substr(0, slash);
}

}  // namespace

Evidence<HostOverlap> CompareWithHost(const ImageFacts& image, HostPort& host,
                                      const Hierarchies& hierarchies) {
  const TreeFacts* tree = image.tree.value();
  if (tree == nullptr) return Absent();
  const std::vector<std::string>& merged = hierarchies.Of(image.image_class);
  HostOverlap overlap;
  // Directories that both have; a directory stands before what is in it.
  std::set<absl::string_view> shared;
  for (const TreeFile& file : tree->files) {
    const bool leads = LeadsToMerged(file.path, merged);
    if (!leads && !IsMerged(file.path, merged)) continue;
    const bool directory = file.type == FileType::kDirectory;
    if (leads && !directory) {
      return Malformed{"tree",
                       absl::StrCat("`/", file.path, "` of the image is a ",
                                    ToWord(file.type), ", no directory")};
    }
    if (!IsMerged(file.path, merged)) continue;
    if (!leads && !shared.contains(DirectoryOf(file.path))) continue;
    const absl::StatusOr<FileType> there = host.TypeOf(file.path);
    if (absl::IsNotFound(there.status())) continue;
    if (!there.ok()) {
      return Malformed{"host", std::string(there.status().message())};
    }
    const bool directory_there = *there == FileType::kDirectory;
    if (directory && directory_there) {
      shared.insert(file.path);
    } else if (directory || directory_there) {
      overlap.conflicts.push_back({file.path, file.type, *there});
    } else {
      overlap.shadowed.push_back(file.path);
    }
  }
  return overlap;
}

}  // namespace extgate
