// Puts a set of images where systemd merges them, by one exchange of
// directories.
#ifndef EXTGATE_ADAPTERS_SET_PUBLISHER_H_
#define EXTGATE_ADAPTERS_SET_PUBLISHER_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/directory.h"
#include "adapters/foreign_entries.h"
#include "adapters/places.h"
#include "adapters/set_record.h"
#include "engine/ports.h"

namespace extgate {

// For one class and one call of Publish(); the caller holds the lock.
//
// The new set is built at /run/extgate/sets/CLASS.new and exchanged for
// /run/extensions; what was there is then taken apart: our links and masks are
// removed, the rest goes to /run/extgate/foreign/CLASS, but for somebody else's
// masks, which the new set has too. A run that died at any
// step leaves the old set or the new one in force, and the next run finds and
// takes apart what it left.
class SetPublisher {
 public:
  // `places` must outlive it. `own` is /run/extgate, `run` is /run.
  SetPublisher(const Places& places, const Directory& run, const Directory& own,
               ImageClass image_class);

  // As StagingPort::Publish. InvalidArgument, and nothing done, for a name or
  // target that cannot be.
  absl::Status Publish(const std::vector<SetEntry>& entries);

 private:
  // What stands where systemd looks.
  enum class Live { kMissing, kDirectory, kSymlink };

  absl::Status Prepare();
  // Empty directories in the live directory that are not ours.
  absl::StatusOr<std::set<StagedName>> ForeignMasks() const;
  // Takes apart what a run that died left at CLASS.new.
  absl::Status TakeApartLeftover();
  // Moves the live directory's foreign entries aside already now, when
  // `entries` link to one: the links are made to where those lie for good.
  absl::Status MoveForeignEntries(const std::vector<SetEntry>& entries);
  absl::StatusOr<std::set<StagedName>> Names(
      const std::vector<SetEntry>& entries) const;
  // True when the live directory holds exactly `wanted`.
  absl::StatusOr<bool> IsInForce(const std::set<StagedName>& wanted) const;
  absl::Status WriteRecord(const SetRecord& record) const;
  absl::Status Build(const std::set<StagedName>& wanted);
  absl::Status PutInForce(const std::set<StagedName>& wanted);
  // Entry by entry, where directories cannot be exchanged.
  absl::Status ChangeInPlace(const std::set<StagedName>& wanted);

  std::string TargetOf(const SetEntry& entry) const;
  std::string NewName() const;

  const Places* places_;
  const Directory* run_;
  const Directory* own_;
  ImageClass image_class_;
  HostPath live_path_;
  std::string live_name_;
  Live live_ = Live::kMissing;
  std::vector<Directory> sets_;  // one, once prepared
  SetRecord record_;             // of all that may be ours by now
  ForeignEntries foreign_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_SET_PUBLISHER_H_
