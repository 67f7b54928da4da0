// Somebody else's entries of a staging directory, moved aside so that they can
// be decided like all others: /run/extgate/foreign/CLASS/NAME.
#ifndef EXTGATE_ADAPTERS_FOREIGN_ENTRIES_H_
#define EXTGATE_ADAPTERS_FOREIGN_ENTRIES_H_

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/directory.h"
#include "adapters/set_record.h"
#include "policy/values.h"

namespace extgate {

// Thread-compatible. Nothing is ever lost: an entry whose name is taken makes
// the older one go to /run/extgate/foreign/older/CLASS/NUMBER/NAME.
class ForeignEntries {
 public:
  // `own` is /run/extgate and must outlive it; `live_path` is the staging
  // directory as links see it ("/run/extensions").
  ForeignEntries(const Directory& own, ImageClass image_class,
                 std::string live_path);

  // Masks that stay where systemd sees them: they are not moved, and go with
  // what is taken apart, since the new set has them too.
  void Keep(std::set<StagedName> masks) { kept_ = std::move(masks); }

  // Moves `entry` of `from`, a directory that is or was the staging directory.
  // A relative symlink is rewritten to where it pointed from there.
  absl::Status Take(const Directory& from, const StagedName& entry);

  // Takes all entries of `from` that `record` does not own and that are not
  // kept.
  absl::Status TakeForeign(const Directory& from, const SetRecord& record);

  // The same, and removes what `record` owns or what is kept.
  absl::Status TakeApart(const Directory& from, const SetRecord& record);

  // Where an entry is by now that was at `path` when images were looked for,
  // below /run/extgate: "foreign/sysext/NAME". "" for a path elsewhere.
  std::string Locate(absl::string_view path) const;

 private:
  absl::StatusOr<Directory> Open() const;
  // Moves what has `name` out of the way.
  absl::Status PutAside(const Directory& foreign, const std::string& name);

  const Directory* own_;
  std::string class_;
  std::string live_path_;
  std::set<StagedName> kept_;
  // Where entries went that were found in foreign/CLASS; by name.
  std::map<std::string, std::string> put_aside_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_FOREIGN_ENTRIES_H_
