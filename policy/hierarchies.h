// Which directories of an image systemd merges over the host's.
#ifndef EXTGATE_POLICY_HIERARCHIES_H_
#define EXTGATE_POLICY_HIERARCHIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/values.h"

namespace extgate {

// Absolute paths of directories, each merged with what is below it.
// systemd-sysext(8).
struct Hierarchies {
  std::vector<std::string> sysext = {"/usr", "/opt"};
  std::vector<std::string> confext = {"/etc"};

  std::vector<std::string>& Of(ImageClass image_class) {
    return image_class == ImageClass::kSysext ? sysext : confext;
  }
  const std::vector<std::string>& Of(ImageClass image_class) const {
    return image_class == ImageClass::kSysext ? sysext : confext;
  }
  friend bool operator==(const Hierarchies&, const Hierarchies&) = default;
};

// The environment variable by which systemd's tool for that class is told of
// others: SYSTEMD_SYSEXT_HIERARCHIES, SYSTEMD_CONFEXT_HIERARCHIES.
const char* HierarchiesVariable(ImageClass image_class);

// The value of such a variable: paths with `:` between them. InvalidArgument
// where systemd would refuse it and merge nothing: with a path that is empty,
// relative, `/`, or has `.`, `..` or `//` in it.
absl::StatusOr<std::vector<std::string>> ParseHierarchies(
    absl::string_view value);

// Whether `path` of an image ("usr/bin") is one of `hierarchies` or below one.
bool IsMerged(absl::string_view path,
              const std::vector<std::string>& hierarchies);

// Whether one of `hierarchies` is `path`, or below it.
bool LeadsToMerged(absl::string_view path,
                   const std::vector<std::string>& hierarchies);

}  // namespace extgate

#endif  // EXTGATE_POLICY_HIERARCHIES_H_
