// One way in: NamesInPlace.
#include "engine/names_in_place.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/image/extension_release.h"

namespace extgate {
namespace {

constexpr int kStripsClassSince = 255;
constexpr int kPicksVersionsSince = 256;

// File names without what only says of which kind they are.
std::vector<absl::string_view> Stems(const Candidate& candidate, int version) {
  absl::string_view name = candidate.file_name;
  if (candidate.kind != Container::kDirectory) {
    if (!absl::ConsumeSuffix(&name, ".raw")) return {};
    return {name};
  }
  std::vector<absl::string_view> stems = {name};
  const bool picks = version == 0 || version >= kPicksVersionsSince;
  if (picks && absl::ConsumeSuffix(&name, ".v")) {
    absl::ConsumeSuffix(&name, ".raw");
    stems.push_back(name);
  }
  return stems;
}

}  // namespace

std::vector<std::string> NamesInPlace(const Candidate& candidate,
                                      int systemd_version) {
  const std::string suffix = absl::StrCat(".", ToWord(candidate.image_class));
  std::vector<std::string> names;
  const auto add = [&names](absl::string_view name) {
    if (IsImageName(name)) names.push_back(std::string(name));
  };
  for (absl::string_view stem : Stems(candidate, systemd_version)) {
    absl::string_view bare = stem;
    const bool stripped = absl::ConsumeSuffix(&bare, suffix);
    if (systemd_version < kStripsClassSince) add(stem);
    if (systemd_version == 0 ? stripped
                             : systemd_version >= kStripsClassSince) {
      add(bare);
    }
  }
  return names;
}

}  // namespace extgate
