// A directory of cases for `policy test`.
#ifndef EXTGATE_ADAPTERS_CASE_DIRECTORY_H_
#define EXTGATE_ADAPTERS_CASE_DIRECTORY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/cases/case_run.h"

namespace extgate {

// Paths are of the caller, not below --root.
class CaseDirectory : public CaseFiles {
 public:
  explicit CaseDirectory(std::string path) : path_(std::move(path)) {}

  // The names of the *.yaml and *.yml files in it, sorted; not of those that
  // begin with a dot, nor below it. NotFound, PermissionDenied, Unavailable;
  // FailedPrecondition when it is no directory.
  absl::StatusOr<std::vector<std::string>> YamlFiles() const;

  // The path of `name` as it is shown to people.
  std::string PathOf(absl::string_view name) const;

  absl::StatusOr<std::string> Read(absl::string_view path) override;

 private:
  const std::string path_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CASE_DIRECTORY_H_
