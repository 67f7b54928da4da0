// A plain directory of the host, read as an extension's filesystem.
#ifndef EXTGATE_ADAPTERS_DIRECTORY_TREE_H_
#define EXTGATE_ADAPTERS_DIRECTORY_TREE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"
#include "engine/image/filesystem.h"

namespace extgate {

// Symlinks end at the extension's own directory, as they will where it is
// merged. The kernel bounds them (40). type() is "directory".
class DirectoryTree : public Filesystem {
 public:
  // Opens directory `path` below `root`. Errors as RootDir::OpenDirectory.
  static absl::StatusOr<std::unique_ptr<DirectoryTree>> Open(
      const RootDir& root, absl::string_view path);

  // The extension's directory.
  const RootDir& root() const { return root_; }

  std::string type() const override { return "directory"; }
  absl::StatusOr<FileType> TypeOf(absl::string_view path) override;
  absl::StatusOr<std::vector<DirectoryEntry>> List(
      absl::string_view path) override;
  absl::StatusOr<std::string> ReadFile(absl::string_view path,
                                       uint64_t limit_bytes) override;
  absl::StatusOr<std::optional<std::string>> Xattr(
      absl::string_view path, absl::string_view name) override;

  // Of trusted.* attributes only root sees any. What is mounted below belongs
  // to the walk; a name that is gone before it is looked at is left out.
  // Attributes are read through /proc.
  absl::Status Walk(
      absl::FunctionRef<bool(absl::string_view path, const NodeFacts& facts)>
          visit) override;

 private:
  explicit DirectoryTree(RootDir root) : root_(std::move(root)) {}

  RootDir root_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_DIRECTORY_TREE_H_
