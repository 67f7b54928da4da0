// Ways in: NamesInPlace, NamesInSet.
#include "engine/names_in_place.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/image/extension_release.h"
#include "engine/versioned_directory.h"

namespace extgate {
namespace {

constexpr int kStripsClassSince = 255;

// The file name without what only says of which kind it is; nullopt when
// systemd takes nothing of that name. Of a block device it takes all of it.
std::optional<absl::string_view> StemOf(const Candidate& candidate,
                                        int version) {
  absl::string_view name = candidate.file_name;
  if (candidate.block_device) return name;
  if (candidate.kind == Container::kDirectory) {
    if (KnowsStacks(version)) absl::ConsumeSuffix(&name, kStackSuffix);
    return name;
  }
  if (!absl::ConsumeSuffix(&name, ".raw")) return std::nullopt;
  return name;
}

}  // namespace

std::vector<std::string> NamesInPlace(const Candidate& candidate,
                                      int systemd_version) {
  const std::string suffix = absl::StrCat(".", ToWord(candidate.image_class));
  std::vector<std::string> names;
  const auto add = [&names](absl::string_view name) {
    if (IsImageName(name)) names.push_back(std::string(name));
  };
  const std::optional<absl::string_view> stem =
      StemOf(candidate, systemd_version);
  if (!stem.has_value()) return names;
  if (candidate.block_device) {
    add(*stem);
    return names;
  }
  absl::string_view bare = *stem;
  const bool stripped = absl::ConsumeSuffix(&bare, suffix);
  if (systemd_version < kStripsClassSince) add(*stem);
  if (systemd_version == 0 ? stripped : systemd_version >= kStripsClassSince) {
    add(bare);
  }
  return names;
}

std::vector<std::string> NamesInSet(const std::string& name,
                                    ImageClass image_class,
                                    int systemd_version) {
  const std::string suffix = absl::StrCat(".", ToWord(image_class));
  const bool may_be_old = systemd_version < kStripsClassSince;
  if (!absl::EndsWith(name, suffix) && !absl::EndsWith(name, ".v") &&
      !absl::EndsWith(name, kStackSuffix)) {
    return {name};
  }
  std::vector<std::string> names;
  if (may_be_old) names.push_back(name);
  if (!may_be_old || systemd_version == 0) {
    names.push_back(absl::StrCat(name, suffix));
  }
  return names;
}

}  // namespace extgate
