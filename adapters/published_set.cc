// One way in: PublishedSet.
#include "adapters/published_set.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "adapters/set_record.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

// What follows /run/extgate/ in the target of one of our links, which are
// relative where they can be; "" of others.
absl::string_view BelowPrivate(const Places& places, absl::string_view target) {
  if (absl::ConsumePrefix(&target, absl::StrCat("../", kPrivateDirectory, "/")))
    return target;
  if (absl::ConsumePrefix(&target, absl::StrCat(places.run().path, "/",
                                                kPrivateDirectory, "/"))) {
    return target;
  }
  return "";
}

// As SetPublisher was told of it.
SetEntry EntryOf(const Places& places, const StagedName& name) {
  SetEntry entry;
  absl::string_view plain = name.file_name;
  if (name.type == FileType::kDirectory) {
    entry.kind = SetEntry::Kind::kMask;
    entry.name = name.file_name;
    return entry;
  }
  const bool image = absl::ConsumeSuffix(&plain, ".raw");
  entry.name = std::string(plain);
  entry.kind = image ? SetEntry::Kind::kFile : SetEntry::Kind::kDirectory;
  entry.target = name.target;
  absl::string_view below = BelowPrivate(places, name.target);
  if (absl::ConsumePrefix(&below, absl::StrCat(kImagesDirectory, "/")) &&
      absl::ConsumeSuffix(&below, ".raw")) {
    entry.kind = SetEntry::Kind::kImage;
    entry.target = std::string(below);
  } else if (absl::ConsumePrefix(&below, absl::StrCat(kTreesDirectory, "/"))) {
    entry.kind = SetEntry::Kind::kTree;
    entry.target = std::string(below);
  } else if (!below.empty()) {
    // Somebody else's, moved aside.
    entry.target =
        absl::StrCat(places.run().path, "/", kPrivateDirectory, "/", below);
  }
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<SetEntry>> PublishedSet(const Places& places,
                                                   ImageClass image_class) {
  std::vector<SetEntry> set;
  const SetRecord record = SetRecord::Load(places.run(), image_class);
  const HostPath live = places.run() / StagingDirectoryName(image_class);
  auto directory = live.root->OpenDirectory(live.path);
  if (absl::IsNotFound(directory.status())) return set;
  if (!directory.ok()) return directory.status();
  auto entries = directory->List();
  if (!entries.ok()) return entries.status();
  for (const DirectoryEntry& entry : *entries) {
    auto name = DescribeEntry(*directory, entry);
    if (!name.ok()) return name.status();
    if (record.names().contains(*name)) {
      set.push_back(EntryOf(places, *name));
    }
  }
  std::sort(set.begin(), set.end(), [](const SetEntry& a, const SetEntry& b) {
    return a.name < b.name;
  });
  return set;
}

}  // namespace extgate
