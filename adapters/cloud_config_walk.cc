// Ways in: CloudConfigPaths and IsYamlName.
#include "adapters/cloud_config_walk.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

class Walk {
 public:
  explicit Walk(const RootDir& root) : root_(root) {}

  void Into(const std::string& folder, bool is_top) {
    if (stopped_) return;
    if (++folders_ > kMaxCloudConfigFolders) return Stop(folder);
    auto entries = root_.ListDirectory(folder);
    if (!entries.ok()) {
      if (!is_top || !absl::IsNotFound(entries.status())) {
        Warn(folder, entries.status().message(), "");
      }
      return;
    }
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = absl::StrCat(folder, "/", entry.name);
      if (++entries_ > kMaxCloudConfigEntries) return Stop(path);
      if (entry.type == FileType::kDirectory) {
        // Of fsck; only root can look into it.
        if (!is_top || entry.name != "lost+found") Into(path, false);
      } else if (IsYamlName(entry.name)) {
        found_.value.push_back(path);
      }
      if (stopped_) return;
    }
  }

  WithDiagnostics<std::vector<std::string>> Finish() {
    return std::move(found_);
  }

 private:
  void Stop(const std::string& path) {
    stopped_ = true;
    Warn(path,
         absl::StrCat("left out, with all that comes after it: at most ",
                      kMaxCloudConfigFolders, " folders and ",
                      kMaxCloudConfigEntries,
                      " entries are looked through for cloud-configs"),
         "remove what is no cloud-config; what is left out has no say (under a "
         "mode_floor it could only have tightened)");
  }

  void Warn(const std::string& path, absl::string_view message,
            absl::string_view help) {
    found_.diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                                  Severity::kWarning,
                                  {path, 0, 0},
                                  std::string(message),
                                  std::string(help)});
  }

  const RootDir& root_;
  WithDiagnostics<std::vector<std::string>> found_;
  int folders_ = 0;
  int entries_ = 0;
  bool stopped_ = false;
};

}  // namespace

bool IsYamlName(absl::string_view name) {
  return absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml");
}

WithDiagnostics<std::vector<std::string>> CloudConfigPaths(
    const RootDir& root, const std::string& directory) {
  Walk walk(root);
  walk.Into(directory, true);
  return walk.Finish();
}

}  // namespace extgate
