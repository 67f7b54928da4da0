// Way in: Places::Open.
#include "adapters/places.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "adapters/io_status.h"
#include "adapters/merged_hierarchy.h"

namespace extgate {
namespace {

absl::StatusOr<std::string> AbsolutePath(absl::string_view path) {
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotePath(path), " is not an absolute path"));
  }
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  return std::string(path);
}

}  // namespace

absl::StatusOr<Places> Places::Open(const PlaceOptions& options) {
  Places places;
  auto root = RootDir::Open(options.root);
  if (!root.ok()) return root.status();
  places.root_ = std::make_unique<RootDir>(*std::move(root));
  if (!MergedHierarchies(*places.root_).empty()) {
    auto below = MountView::WithoutAll(*places.root_, MergedHierarchies);
    places.below_merged_error_ = below.status();
    if (below.ok()) places.below_merged_ = *std::move(below);
  }

  const bool overrides = !options.run.empty() || !options.extra.empty() ||
                         !options.efivars.empty();
  if (overrides) {
    auto host = RootDir::Open("/");
    if (!host.ok()) return host.status();
    places.host_ = std::make_unique<RootDir>(*std::move(host));
  }
  places.kernel_ =
      options.run.empty() ? places.root_.get() : places.host_.get();
  struct Row {
    const std::string& option;
    const char* otherwise;
    HostPath& place;
  };
  const Row rows[] = {
      {options.run, "/run", places.run_},
      {options.extra, "/.extra", places.extra_},
      {options.efivars, "/sys/firmware/efi/efivars", places.efivars_},
  };
  for (const Row& row : rows) {
    if (row.option.empty()) {
      row.place = places.Find(row.otherwise);
      continue;
    }
    auto path = AbsolutePath(row.option);
    if (!path.ok()) return path.status();
    row.place = {places.host_.get(), *path};
  }
  return places;
}

HostPath Places::Find(absl::string_view path) const {
  for (const HostPath* place : {&run_, &extra_, &efivars_}) {
    if (place->root == nullptr || place->root == root_.get()) continue;
    if (absl::StartsWith(path, absl::StrCat(place->path, "/"))) {
      return {place->root, std::string(path)};
    }
  }
  for (const char* shown : {"/proc/", "/sys/", "/dev/"}) {
    if (absl::StartsWith(path, shown)) return {kernel_, std::string(path)};
  }
  return At(path);
}

}  // namespace extgate
