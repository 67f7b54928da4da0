// Way in: NamedPartition::Open.
#include "adapters/named_partition.h"

#include "adapters/fat_files.h"
#include "adapters/partition_change.h"

namespace extgate {

absl::StatusOr<std::unique_ptr<NamedPartition>> NamedPartition::Open(
    const std::string& path) {
  std::unique_ptr<NamedPartition> partition(new NamedPartition);
  auto tree = RootDir::Open(path);
  if (tree.ok()) {
    partition->mounted_ = *std::move(tree);
    partition->is_fat_ = IsFat(*partition->mounted_);
    partition->files_ = std::make_unique<MountedFiles>(*partition->mounted_);
    return partition;
  }
  if (!absl::IsFailedPrecondition(tree.status())) return tree.status();
  auto volume = FatFiles::Open(path);
  if (!volume.ok()) return volume.status();
  partition->is_fat_ = true;
  partition->volume_ = volume->get();
  partition->files_ = *std::move(volume);
  return partition;
}

absl::Status NamedPartition::Unchanged() const {
  return volume_ != nullptr ? volume_->Unchanged() : absl::OkStatus();
}

}  // namespace extgate
