// What extgate itself put into a staging directory, to tell it from what
// somebody else puts there. Kept at /run/extgate/sets/CLASS.record.
#ifndef EXTGATE_ADAPTERS_SET_RECORD_H_
#define EXTGATE_ADAPTERS_SET_RECORD_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/directory.h"
#include "adapters/places.h"
#include "engine/image/filesystem.h"
#include "policy/values.h"

namespace extgate {

// One entry of a staging directory: a symlink, or an empty directory (a mask).
struct StagedName {
  std::string file_name;
  FileType type = FileType::kSymlink;
  std::string target;  // of the symlink
  friend bool operator==(const StagedName&, const StagedName&) = default;
  friend auto operator<=>(const StagedName&, const StagedName&) = default;
};

// A value. An entry is ours when it is recorded exactly so, or is a symlink
// into /run/extgate/images or /run/extgate/foreign.
class SetRecord {
 public:
  SetRecord() = default;
  explicit SetRecord(std::set<StagedName> names) : names_(std::move(names)) {}

  // Reads the text form: for each name three parts, each ended by a NUL. Parts
  // that make no name are left out: a broken record owns less.
  static SetRecord Parse(absl::string_view text);
  std::string ToText() const;

  // The record below `run`, empty where there is none or it cannot be read.
  static SetRecord Load(const HostPath& run, ImageClass image_class);

  const std::set<StagedName>& names() const { return names_; }
  void Add(const std::set<StagedName>& names) {
    names_.insert(names.begin(), names.end());
  }

  bool Owns(const StagedName& name) const;

  friend bool operator==(const SetRecord&, const SetRecord&) = default;

 private:
  std::set<StagedName> names_;
};

// The file's name below /run/extgate/sets.
std::string RecordName(ImageClass image_class);

// `entry` of `directory` as a StagedName: a symlink with its target, an empty
// directory as kDirectory; anything else, a directory with content included, as
// kOther. Errors as Directory's.
absl::StatusOr<StagedName> DescribeEntry(const Directory& directory,
                                         const DirectoryEntry& entry);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_SET_RECORD_H_
