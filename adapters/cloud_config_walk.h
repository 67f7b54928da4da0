// Which files below a directory are cloud-configs, found as Kairos finds them.
#ifndef EXTGATE_ADAPTERS_CLOUD_CONFIG_WALK_H_
#define EXTGATE_ADAPTERS_CLOUD_CONFIG_WALK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"
#include "policy/diagnostic.h"

namespace extgate {

// Bounds of one walk, so that whoever fills the place cannot hold up a boot.
inline constexpr int kMaxCloudConfigFolders = 256;
inline constexpr int kMaxCloudConfigEntries = 65536;

// True for a name that ends in .yaml or .yml.
bool IsYamlName(absl::string_view name);

// The paths of the YAML files below `directory`, also in folders of it and
// where a name begins with a dot, in merge order: by the bytes of the names,
// what a folder holds in the place of its name. A symlink counts as a file of
// its name and is not walked into. `lost+found` of a file system is passed
// over. Nothing when there is no such directory; what cannot be listed, and
// what is left out beyond a bound, is the warning file-unreadable.
WithDiagnostics<std::vector<std::string>> CloudConfigPaths(
    const RootDir& root, const std::string& directory);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLOUD_CONFIG_WALK_H_
